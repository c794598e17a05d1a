using System.Diagnostics;
using MicroGpt.Distribution;

namespace MicroGpt.Runner.Distribution;

/// <summary>The processes that a launcher of MPI started together; this one alone where none did.</summary>
internal sealed unsafe class Job : ICommunicator, IDisposable
{
    private readonly bool isLaunched;
    private readonly Queue<Pending> underWay = new();
    private readonly Stack<Pending> idle = new();
    private bool hasEnded;

    private Job(bool isLaunched, int rank, int size)
    {
        this.isLaunched = isLaunched;
        Rank = rank;
        Size = size;
    }

    /// <summary>A process that no launcher started.</summary>
    public static Job Alone { get; } = new(isLaunched: false, 0, 1);

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <summary>Whether a launcher started this process.</summary>
    public bool IsLaunched => isLaunched;

    /// <summary>
    /// Whether the ranks have told one another that they are ready (<see cref="RankReport"/>): what fails from then on fails on one.
    /// </summary>
    public bool IsUnderWay { get; set; }

    /// <summary>Time that was spent on waiting for other ranks and for what they send.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>Joins the job that the launcher started.</summary>
    /// <exception cref="RunnerException">
    /// MPI's library cannot be loaded, or refuses; or knows another number of processes than the launcher.
    /// </exception>
    public static Job Join()
    {
        Mpi.Start();
        (int rank, int size) = Mpi.World();
        if (Launcher.Size is string said && said != size.ToString(System.Globalization.CultureInfo.InvariantCulture))
        {
            throw RunnerException.Usage(
                $"{Launcher.SizeVariable} says that {said} processes were started, MPI knows {size}: each would train by itself. Use "
                    + "the launcher of the MPI that is loaded; where nothing was started by one, unset the variable.");
        }

        return new Job(isLaunched: true, rank, size);
    }

    /// <inheritdoc/>
    public void Begin(ReadOnlySpan<Transfer> sends, ReadOnlySpan<Transfer> receives)
    {
        Pending pending = idle.TryPop(out Pending? free) ? free : new Pending();
        nint* next = pending.Reserve(sends.Length + receives.Length);
        underWay.Enqueue(pending);
        foreach (Transfer receive in receives)
        {
            Mpi.Receive(receive.Address, receive.Bytes, receive.Peer, next++);
        }

        foreach (Transfer send in sends)
        {
            Mpi.Send(send.Address, send.Bytes, send.Peer, next++);
        }
    }

    /// <inheritdoc/>
    public bool End(bool waits)
    {
        // A process on its own has nothing to wait for, and no MPI.
        Pending first = underWay.Peek();
        if (!waits && first.Count > 0 && !Mpi.Test(first.Requests, first.Count))
        {
            return false;
        }

        if (waits && first.Count > 0)
        {
            long started = Stopwatch.GetTimestamp();
            Mpi.Wait(first.Requests, first.Count);
            Elapsed += Stopwatch.GetElapsedTime(started);
        }

        idle.Push(underWay.Dequeue());
        return true;
    }

    /// <inheritdoc/>
    public void AllGather(void* parts, int bytes)
    {
        if (Size == 1)
        {
            return;
        }

        long started = Stopwatch.GetTimestamp();
        Mpi.AllGather(parts, bytes);
        Elapsed += Stopwatch.GetElapsedTime(started);
    }

    /// <summary>Ends all processes of the job, this one included.</summary>
    public void Abort(int exitCode)
    {
        hasEnded = true;
        Mpi.Abort(exitCode);
    }

    /// <summary>Leaves the job: returns once all ranks do.</summary>
    public void Dispose()
    {
        if (isLaunched && !hasEnded)
        {
            hasEnded = true;
            Mpi.End();
        }
    }

    /// <summary>The requests of an exchange; an address that does not move, used again and again.</summary>
    private sealed class Pending
    {
        private nint[] requests = [];

        public int Count { get; private set; }

        public nint* Requests => (nint*)System.Runtime.CompilerServices.Unsafe.AsPointer(
            ref System.Runtime.InteropServices.MemoryMarshal.GetArrayDataReference(requests));

        public nint* Reserve(int count)
        {
            Count = count;
            if (requests.Length < count)
            {
                requests = GC.AllocateArray<nint>(count, pinned: true);
            }

            return Requests;
        }
    }
}
