using MicroGpt.Distribution;
using MicroGpt.Runner.Distribution;

namespace MicroGpt.Runner.Benchmark;

/// <summary>What was measured of a case whose batches are divided into shards, on one rank or several.</summary>
/// <param name="Case">What was measured; the threads are those of a rank.</param>
/// <param name="Shards">Shards of a batch.</param>
/// <param name="Ranks">Number of ranks.</param>
/// <param name="VectorBits">Width of the vectors in use.</param>
/// <param name="SecondsPerStep">Seconds a step in the fastest round, on the slowest rank.</param>
/// <param name="MedianSeconds">The same in the median.</param>
/// <param name="PositionsPerSecond">Positions a second in the fastest round, of all ranks together.</param>
/// <param name="OperationsPerSecond">Floating-point operations a second in the fastest round, of all ranks together.</param>
/// <param name="Communication">The share of the fastest round that is communication and waiting for other ranks.</param>
/// <param name="BytesPerRank">The memory that a rank's process has while it trains, the most of all ranks.</param>
internal sealed record RankResult(
    BenchmarkCase Case, int Shards, int Ranks, int VectorBits, double SecondsPerStep, double MedianSeconds, double PositionsPerSecond,
    double OperationsPerSecond, double Communication, double BytesPerRank);

/// <summary>Measures the steps that ranks train together, as a run of <c>train</c> does.</summary>
internal static class RankBenchmark
{
    /// <summary>Measures a case.</summary>
    /// <param name="case">What to measure, the same on every rank.</param>
    /// <param name="shards">Shards of a batch.</param>
    /// <param name="settings">How long.</param>
    /// <param name="job">The ranks.</param>
    /// <exception cref="RunnerException">The model cannot hold the batch, or its loss does not stay finite.</exception>
    public static RankResult Run(BenchmarkCase @case, int shards, BenchmarkSettings settings, Job job)
    {
        PackedBatch[] batches = BenchmarkData.For(@case.Model.Description, @case.BatchSize);
        var plan = new ShardPlan(job, shards, @case.BatchSize);
        int rows = batches.Max(batch => MostRows(batch, plan));
        using ICompiledModel model = BenchmarkData.Create(@case.Model, @case.Threads, rows);
        UpdateRule rule = @case.Rule ?? UpdateRule.For(@case.Model.Description.Optimizer);
        using var training = new ShardedTraining(model, rule, plan, batches);
        RankRound[] rounds = RankRounds.Measure(job, training.Step, settings.RoundTime, settings.Rounds * settings.RoundTime);
        double bytes = job.All(Environment.WorkingSet).Max();
        RankRound fastest = rounds.MinBy(round => round.Seconds);
        Rounds rates = Rounds.Of(rounds.Select(round => 1.0 / round.Seconds));
        PackedBatch[] trained = [.. Enumerable.Range(fastest.First, fastest.Count).Select(step => batches[step % batches.Length])];
        double seconds = fastest.Seconds * fastest.Count;
        return new RankResult(
            @case, shards, job.Size, model.VectorBits, fastest.Seconds, 1.0 / rates.Median,
            trained.Sum(batch => (double)batch.Tokens.Length) / seconds, trained.Sum(batch => batch.Operations) / seconds,
            fastest.Communication, bytes);
    }

    /// <summary>The most positions of a shard.</summary>
    private static int MostRows(PackedBatch batch, ShardPlan plan) => Enumerable.Range(0, plan.Shards)
        .Max(shard => batch.Starts[plan.FirstItem(shard + 1)] - batch.Starts[plan.FirstItem(shard)]);
}
