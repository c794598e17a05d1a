namespace MicroGpt.Runner.Benchmark;

/// <summary>What was measured of one case.</summary>
internal sealed record BenchmarkResult
{
    /// <summary>What was measured.</summary>
    public required BenchmarkCase Case { get; init; }

    /// <summary>Width of the vectors in use.</summary>
    public required int VectorBits { get; init; }

    /// <summary>Training, in floating-point operations a second.</summary>
    public required Rounds Training { get; init; }

    /// <summary>
    /// The multiply-add peak of as many threads, in the model's precision, in operations a second; measured between the rounds of training.
    /// </summary>
    public required Rounds Peak { get; init; }

    /// <summary>Training and peak of one thread, measured in the same turns; null where the case itself has one thread.</summary>
    public required (Rounds Training, Rounds Peak)? Alone { get; init; }

    /// <summary>Seconds a step in the fastest round.</summary>
    public required double SecondsPerStep { get; init; }

    /// <summary>Positions a second in the fastest round.</summary>
    public required double PositionsPerSecond { get; init; }

    /// <summary>
    /// Bytes that a step allocates on the garbage-collected heap, in the round with the fewest: the runtime itself allocates now and then.
    /// </summary>
    public required double BytesPerStep { get; init; }

    /// <summary>Seconds to decode one position to its logits, averaged over a document, in the fastest round.</summary>
    public required double SecondsPerDecodedToken { get; init; }

    /// <summary>The start of a process that trains the model; null where the program cannot start itself again.</summary>
    public StartUp? StartUp { get; init; }

    /// <summary>The fastest round of training over the fastest round of the peak.</summary>
    public double ShareOfPeak => Training.Fastest / Peak.Fastest;

    /// <summary>How many times as fast as on one thread the case trains, and how many times as high its peak is.</summary>
    public (double Training, double Peak)? SpeedUp =>
        Alone is (Rounds training, Rounds peak) ? (Training.Fastest / training.Fastest, Peak.Fastest / peak.Fastest) : null;

    /// <summary>The median of training over the median of the peak.</summary>
    public double MedianShareOfPeak => Training.Median / Peak.Median;
}
