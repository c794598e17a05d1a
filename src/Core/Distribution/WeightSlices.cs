namespace MicroGpt.Distribution;

/// <summary>Neighbouring weights.</summary>
/// <param name="First">The first one.</param>
/// <param name="Count">Number of weights.</param>
internal readonly record struct WeightRange(nint First, nint Count)
{
    /// <summary>The one after the last.</summary>
    public nint End => First + Count;
}

/// <summary>
/// Which rank moves which weights. These are cut into buckets, each of which the ranks exchange as soon as its gradient is there; of every
/// bucket each rank has a part, so that all send and receive as much at any time. A rank's slice is its parts, one after the other.
/// </summary>
/// <remarks>Parts are whole blocks of weights, but for the last weights of the model.</remarks>
internal sealed class WeightSlices
{
    /// <summary>Weights of a block: the squares of a gradient are added up block by block.</summary>
    public const int Block = 1024;

    private readonly nint _count;
    private readonly int _ranks;
    private readonly nint _blocksPerPart;
    private readonly nint _blocksPerLastPart;

    /// <summary>Divides weights.</summary>
    /// <param name="count">Number of weights.</param>
    /// <param name="ranks">Number of ranks.</param>
    /// <param name="mostPerPart">Weights of a part, at most, where that is a block or more.</param>
    public WeightSlices(nint count, int ranks, nint mostPerPart)
    {
        _count = count;
        _ranks = ranks;
        nint blocks = Divide(count, Block);
        _blocksPerPart = nint.Clamp(mostPerPart / Block, 1, nint.Max(1, Divide(blocks, ranks)));
        nint blocksPerBucket = _blocksPerPart * ranks;
        Buckets = (int)nint.Max(1, Divide(blocks, blocksPerBucket));
        _blocksPerLastPart = Divide(blocks - ((Buckets - 1) * blocksPerBucket), ranks);
    }

    /// <summary>Number of buckets; at least 1.</summary>
    public int Buckets { get; }

    /// <summary>The most weights of a part.</summary>
    public nint MostPerPart => _blocksPerPart * Block;

    /// <summary>Blocks of a slice, where all its parts are whole.</summary>
    public nint BlocksPerSlice => ((Buckets - 1) * _blocksPerPart) + _blocksPerLastPart;

    /// <summary>The weights of a bucket.</summary>
    public WeightRange Bucket(int bucket)
    {
        nint first = bucket * MostPerPart * _ranks;
        return new WeightRange(first, nint.Min(MostPerPart * _ranks, _count - first));
    }

    /// <summary>A rank's weights of a bucket; none where the weights have ended.</summary>
    public WeightRange Part(int bucket, int rank)
    {
        nint length = (bucket == Buckets - 1 ? _blocksPerLastPart : _blocksPerPart) * Block;
        nint first = nint.Min(_count, (bucket * MostPerPart * _ranks) + (rank * length));
        return new WeightRange(first, nint.Min(length, _count - first));
    }

    /// <summary>Where the part of a bucket begins in a slice.</summary>
    public nint PlaceInSlice(int bucket) => bucket * MostPerPart;

    /// <summary>Weights of a rank's slice.</summary>
    public nint Length(int rank) => PlaceInSlice(Buckets - 1) + Part(Buckets - 1, rank).Count;

    private static nint Divide(nint number, nint by) => (number + by - 1) / by;
}
