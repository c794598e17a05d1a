namespace MicroGpt.Runner.Benchmark;

/// <summary>
/// What several rounds measured. A disturbance only ever slows a round down, so the fastest says most; the others show how noisy it was.
/// </summary>
/// <param name="Fastest">The largest rate.</param>
/// <param name="Median">The rate that half of the rounds exceed.</param>
/// <param name="Slowest">The smallest rate.</param>
internal sealed record Rounds(double Fastest, double Median, double Slowest)
{
    /// <summary>Sums up the rates of at least one round.</summary>
    public static Rounds Of(IEnumerable<double> rates)
    {
        double[] sorted = [.. rates];
        Array.Sort(sorted);
        int middle = sorted.Length / 2;
        double median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Rounds(sorted[^1], median, sorted[0]);
    }
}
