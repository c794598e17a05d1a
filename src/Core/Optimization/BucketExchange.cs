using System.Numerics;
using System.Runtime.ExceptionServices;
using MicroGpt.Distribution;
using MicroGpt.Runtime;

namespace MicroGpt;

/// <summary>
/// Adds up the sums of all ranks, each rank those of its slice, bucket by bucket: the exchange of a bucket begins as soon as its gradient
/// is there, while that of others is still computed. A thread of its own moves it along, since messages move only when somebody asks.
/// </summary>
/// <remarks>
/// Buckets are complete in the same order on every rank, and are exchanged in that order. The thread sleeps but for moments: it shares a
/// core with the computation. Nothing is allocated after the first step.
/// </remarks>
internal sealed unsafe class BucketExchange<T> : IDisposable
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Buckets that are under way at the same time, at most.</summary>
    private const int MostUnderWay = 4;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(1);

    private readonly ICommunicator _ranks;
    private readonly ShardTree _tree;
    private readonly WeightSlices _slices;
    private readonly UpdateDispatch _kernels;
    private readonly Arena<T>[] _sums;
    private readonly T* _slice;
    private readonly Arena<T> _received;
    private readonly T*[] _trunks;
    private readonly Transfer[] _sends;
    private readonly Transfer[] _receives;
    private readonly int _foreign;
    private readonly int _mostUnderWay;
    private readonly nint[] _missing;
    private readonly int[] _ready;
    private readonly Lock _gate = new();
    private readonly AutoResetEvent _wake = new(false);
    private Thread? _thread;
    private ExceptionDispatchInfo? _failure;
    private volatile bool _isStopped;
    private volatile bool _isFinishing;
    private int _readyCount;
    private int _begun;
    private int _done;

    /// <summary>Makes room.</summary>
    /// <param name="plan">The ranks, and their tree.</param>
    /// <param name="slices">The buckets.</param>
    /// <param name="sums">This rank's buffers, of all weights.</param>
    /// <param name="slice">Receives the sum over all shards for this rank's slice.</param>
    /// <param name="kernels">What adds.</param>
    public BucketExchange(ShardPlan plan, WeightSlices slices, Arena<T>[] sums, T* slice, UpdateDispatch kernels)
    {
        _ranks = plan.Ranks;
        _tree = plan.Tree;
        _slices = slices;
        _sums = sums;
        _slice = slice;
        _kernels = kernels;
        _foreign = _tree.Trunks.Count(trunk => trunk.Rank != _ranks.Rank);
        _mostUnderWay = Math.Min(MostUnderWay, slices.Buckets);
        _received = new Arena<T>(_mostUnderWay * _foreign * slices.MostPerPart);
        _trunks = new T*[_tree.Trunks.Length];
        _sends = new Transfer[(_tree.Trunks.Length - _foreign) * (_ranks.Size - 1)];
        _receives = new Transfer[_foreign];
        _missing = new nint[slices.Buckets];
        _ready = new int[slices.Buckets];
        Reset();
    }

    /// <summary>Notes that this rank's sums of some weights are complete; these are told once a step, in any order.</summary>
    public void Complete(nint first, nint count)
    {
        nint end = first + count;
        int ready = _readyCount;
        for (int bucket = 0; bucket < _missing.Length; bucket++)
        {
            WeightRange weights = _slices.Bucket(bucket);
            nint overlap = nint.Min(end, weights.End) - nint.Max(first, weights.First);
            if (overlap > 0 && (_missing[bucket] -= overlap) == 0)
            {
                _ready[ready++] = bucket;
            }
        }

        if (ready == _readyCount)
        {
            return;
        }

        Volatile.Write(ref _readyCount, ready);
        if (ready < _missing.Length)
        {
            _thread ??= Start();
            _wake.Set();
        }
    }

    /// <summary>Waits until all buckets are added up.</summary>
    /// <exception cref="InvalidOperationException">Not all weights were told to be complete.</exception>
    public void Finish()
    {
        if (_readyCount < _missing.Length)
        {
            throw new InvalidOperationException("The gradient is not complete: either all of its parts are told to be so, or none.");
        }

        _isFinishing = true;
        lock (_gate)
        {
            _failure?.Throw();
            while (_done < _missing.Length)
            {
                Advance(waits: true);
            }

            Reset();
        }

        _isFinishing = false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isStopped = true;
        _wake.Set();
        _thread?.Join();
        _wake.Dispose();
        _received.Dispose();
    }

    private void Reset()
    {
        for (int bucket = 0; bucket < _missing.Length; bucket++)
        {
            _missing[bucket] = _slices.Bucket(bucket).Count;
        }

        _readyCount = 0;
        _begun = 0;
        _done = 0;
    }

    private Thread Start()
    {
        var thread = new Thread(MoveAlong) { IsBackground = true, Name = "MicroGpt exchange" };
        thread.Start();
        return thread;
    }

    private void MoveAlong()
    {
        while (true)
        {
            _wake.WaitOne();
            while (!_isStopped && !_isFinishing && Volatile.Read(ref _done) < Volatile.Read(ref _readyCount))
            {
                if (!TryAdvance())
                {
                    Thread.Sleep(s_pause);
                }
            }

            if (_isStopped)
            {
                return;
            }
        }
    }

    /// <summary>Whether anything was to be done. What fails is told where the computation waits for it.</summary>
    private bool TryAdvance()
    {
        lock (_gate)
        {
            try
            {
                return !_isFinishing && _failure is null && Advance(waits: false);
            }
            catch (Exception exception)
            {
                _failure = ExceptionDispatchInfo.Capture(exception);
                return false;
            }
        }
    }

    /// <summary>Begins what can begin, and adds up the first bucket that is there.</summary>
    /// <returns>Whether anything was done.</returns>
    private bool Advance(bool waits)
    {
        int begun = _begun;
        while (_begun < Volatile.Read(ref _readyCount) && _begun - _done < _mostUnderWay)
        {
            Begin(_ready[_begun], ReceivedFor(_begun));
            _begun++;
        }

        if (_done == _begun || !_ranks.End(waits))
        {
            return _begun > begun;
        }

        AddUp(_ready[_done], ReceivedFor(_done));
        Volatile.Write(ref _done, _done + 1);
        return true;
    }

    private T* ReceivedFor(int turn) => _received.Pointer + (turn % _mostUnderWay * _foreign * _slices.MostPerPart);

    /// <summary>Sends what others need of this rank's sums, and asks for what they have for its own part.</summary>
    private void Begin(int bucket, T* received)
    {
        int sends = 0, receives = 0;
        WeightRange own = _slices.Part(bucket, _ranks.Rank);
        foreach (Trunk trunk in _tree.Trunks)
        {
            if (trunk.Rank != _ranks.Rank)
            {
                if (own.Count > 0)
                {
                    _receives[receives++] = TransferOf(trunk.Rank, received, own.Count);
                    received += _slices.MostPerPart;
                }

                continue;
            }

            for (int peer = 0; peer < _ranks.Size; peer++)
            {
                WeightRange part = _slices.Part(bucket, peer);
                if (peer != trunk.Rank && part.Count > 0)
                {
                    _sends[sends++] = TransferOf(peer, _sums[trunk.Buffer].Pointer + part.First, part.Count);
                }
            }
        }

        _ranks.Begin(_sends.AsSpan(0, sends), _receives.AsSpan(0, receives));
    }

    private void AddUp(int bucket, T* received)
    {
        WeightRange own = _slices.Part(bucket, _ranks.Rank);
        for (int i = 0; i < _trunks.Length; i++)
        {
            Trunk trunk = _tree.Trunks[i];
            if (trunk.Rank == _ranks.Rank)
            {
                _trunks[i] = _sums[trunk.Buffer].Pointer + own.First;
            }
            else
            {
                _trunks[i] = received;
                received += _slices.MostPerPart;
            }
        }

        foreach (Merge merge in _tree.Merges)
        {
            _kernels.AddToSum(_trunks[merge.From], _trunks[merge.Into], own.Count, T.One, isFirst: false);
        }

        nint bytes = own.Count * sizeof(T);
        Buffer.MemoryCopy(_trunks[0], _slice + _slices.PlaceInSlice(bucket), bytes, bytes);
    }

    private static Transfer TransferOf(int peer, T* address, nint count) => new(peer, (nint)address, checked((int)(count * sizeof(T))));
}
