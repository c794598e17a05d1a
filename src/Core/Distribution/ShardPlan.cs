namespace MicroGpt.Distribution;

/// <summary>
/// How a batch is divided: into a fixed number of shards of neighbouring items, of which every rank computes as many neighbouring ones. The
/// gradients of the shards are added up in a tree that knows nothing of ranks, so that their number changes no bit of the result.
/// </summary>
public sealed class ShardPlan
{
    /// <summary>Divides batches.</summary>
    /// <param name="ranks">The ranks.</param>
    /// <param name="shards">Shards of a batch; the ranks must divide them.</param>
    /// <param name="items">Items (documents, windows) of a batch. Where there are fewer of them than shards, some shards are empty.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no shards, or no items.</exception>
    /// <exception cref="ArgumentException">The ranks do not divide the shards.</exception>
    public ShardPlan(ICommunicator ranks, int shards, int items)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        ArgumentOutOfRangeException.ThrowIfLessThan(shards, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(items, 1);
        if (shards % ranks.Size != 0)
        {
            throw new ArgumentException($"{ranks.Size} ranks do not divide {shards} shards.", nameof(shards));
        }

        Ranks = ranks;
        Shards = shards;
        BatchItems = items;
        ShardsPerRank = shards / ranks.Size;
        Tree = new ShardTree(shards, ranks.Size, shard => FirstItem(shard) < FirstItem(shard + 1));
    }

    /// <summary>The ranks.</summary>
    public ICommunicator Ranks { get; }

    /// <summary>Shards of a batch.</summary>
    public int Shards { get; }

    /// <summary>Items of a batch.</summary>
    public int BatchItems { get; }

    /// <summary>Shards that each rank computes.</summary>
    public int ShardsPerRank { get; }

    /// <summary>The first shard of this rank.</summary>
    public int FirstShard => Ranks.Rank * ShardsPerRank;

    /// <summary>The most items of a shard.</summary>
    public int MostItems => (int)(((long)BatchItems + Shards - 1) / Shards);

    /// <summary>
    /// Bytes that a rank receives of a bucket of the gradient, at most: buckets are exchanged one by one, each as soon as it is computed.
    /// The same on every rank; it changes no bit of the result.
    /// </summary>
    public int BucketBytes { get; init; } = 1 << 22;

    /// <summary>The order in which gradients are added up.</summary>
    internal ShardTree Tree { get; }

    /// <summary>The first item of a shard; its items end where those of the next shard begin.</summary>
    /// <param name="shard">0 to <see cref="Shards"/>, of which the last is the end of the batch.</param>
    public int FirstItem(int shard) => (int)((long)shard * BatchItems / Shards);
}
