namespace MicroGpt.Runner.Planning;

/// <summary>What the parts of a step cost a rank, in seconds.</summary>
internal sealed record StepCosts
{
    /// <summary>For each shard, whatever its positions: its gradient is added up, and the weights are turned.</summary>
    public required double Shard { get; init; }

    /// <summary>For each position of a shard: forward and backward pass.</summary>
    public required double Row { get; init; }

    /// <summary>For the update of all weights, of which each rank has a slice.</summary>
    public required double Update { get; init; }

    /// <summary>For each step, whatever the ranks.</summary>
    public double Fixed { get; init; }

    /// <summary>For a batch that is not divided, whatever its positions: in place of shards and update.</summary>
    public double Undivided { get; init; }

    /// <summary>Bytes a second that a rank reads and writes.</summary>
    public required double MemoryBytes { get; init; }

    /// <summary>Bytes that a process takes beside the model.</summary>
    public double Process { get; init; }

    /// <summary>What follows from the speed of a processor and of its memory.</summary>
    /// <param name="size">The model.</param>
    /// <param name="positions">Positions of an item.</param>
    /// <param name="operations">Floating-point operations of a training step a second.</param>
    /// <param name="memory">Bytes a second that are read and written.</param>
    public static StepCosts Reckoned(ModelSize size, double positions, double operations, double memory) => new()
    {
        // Weights are turned: read and written. Gradients are added: read, read, written.
        Shard = size.Gradient * (2 + 3) / memory,
        Row = size.OperationsPerRow(positions) / operations,
        Update = UpdateOf(size, memory),
        MemoryBytes = memory,
    };

    /// <summary>Reads a gradient, reads and writes weights and state.</summary>
    public static double UpdateOf(ModelSize size, double memory) => size.Gradient * (3 + (2 * size.State)) / memory;
}
