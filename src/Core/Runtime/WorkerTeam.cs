namespace MicroGpt.Runtime;

/// <summary>
/// One thread's share of a step. Every kernel divides its independent pieces of work (panels of columns, blocks of a weight,
/// heads of a document, rows) among the parts and waits for the others at its end; a piece is computed in the same way
/// whoever computes it, so results do not depend on the number of threads.
/// </summary>
public readonly struct Part
{
    private readonly WorkerTeam? _team;

    internal Part(int index, int count, WorkerTeam team)
    {
        Index = index;
        _others = count - 1;
        _team = team;
    }

    private readonly int _others;

    /// <summary>All the work in one part.</summary>
    public static Part Whole => default;

    /// <summary>0 to <see cref="Count"/> - 1; part 0 is the thread that asked for the step.</summary>
    public int Index { get; }

    /// <summary>Number of parts.</summary>
    public int Count => _others + 1;

    /// <summary>The first of this part's pieces.</summary>
    /// <param name="pieces">Number of pieces of all parts together.</param>
    public int From(int pieces) => _others == 0 ? 0 : (int)((long)pieces * Index / Count);

    /// <summary>The first piece that is not this part's any more.</summary>
    /// <inheritdoc cref="From(int)"/>
    public int To(int pieces) => _others == 0 ? pieces : (int)((long)pieces * (Index + 1) / Count);

    /// <summary>The first of this part's pieces, of which there may be more than 32 bits count.</summary>
    /// <inheritdoc cref="From(int)"/>
    public nint From(nint pieces) => _others == 0 ? 0 : (nint)((Int128)pieces * Index / Count);

    /// <summary>The first piece that is not this part's any more, where there may be more than 32 bits count.</summary>
    /// <inheritdoc cref="From(int)"/>
    public nint To(nint pieces) => _others == 0 ? pieces : (nint)((Int128)pieces * (Index + 1) / Count);

    /// <summary>Waits until every part has come here.</summary>
    public void Wait()
    {
        if (_others != 0)
        {
            _team!.Wait();
        }
    }
}

/// <summary>Threads that run the same work side by side, each on its part, and wait for one another within it.</summary>
/// <remarks>
/// Waiting spins for a while, since kernels take microseconds, and then gives up the processor. Between steps the threads
/// sleep after a while. Nothing is allocated once the team is made.
/// </remarks>
public sealed class WorkerTeam : IDisposable
{
    private const int SpinsBeforeYield = 2_000;
    private const int SpinsBeforeSleep = 20_000;

    // Kernels take half a megabyte of it at most, for panels of a weight that are transposed.
    private const int StackBytes = 1 << 20;

    private readonly Action<Part> _work;
    private readonly int _count;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _wake = new(0);
    private int _arrived;
    private int _phase;
    private int _generation;
    private int _sleeping;
    private volatile bool _stopped;

    /// <summary>Starts the threads.</summary>
    /// <param name="count">Number of parts, 2 or more; the caller of <see cref="Run"/> works on part 0.</param>
    /// <param name="work">What each part does. It must not throw.</param>
    public WorkerTeam(int count, Action<Part> work)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 2);
        _count = count;
        _work = work;
        for (int i = 1; i < count; i++)
        {
            int index = i;
            new Thread(() => Member(index), StackBytes) { IsBackground = true, Name = $"MicroGpt part {index}" }.Start();
        }
    }

    /// <summary>Number of parts.</summary>
    public int Count => _count;

    /// <summary>Runs the work on all parts and returns when all have finished.</summary>
    public void Run()
    {
        int sleeping;
        lock (_gate)
        {
            Volatile.Write(ref _generation, _generation + 1);
            sleeping = _sleeping;
            _sleeping = 0;
        }

        if (sleeping > 0)
        {
            _wake.Release(sleeping);
        }

        if (!_stopped)
        {
            _work(new Part(0, _count, this));
        }

        Wait();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_stopped)
        {
            _stopped = true;
            Run();
        }
    }

    /// <summary>A barrier: the last to arrive lets all go.</summary>
    internal void Wait()
    {
        int phase = Volatile.Read(ref _phase);
        if (Interlocked.Increment(ref _arrived) == _count)
        {
            Volatile.Write(ref _arrived, 0);
            Volatile.Write(ref _phase, phase + 1);
            return;
        }

        for (int spins = 0; Volatile.Read(ref _phase) == phase; spins++)
        {
            if (spins < SpinsBeforeYield)
            {
                Thread.SpinWait(4);
            }
            else
            {
                Thread.Yield();
            }
        }
    }

    private void Member(int index)
    {
        int seen = 0;
        while (true)
        {
            WaitForWork(seen);
            seen++;
            if (_stopped)
            {
                Wait();
                return;
            }

            _work(new Part(index, _count, this));
            Wait();
        }
    }

    private void WaitForWork(int seen)
    {
        for (int spins = 0; Volatile.Read(ref _generation) == seen; spins++)
        {
            if (spins < SpinsBeforeYield)
            {
                Thread.SpinWait(4);
            }
            else if (spins < SpinsBeforeSleep)
            {
                Thread.Yield();
            }
            else
            {
                lock (_gate)
                {
                    if (_generation != seen)
                    {
                        return;
                    }

                    _sleeping++;
                }

                _wake.Wait();
            }
        }
    }
}
