using System.Numerics;
using MicroGpt.Distribution;
using MicroGpt.Runtime;

namespace MicroGpt;

/// <summary>
/// The gradient of a step whose batch is divided into shards. Each rank adds up those of its own, in the order of the tree; the ranks then
/// exchange sums, so that each has the whole sum of one slice of the weights, which it moves and gives to the others.
/// </summary>
/// <remarks>
/// Slices consist of whole blocks of weights. The squares of a gradient are added up block by block and then over the blocks, whoever
/// holds them: the norm does not depend on the number of ranks either.
/// </remarks>
internal sealed unsafe class ShardedGradient<T> : IDisposable
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Weights of a block.</summary>
    private const int Block = 1024;

    /// <summary>Bytes that are received at a time, at most; few enough to be added up while they are in a cache.</summary>
    private const int MostReceived = 1 << 22;

    /// <summary>Weights that are sent at a time: a transfer counts its bytes in 32 bits.</summary>
    private const int MostSent = 1 << 26;

    private readonly nint _count;
    private readonly ICommunicator _ranks;
    private readonly ShardTree _tree;
    private readonly UpdateDispatch _kernels;
    private readonly int _vectorBits;
    private readonly Arena<T>[] _buffers;
    private readonly Arena<T> _slice;
    private readonly Arena<T> _received;
    private readonly Arena<double> _squares;
    private readonly T*[] _trunks;
    private readonly Transfer[] _sends;
    private readonly Transfer[] _receives;
    private readonly nint _blocksPerRank;
    private readonly int _bucket;
    private int _shard = -1;

    /// <summary>Makes room.</summary>
    /// <param name="count">Number of weights.</param>
    /// <param name="plan">How batches are divided.</param>
    /// <param name="vectorBits">Width of the vectors.</param>
    public ShardedGradient(nint count, ShardPlan plan, int vectorBits)
    {
        _count = count;
        _ranks = plan.Ranks;
        _tree = plan.Tree;
        _vectorBits = vectorBits;
        _kernels = new UpdateDispatch(vectorBits);
        nint blocks = (count + Block - 1) / Block;
        _blocksPerRank = (blocks + _ranks.Size - 1) / _ranks.Size;
        int foreign = _tree.Trunks.Count(trunk => trunk.Rank != _ranks.Rank);
        int own = _tree.Trunks.Length - foreign;
        int most = (int)Math.Max(1, Math.Min(_blocksPerRank, MostReceived / ((long)Block * sizeof(T) * Math.Max(1, _tree.Trunks.Length))));
        _bucket = most * Block;
        _buffers = [.. Enumerable.Range(0, _tree.BuffersOf(_ranks.Rank)).Select(_ => new Arena<T>(count))];
        _slice = new Arena<T>(_ranks.Size == 1 ? 0 : Length);
        _received = new Arena<T>((long)foreign * _bucket);
        _squares = new Arena<double>(_blocksPerRank * _ranks.Size);
        _trunks = new T*[_tree.Trunks.Length];
        _sends = new Transfer[Math.Max(1, own) * (_ranks.Size - 1)];
        _receives = new Transfer[Math.Max(foreign, _ranks.Size - 1)];
    }

    /// <summary>Number of weights.</summary>
    public nint Count => _count;

    /// <summary>The first weight of this rank's slice.</summary>
    public nint First => Start(_ranks.Rank);

    /// <summary>Weights of this rank's slice.</summary>
    public nint Length => Start(_ranks.Rank + 1) - First;

    /// <summary>Adds a gradient to those of a shard; the shards of a rank come one after the other.</summary>
    /// <param name="gradient">[count] the gradient.</param>
    /// <param name="shard">The shard.</param>
    /// <param name="weight">What the gradient counts for.</param>
    /// <param name="isLast">Whether it completes the shard.</param>
    public void Add(T* gradient, int shard, T weight, bool isLast)
    {
        _kernels.AddToSum(gradient, _buffers[_tree.BufferOf(shard)].Pointer, _count, weight, isFirst: shard != _shard);
        _shard = isLast ? -1 : shard;
        if (isLast)
        {
            foreach (Merge merge in _tree.After(shard))
            {
                _kernels.AddToSum(_buffers[merge.From].Pointer, _buffers[merge.Into].Pointer, _count, T.One, isFirst: false);
            }
        }
    }

    /// <summary>Adds up what all ranks have, for this rank's slice, bucket by bucket.</summary>
    /// <returns>[<see cref="Length"/>] the sum over all shards.</returns>
    public T* Reduce()
    {
        if (_ranks.Size == 1)
        {
            return _buffers[_tree.Trunks[0].Buffer].Pointer;
        }

        for (nint start = 0; start < _blocksPerRank * Block; start += _bucket)
        {
            ReduceBucket(start);
        }

        return _slice.Pointer;
    }

    /// <summary>The sum of the squares of the whole gradient, of which each rank has a slice.</summary>
    /// <param name="slice">This rank's.</param>
    public double SumOfSquares(T* slice)
    {
        double* own = _squares.Pointer + (_ranks.Rank * _blocksPerRank);
        for (nint start = 0; start < Length; start += Block)
        {
            own[start / Block] = GradientNorm.SumOfSquares(slice + start, nint.Min(Block, Length - start), _vectorBits);
        }

        // Where there are more places than blocks, the last ones stay zero.
        _ranks.AllGather(_squares.Pointer, checked((int)(_blocksPerRank * sizeof(double))));
        double sum = 0.0;
        for (nint block = 0; block < _squares.Elements; block++)
        {
            sum += _squares.Pointer[block];
        }

        return sum;
    }

    /// <summary>Gives every rank the slices of all others.</summary>
    /// <param name="weights">[count] of which this rank's slice is new.</param>
    public void Share(T* weights)
    {
        for (nint start = 0; start < _blocksPerRank * Block && _ranks.Size > 1; start += MostSent)
        {
            int sends = 0, receives = 0;
            for (int peer = 0; peer < _ranks.Size; peer++)
            {
                if (peer != _ranks.Rank)
                {
                    Add(_sends, ref sends, peer, weights, First, start, Length);
                    Add(_receives, ref receives, peer, weights, Start(peer), start, Start(peer + 1) - Start(peer));
                }
            }

            _ranks.Exchange(_sends.AsSpan(0, sends), _receives.AsSpan(0, receives));
        }
    }

    /// <summary>Gives rank 0 the slices of all others.</summary>
    /// <param name="values">[count] of which this rank's slice is filled.</param>
    public void Collect(T* values)
    {
        for (nint start = 0; start < _blocksPerRank * Block && _ranks.Size > 1; start += MostSent)
        {
            int sends = 0, receives = 0;
            for (int peer = 1; peer < _ranks.Size && _ranks.Rank == 0; peer++)
            {
                Add(_receives, ref receives, peer, values, Start(peer), start, Start(peer + 1) - Start(peer));
            }

            if (_ranks.Rank > 0)
            {
                Add(_sends, ref sends, 0, values, First, start, Length);
            }

            _ranks.Exchange(_sends.AsSpan(0, sends), _receives.AsSpan(0, receives));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Arena<T> buffer in _buffers)
        {
            buffer.Dispose();
        }

        _slice.Dispose();
        _received.Dispose();
        _squares.Dispose();
    }

    /// <summary>The first weight of a rank's slice.</summary>
    private nint Start(int rank) => nint.Min(_count, rank * _blocksPerRank * Block);

    /// <summary>Sends what others need of this rank's sums, receives what they have for its slice, and adds it up.</summary>
    /// <param name="start">Where the bucket begins in a slice.</param>
    private void ReduceBucket(nint start)
    {
        int sends = 0, receives = 0;
        nint length = nint.Clamp(Length - start, 0, _bucket);
        for (int i = 0; i < _trunks.Length; i++)
        {
            Trunk trunk = _tree.Trunks[i];
            if (trunk.Rank == _ranks.Rank)
            {
                T* sum = _buffers[trunk.Buffer].Pointer;
                _trunks[i] = sum + nint.Min(First + start, _count);
                for (int peer = 0; peer < _ranks.Size; peer++)
                {
                    nint rest = Start(peer + 1) - Start(peer) - start;
                    if (peer != trunk.Rank && rest > 0)
                    {
                        _sends[sends++] = TransferOf(peer, sum + Start(peer) + start, nint.Min(rest, _bucket));
                    }
                }
            }
            else if (length > 0)
            {
                _trunks[i] = _received.Pointer + ((nint)receives * _bucket);
                _receives[receives++] = TransferOf(trunk.Rank, _trunks[i], length);
            }
        }

        _ranks.Exchange(_sends.AsSpan(0, sends), _receives.AsSpan(0, receives));
        if (length == 0)
        {
            return;
        }

        foreach (Merge merge in _tree.Merges)
        {
            _kernels.AddToSum(_trunks[merge.From], _trunks[merge.Into], length, T.One, isFirst: false);
        }

        new ReadOnlySpan<T>(_trunks[0], (int)length).CopyTo(new Span<T>(_slice.Pointer + start, (int)length));
    }

    private static Transfer TransferOf(int peer, T* address, nint length) => new(peer, (nint)address, checked((int)(length * sizeof(T))));

    /// <summary>Adds a piece of a slice to a list, unless the slice has ended.</summary>
    private static void Add(Transfer[] list, ref int count, int peer, T* weights, nint first, nint start, nint length)
    {
        nint rest = nint.Min(length - start, MostSent);
        if (rest > 0)
        {
            list[count++] = TransferOf(peer, weights + first + start, rest);
        }
    }
}
