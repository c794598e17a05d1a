using MicroGpt.Runner.Benchmark;
using MicroGpt.Runner.Distribution;
using MicroGpt.Runner.Terminal;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Commands;

/// <summary><c>bench</c> of batches that are divided into shards: the steps of all ranks together, which the first one reports.</summary>
internal static class RankBench
{
    /// <summary>Batch sizes that give every shard an item, where none was asked for.</summary>
    public static int[] BatchSizesFor(ModelEntry model, int? asked, int shards) => asked is int size
        ? [size]
        : [.. BenchmarkCase.BatchSizesFor(model, null).Select(usual => Math.Max(usual, shards)).Distinct()];

    /// <summary>Measures and reports.</summary>
    /// <param name="console">Where to write.</param>
    /// <param name="cases">What to measure.</param>
    /// <param name="shards">Shards of a batch, which the ranks divide.</param>
    /// <param name="settings">How long.</param>
    /// <param name="json">File for the results; null for none.</param>
    /// <exception cref="RunnerException">A batch has no work for all ranks.</exception>
    public static int Run(RunnerConsole console, BenchmarkCase[] cases, int shards, BenchmarkSettings settings, string? json)
    {
        Job job = console.Job;
        if (Array.Find(cases, @case => @case.BatchSize < job.Size) is BenchmarkCase idle)
        {
            throw RunnerException.Usage(FormattableString.Invariant(
                $"--batch: a batch of {idle.BatchSize} has work for {idle.BatchSize} of {job.Size} ranks, which are to be measured ")
                    + FormattableString.Invariant($"together; give at least {job.Size}."));
        }

        if (json is not null && job.Rank == 0)
        {
            BenchmarkFile.Check(json);
        }

        if (job.Size > 1)
        {
            RankFailure.Agree(job, RankFacts.Of(cases, shards, settings));
            job.IsUnderWay = true;
        }

        var results = new List<RankResult>();
        foreach (BenchmarkCase @case in cases)
        {
            BenchmarkView.ShowProgress(console, @case, results.Count + 1, cases.Length);
            results.Add(RankBenchmark.Run(@case, shards, settings, job));
        }

        BenchmarkView.ClearProgress(console);
        RankBenchmarkView.Show(console, settings, results);
        if (json is not null && job.Rank == 0)
        {
            BenchmarkFile.Write(json, results);
            console.Out.WriteLine($"{json} holds the results.");
        }

        return ExitCode.Success;
    }
}
