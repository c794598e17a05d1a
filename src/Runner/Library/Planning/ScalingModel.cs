namespace MicroGpt.Runner.Planning;

/// <summary>What a rank's part of a machine does in a second.</summary>
/// <param name="Flops">Floating-point operations of a training step.</param>
/// <param name="MemoryBytes">Bytes that are read and written.</param>
internal readonly record struct RankSpeed(double Flops, double MemoryBytes);

/// <summary>What lies between ranks.</summary>
/// <param name="Latency">Seconds until a small message has arrived.</param>
/// <param name="Bytes">Bytes a second that a rank sends, and receives at the same time.</param>
internal readonly record struct NetworkSpeed(double Latency, double Bytes);

/// <summary>A step on so many ranks, as the model of costs has it.</summary>
/// <param name="Ranks">Number of ranks.</param>
/// <param name="Shards">Shards of a batch.</param>
/// <param name="Computing">Seconds for the forward and backward pass of the rank with the most items.</param>
/// <param name="Adding">Seconds for adding up gradients and moving weights, which memory limits.</param>
/// <param name="Exchanging">Seconds for the ranks' messages.</param>
/// <param name="Bytes">Weights, gradients and state of a rank; what a batch needs comes on top.</param>
internal readonly record struct PlannedStep(int Ranks, int Shards, double Computing, double Adding, double Exchanging, double Bytes)
{
    /// <summary>Seconds of a step: nothing is done at the same time as something else.</summary>
    public double Seconds => Computing + Adding + Exchanging;

    /// <summary>The share of the ranks' time that one rank would have needed for the same step.</summary>
    /// <param name="one">The step on one rank.</param>
    public double Efficiency(in PlannedStep one) => one.Seconds / (Ranks * Seconds);
}

/// <summary>
/// What a training step on several ranks costs: operations over the speed of computing, bytes over the speed of memory, messages over the
/// network, one after the other, as the step does them. Windows are full, and the rank with the most of them counts; ranks and shards are
/// powers of two.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="items">Items of a batch.</param>
/// <param name="shards">Shards of a batch; as many as there are ranks where these are more.</param>
/// <param name="state">Numbers that the update rule keeps of a weight.</param>
/// <param name="rank">The speed of a rank.</param>
/// <param name="network">The network.</param>
internal sealed class ScalingModel(ModelDescription model, int items, int shards, int state, RankSpeed rank, NetworkSpeed network)
{
    /// <summary>Positions of an item of a model that has no block size.</summary>
    public const int PositionsWithoutBlock = 16;

    /// <summary>The most bytes that a rank receives at a time.</summary>
    private const double Bucket = 1 << 22;

    /// <summary>What a further message costs that is under way together with others, as a share of the latency.</summary>
    private const double FurtherMessage = 0.1;

    private readonly double bytes = (double)model.ParameterCount * (model.Precision == Precision.Single ? sizeof(float) : sizeof(double));

    /// <summary>A step on so many ranks.</summary>
    public PlannedStep On(int ranks)
    {
        int divided = Math.Max(shards, ranks);
        int most = (items + ranks - 1) / ranks;
        int own = Math.Min(divided / ranks, most);
        return new PlannedStep(ranks, divided, Computing(most), Adding(ranks, own), ranks == 1 ? 0 : Exchanging(ranks), Memory(ranks, own));
    }

    private double Computing(int most)
    {
        double positions = model.BlockSize ?? PositionsWithoutBlock;
        double pairs = positions * (positions + 1) / 2;
        return most * ((model.FlopsPerRow * positions) + (model.FlopsPerPair * pairs)) / rank.Flops;
    }

    /// <summary>
    /// For each shard the weights are turned (read, written) and its gradient is added (read, read, written); so are the sums of others,
    /// for a slice. The update reads the gradient, and reads and writes weights and state of a slice.
    /// </summary>
    private double Adding(int ranks, int own)
    {
        double shardsOfRank = (own * (2 + 3)) + ((own - 1) * 3);
        double slice = ((ranks - 1) * 3) + (ranks == 1 ? 0 : 2) + 3 + (2 * state);
        return bytes * (shardsOfRank + (slice / ranks)) / rank.MemoryBytes;
    }

    /// <summary>
    /// Gradients go one way and weights the other, a slice for each of the others; three small exchanges decide and add up.
    /// </summary>
    private double Exchanging(int ranks)
    {
        double slices = bytes * (ranks - 1) / ranks;
        double buckets = Math.Max(1, Math.Ceiling(slices / Bucket));
        double messages = (buckets + 1) * (1 + (FurtherMessage * (ranks - 2))) * network.Latency;
        double small = 3 * Math.Ceiling(Math.Log2(ranks)) * network.Latency;
        return (2 * slices / network.Bytes) + messages + small;
    }

    /// <summary>Weights in both orientations, a gradient, sums that wait for others, a slice of the sum and of the state.</summary>
    private double Memory(int ranks, int own)
    {
        double sums = own <= 1 ? 1 : Math.Ceiling(Math.Log2(own)) + 1;
        return bytes * (2 + 1 + sums + ((state + (ranks == 1 ? 0 : 1)) / (double)ranks));
    }
}
