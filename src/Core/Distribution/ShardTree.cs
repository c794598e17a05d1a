namespace MicroGpt.Distribution;

/// <summary>A sum of two parts of the tree, both in buffers or both numbers of trunks: the second is added to the first.</summary>
internal readonly record struct Merge(int Into, int From);

/// <summary>A part of the tree that one rank computes alone, and no larger part does it hold.</summary>
/// <param name="Rank">Whose it is.</param>
/// <param name="Buffer">Where it has the sum.</param>
internal readonly record struct Trunk(int Rank, int Buffer);

/// <summary>
/// The binary tree over the shards of a batch: a range of more than one is divided after its largest power of two that leaves a rest, and
/// empty shards are left out. What a rank holds is added up in buffers of its own; the sums of all ranks are then added up wherever they
/// are needed.
/// </summary>
internal sealed class ShardTree
{
    private readonly List<Trunk> _trunks = [];
    private readonly List<Merge> _merges = [];
    private readonly Merge[]?[] _afterShard;
    private readonly int[] _bufferOf;
    private readonly Buffers[] _buffers;
    private readonly int _shardsPerRank;

    /// <summary>Plans the sums.</summary>
    /// <param name="shards">Number of shards.</param>
    /// <param name="ranks">Number of ranks, which divides them.</param>
    /// <param name="hasItems">Whether a shard has items; one has.</param>
    public ShardTree(int shards, int ranks, Func<int, bool> hasItems)
    {
        _shardsPerRank = shards / ranks;
        _afterShard = new Merge[]?[shards];
        _bufferOf = new int[shards];
        _buffers = [.. Enumerable.Range(0, ranks).Select(_ => new Buffers())];
        Visit(Build(0, shards, hasItems) ?? throw new ArgumentException("All shards are empty."));
        Trunks = [.. _trunks];
        Merges = [.. _merges];
    }

    /// <summary>What the ranks hold, in the order of the tree.</summary>
    public Trunk[] Trunks { get; }

    /// <summary>The sums of trunks, in order; the first trunk receives the whole.</summary>
    public Merge[] Merges { get; }

    /// <summary>Buffers that a rank needs.</summary>
    public int BuffersOf(int rank) => _buffers[rank].Count;

    /// <summary>The buffer for a shard's gradient.</summary>
    public int BufferOf(int shard) => _bufferOf[shard];

    /// <summary>What a rank adds up once a shard's gradient is there.</summary>
    public Merge[] After(int shard) => _afterShard[shard] ?? [];

    private static Node? Build(int first, int count, Func<int, bool> hasItems)
    {
        if (count == 1)
        {
            return hasItems(first) ? new Node(first, first) : null;
        }

        int half = 1;
        while (half * 2 < count)
        {
            half *= 2;
        }

        Node? left = Build(first, half, hasItems);
        Node? right = Build(first + half, count - half, hasItems);
        return left is null ? right
            : right is null ? left
            : new Node(left.First, right.Last) { Left = left, Right = right };
    }

    /// <summary>The number of the trunk that receives the sum of a part of the tree.</summary>
    private int Visit(Node node)
    {
        int rank = node.First / _shardsPerRank;
        if (rank == node.Last / _shardsPerRank)
        {
            _trunks.Add(new Trunk(rank, PlaceIn(_buffers[rank], node)));
            return _trunks.Count - 1;
        }

        int left = Visit(node.Left!);
        int right = Visit(node.Right!);
        _merges.Add(new Merge(left, right));
        return left;
    }

    /// <summary>The buffer that receives the sum of a part of the tree that one rank holds.</summary>
    private int PlaceIn(Buffers buffers, Node node)
    {
        if (node.Left is null)
        {
            return _bufferOf[node.First] = buffers.Take();
        }

        int left = PlaceIn(buffers, node.Left);
        int right = PlaceIn(buffers, node.Right!);
        _afterShard[node.Last] = [.. After(node.Last), new Merge(left, right)];
        buffers.Give(right);
        return left;
    }

    /// <summary>A part of the tree: a shard, or the sum of two parts.</summary>
    private sealed record Node(int First, int Last)
    {
        public Node? Left { get; init; }

        public Node? Right { get; init; }
    }

    /// <summary>Buffers are given back once they have been added to others.</summary>
    private sealed class Buffers
    {
        private readonly Stack<int> _free = [];

        public int Count { get; private set; }

        public int Take() => _free.TryPop(out int buffer) ? buffer : Count++;

        public void Give(int buffer) => _free.Push(buffer);
    }
}
