namespace MicroGpt.Runner.Planning;

/// <summary>What lies between ranks.</summary>
/// <param name="Latency">Seconds until a small message has arrived.</param>
/// <param name="Bytes">Bytes a second that are sent, and received at the same time.</param>
internal readonly record struct NetworkSpeed(double Latency, double Bytes);

/// <summary>A step on so many ranks, as the model of costs has it.</summary>
/// <param name="Ranks">Number of ranks.</param>
/// <param name="Shards">Shards of a batch.</param>
/// <param name="Computing">Seconds for the forward and backward pass of the rank with the most positions.</param>
/// <param name="Adding">Seconds for the sums of other ranks and the update.</param>
/// <param name="Exchanging">Seconds for the ranks' messages.</param>
/// <param name="Hidden">Seconds of them that pass while a rank computes.</param>
/// <param name="Bytes">Memory of a rank's process.</param>
internal readonly record struct PlannedStep(
    int Ranks, int Shards, double Computing, double Adding, double Exchanging, double Hidden, double Bytes)
{
    /// <summary>Seconds of a step.</summary>
    public double Seconds => Computing + Adding + Exchanging - Hidden;

    /// <summary>The share of the ranks' time that one rank would have needed for the same step.</summary>
    /// <param name="one">The step on one rank.</param>
    public double Efficiency(in PlannedStep one) => one.Seconds / (Ranks * Seconds);
}

/// <summary>
/// What a training step on several ranks costs: what its parts cost one rank, and messages over the network, of which some pass during the
/// backward pass. The rank with the most positions counts.
/// </summary>
/// <param name="size">The model.</param>
/// <param name="items">Items of a batch.</param>
/// <param name="shards">Shards of a batch; as many as there are ranks where these are more.</param>
/// <param name="work">The positions of a batch.</param>
/// <param name="costs">What a step costs a rank.</param>
/// <param name="machine">What the ranks of a machine share.</param>
/// <param name="network">What lies between machines.</param>
internal sealed class ScalingModel(
    ModelSize size, int items, int shards, Workload work, StepCosts costs, Machine machine, NetworkSpeed network)
{
    /// <summary>The most bytes that a rank receives at a time.</summary>
    public const double Bucket = 1 << 22;

    /// <summary>What a further message costs that is under way together with others, as a share of the latency.</summary>
    private const double FurtherMessage = 0.1;

    /// <summary>Buckets that are under way at the same time, at most.</summary>
    private const int MostUnderWay = 4;

    /// <summary>The backward pass's share of the operations of a shard.</summary>
    private const double BackwardShare = 2.0 / 3.0;

    /// <summary>The most ranks that are planned.</summary>
    public const int MostRanks = 1024;

    /// <summary>Latencies until all ranks have exchanged messages with all others.</summary>
    public static double Messages(int ranks) => 1 + (FurtherMessage * (ranks - 2));

    /// <summary>
    /// The numbers of ranks that can share a batch: those that divide its shards and, with a shard each, doubled again and again; no more
    /// than there are items.
    /// </summary>
    public IEnumerable<int> Ranks()
    {
        int most = Math.Min(items, MostRanks);
        IEnumerable<int> dividing = Enumerable.Range(1, Math.Min(most, shards)).Where(ranks => shards % ranks == 0);
        return dividing.Concat(Doubled(most));
    }

    /// <summary>A step on so many ranks.</summary>
    public PlannedStep On(int ranks)
    {
        int divided = Math.Max(shards, ranks);
        int own = Math.Min(divided / ranks, (items + ranks - 1) / ranks);
        double slow = machine.Slowdown(ranks);
        double computing = slow * ((work.MostRows(ranks) * costs.Row) + (divided == 1 ? costs.Undivided : own * costs.Shard));
        double adding = divided == 1 ? 0 : slow * Adding(ranks);
        double hidden = Hidden(ranks, BackwardShare * slow * costs.Row * work.MostRows(ranks) / own);
        return new PlannedStep(ranks, divided, computing, adding, ranks == 1 ? 0 : Exchanging(ranks), hidden, Memory(ranks, divided));
    }

    private IEnumerable<int> Doubled(int most)
    {
        for (int ranks = 2 * shards; ranks <= most; ranks *= 2)
        {
            yield return ranks;
        }
    }

    /// <summary>
    /// For a slice the sums of other ranks are read, and added up: read, read, written. The whole sum is read and written, and moves the
    /// slice's weights.
    /// </summary>
    private double Adding(int ranks)
    {
        double sums = ranks == 1 ? 0 : size.Gradient * ((3 * (ranks - 1)) + 2) / costs.MemoryBytes;
        return costs.Fixed + ((costs.Update + sums) / ranks);
    }

    /// <summary>Buckets of the gradient.</summary>
    private double Buckets => Math.Max(1, Math.Ceiling(size.Gradient / Bucket));

    /// <summary>
    /// Gradients go one way and weights the other, a slice for each of the others; small exchanges decide whether to go on, and add up
    /// losses and, where it clips, norms.
    /// </summary>
    private double Exchanging(int ranks)
    {
        double latency = ranks > machine.Ranks ? network.Latency : machine.Inside.Latency;
        double small = (size.Clips ? 3 : 2) * Math.Ceiling(Math.Log2(ranks));
        return (2 * (Inside(ranks) + Outside(ranks))) + (latency * ((2 * Buckets * Messages(ranks)) + small));
    }

    /// <summary>Seconds for a slice of each neighbour.</summary>
    private double Inside(int ranks) => size.Gradient / ranks * (Math.Min(ranks, machine.Ranks) - 1) / machine.Inside.Bytes;

    /// <summary>Seconds for a slice of each rank of other machines: those of one share its connection.</summary>
    private double Outside(int ranks)
    {
        int neighbours = Math.Min(ranks, machine.Ranks);
        return size.Gradient / ranks * (ranks - neighbours) * neighbours / network.Bytes;
    }

    /// <summary>
    /// What of the gradient goes to other machines during the backward pass: the buckets that are complete before it ends, all but the
    /// last. Between ranks of a machine nothing is hidden: the cores that compute are those that copy.
    /// </summary>
    private double Hidden(int ranks, double backward)
    {
        if (ranks <= machine.Ranks)
        {
            return 0;
        }

        double share = Math.Min(size.Early, (Buckets - 1) / Buckets);
        return Math.Min(backward, share * (Outside(ranks) + (network.Latency * Buckets * Messages(ranks))));
    }

    /// <summary>
    /// The process, the model with room for a shard, sums that wait for others, what is received at a time, and a slice of the sum and of
    /// the state.
    /// </summary>
    private double Memory(int ranks, int divided)
    {
        int own = Math.Min(divided / ranks, (items + ranks - 1) / ranks);
        double rows = Math.Ceiling(items / (double)divided) * size.Positions;
        double slice = ranks == 1 ? 0 : size.Gradient / ranks;
        double sums = divided == 1 ? 0 : (size.Gradient * ModelSize.Sums(own)) + slice + Received(ranks);
        return costs.Process + size.Model((long)rows) + sums + (size.Gradient * size.State / ranks);
    }

    /// <summary>Of the buckets that are under way, the parts of all others.</summary>
    private double Received(int ranks) =>
        Math.Min(Buckets, MostUnderWay) * Math.Min(Bucket, size.Gradient) * (ranks - 1) / ranks;
}
