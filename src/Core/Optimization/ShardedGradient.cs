using System.Numerics;
using MicroGpt.Distribution;
using MicroGpt.Runtime;

namespace MicroGpt;

/// <summary>
/// The gradient of a step whose batch is divided into shards. Each rank adds up those of its own, in the order of the tree; the ranks then
/// exchange sums, so that each has the whole sum of one slice of the weights, which it moves and gives to the others.
/// </summary>
/// <remarks>
/// The squares of a gradient are added up block by block and then over the blocks, whoever holds them: the norm does not depend on the
/// number of ranks either.
/// </remarks>
internal sealed unsafe class ShardedGradient<T> : IDisposable
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Buckets of weights that are under way at the same time, at most.</summary>
    private const int MostUnderWay = 4;

    private readonly nint _count;
    private readonly ICommunicator _ranks;
    private readonly ShardTree _tree;
    private readonly UpdateDispatch _kernels;
    private readonly int _vectorBits;
    private readonly WeightSlices _slices;
    private readonly Arena<T>[] _buffers;
    private readonly Arena<T> _slice;
    private readonly Arena<double> _squares;
    private readonly BucketExchange<T>? _exchange;
    private readonly Transfer[] _sends;
    private readonly Transfer[] _receives;
    private nint _completed;
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
        _slices = new WeightSlices(
            count, _ranks.Size, _ranks.Size == 1 ? nint.MaxValue : plan.BucketBytes / sizeof(T) / _tree.Trunks.Length);
        _buffers = [.. Enumerable.Range(0, _tree.BuffersOf(_ranks.Rank)).Select(_ => new Arena<T>(count))];
        _squares = new Arena<double>(_slices.BlocksPerSlice * _ranks.Size);
        _slice = new Arena<T>(_ranks.Size == 1 ? 0 : Length);
        _exchange = _ranks.Size == 1 ? null : new BucketExchange<T>(plan, _slices, _buffers, _slice.Pointer, _kernels);
        _sends = new Transfer[_ranks.Size - 1];
        _receives = new Transfer[_ranks.Size - 1];
    }

    /// <summary>Number of weights.</summary>
    public nint Count => _count;

    /// <summary>Weights of this rank's slice.</summary>
    public nint Length => _slices.Length(_ranks.Rank);

    /// <summary>[<see cref="Length"/>] the sum over all shards, of this rank's slice, once it is complete.</summary>
    private T* Slice => _ranks.Size == 1 ? _buffers[_tree.Trunks[0].Buffer].Pointer : _slice.Pointer;

    /// <summary>Adds a gradient to those of a shard; the shards of a rank come one after the other.</summary>
    /// <param name="gradient">[count] the gradient.</param>
    /// <param name="shard">The shard; −1 for a gradient that does not count.</param>
    /// <param name="weight">What the gradient counts for.</param>
    /// <param name="endsShard">Whether it completes the shard.</param>
    public void Add(T* gradient, int shard, T weight, bool endsShard)
    {
        Add(gradient, shard, weight, endsShard, 0, _count);
        _shard = endsShard ? -1 : shard;
    }

    /// <summary>
    /// Adds a part of this rank's last gradient, which completes its sums there: they are exchanged while the rest is computed.
    /// </summary>
    /// <inheritdoc cref="Add(T*, int, T, bool)"/>
    /// <param name="gradient">[count] the gradient, complete from <paramref name="first"/> on.</param>
    /// <param name="shard">The shard; −1 for a gradient that does not count.</param>
    /// <param name="weight">What the gradient counts for.</param>
    /// <param name="first">The first weight of the part.</param>
    /// <param name="count">Number of weights of the part.</param>
    public void AddLast(T* gradient, int shard, T weight, nint first, nint count)
    {
        Add(gradient, shard, weight, endsShard: true, first, count);
        _completed += count;
        _exchange?.Complete(first, count);
    }

    /// <summary>Whether parts of the last gradient have been added, so that the others are not to be added at once.</summary>
    public bool HasParts => _completed > 0;

    /// <summary>Waits for what all ranks have for this rank's slice.</summary>
    /// <exception cref="InvalidOperationException">Some parts of the last gradient were added and others not.</exception>
    public void Reduce()
    {
        nint completed = _completed;
        _completed = 0;
        _shard = -1;
        if (completed != _count)
        {
            throw new InvalidOperationException(
                $"{completed} of {_count} elements of the gradient were told to be complete: tell all of them, or none.");
        }

        _exchange?.Finish();
    }

    /// <summary>Moves this rank's slice, and gives it to the others.</summary>
    /// <param name="kind">The rule.</param>
    /// <param name="weights">[count] all weights.</param>
    /// <param name="moments">[<see cref="Length"/>] the state of this rank's slice.</param>
    /// <param name="factors">The numbers of the step.</param>
    /// <param name="vectors">Where the vectors of the model begin and end.</param>
    public void Update(UpdateKind kind, T* weights, Moments<T> moments, in UpdateFactors<T> factors, ReadOnlySpan<long> vectors)
    {
        for (int bucket = 0; bucket < _slices.Buckets; bucket++)
        {
            WeightRange own = _slices.Part(bucket, _ranks.Rank);
            nint place = _slices.PlaceInSlice(bucket);
            _kernels.Update(kind, weights + own.First, Slice + place, moments.Range(place, own.Count), factors, vectors, own.First);
            Share(bucket, weights);
            if (bucket >= MostUnderWay)
            {
                _ranks.End(waits: true);
            }
        }

        for (int bucket = Math.Max(0, _slices.Buckets - MostUnderWay); bucket < _slices.Buckets; bucket++)
        {
            _ranks.End(waits: true);
        }
    }

    /// <summary>The sum of the squares of the whole gradient, of which each rank has a slice.</summary>
    public double SumOfSquares()
    {
        double* own = _squares.Pointer + (_ranks.Rank * _slices.BlocksPerSlice);
        for (nint start = 0; start < Length; start += WeightSlices.Block)
        {
            nint count = nint.Min(WeightSlices.Block, Length - start);
            own[start / WeightSlices.Block] = GradientNorm.SumOfSquares(Slice + start, count, _vectorBits);
        }

        _ranks.AllGather(_squares.Pointer, checked((int)(_slices.BlocksPerSlice * sizeof(double))));
        double sum = 0.0;
        for (int bucket = 0; bucket < _slices.Buckets; bucket++)
        {
            for (int rank = 0; rank < _ranks.Size; rank++)
            {
                double* blocks = _squares.Pointer + (rank * _slices.BlocksPerSlice) + (_slices.PlaceInSlice(bucket) / WeightSlices.Block);
                nint count = (_slices.Part(bucket, rank).Count + WeightSlices.Block - 1) / WeightSlices.Block;
                for (nint block = 0; block < count; block++)
                {
                    sum += blocks[block];
                }
            }
        }

        return sum;
    }

    /// <summary>Gives rank 0 the slices of all others.</summary>
    /// <param name="values">[count] of which this rank's slice is filled.</param>
    public void Collect(T* values)
    {
        for (int bucket = 0; bucket < _slices.Buckets && _ranks.Size > 1; bucket++)
        {
            int sends = 0, receives = 0;
            for (int peer = 1; peer < _ranks.Size && _ranks.Rank == 0; peer++)
            {
                Add(_receives, ref receives, peer, values, _slices.Part(bucket, peer));
            }

            if (_ranks.Rank > 0)
            {
                Add(_sends, ref sends, 0, values, _slices.Part(bucket, _ranks.Rank));
            }

            _ranks.Exchange(_sends.AsSpan(0, sends), _receives.AsSpan(0, receives));
        }
    }

    /// <summary>Copies this rank's slice to its places among all weights.</summary>
    /// <param name="slice">[<see cref="Length"/>] of one number each.</param>
    /// <param name="values">[count].</param>
    public void Spread(T* slice, T* values)
    {
        for (int bucket = 0; bucket < _slices.Buckets; bucket++)
        {
            WeightRange part = _slices.Part(bucket, _ranks.Rank);
            Copy(slice + _slices.PlaceInSlice(bucket), values + part.First, part.Count);
        }
    }

    /// <summary>The inverse: takes this rank's slice out of all weights.</summary>
    /// <param name="values">[count] of one number each.</param>
    /// <param name="slice">[<see cref="Length"/>].</param>
    public void Take(T* values, T* slice)
    {
        for (int bucket = 0; bucket < _slices.Buckets; bucket++)
        {
            WeightRange part = _slices.Part(bucket, _ranks.Rank);
            Copy(values + part.First, slice + _slices.PlaceInSlice(bucket), part.Count);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _exchange?.Dispose();
        foreach (Arena<T> buffer in _buffers)
        {
            buffer.Dispose();
        }

        _slice.Dispose();
        _squares.Dispose();
    }

    /// <summary>Begins to give every rank the parts of all others.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="weights">[count] of which this rank's part is new.</param>
    private void Share(int bucket, T* weights)
    {
        int sends = 0, receives = 0;
        WeightRange own = _slices.Part(bucket, _ranks.Rank);
        for (int peer = 0; peer < _ranks.Size; peer++)
        {
            if (peer != _ranks.Rank)
            {
                Add(_sends, ref sends, peer, weights, own);
                Add(_receives, ref receives, peer, weights, _slices.Part(bucket, peer));
            }
        }

        _ranks.Begin(_sends.AsSpan(0, sends), _receives.AsSpan(0, receives));
    }

    private void Add(T* gradient, int shard, T weight, bool endsShard, nint first, nint count)
    {
        if (shard < 0)
        {
            return;
        }

        T* sum = _buffers[_tree.BufferOf(shard)].Pointer;
        _kernels.AddToSum(gradient + first, sum + first, count, weight, isFirst: shard != _shard);
        if (endsShard)
        {
            foreach (Merge merge in _tree.After(shard))
            {
                _kernels.AddToSum(_buffers[merge.From].Pointer + first, _buffers[merge.Into].Pointer + first, count, T.One, isFirst: false);
            }
        }
    }

    /// <summary>Adds a part to a list, unless it is empty.</summary>
    private static void Add(Transfer[] list, ref int count, int peer, T* weights, WeightRange part)
    {
        if (part.Count > 0)
        {
            list[count++] = new Transfer(peer, (nint)(weights + part.First), checked((int)(part.Count * sizeof(T))));
        }
    }

    private static void Copy(T* from, T* to, nint count) => Buffer.MemoryCopy(from, to, count * sizeof(T), count * sizeof(T));
}
