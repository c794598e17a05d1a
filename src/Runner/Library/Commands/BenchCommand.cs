using System.CommandLine;
using MicroGpt.Numerics;
using MicroGpt.Runner.Benchmark;
using MicroGpt.Runner.Terminal;

namespace MicroGpt.Runner.Commands;

/// <summary><c>bench</c>: measures how fast the compiled models train, beside what the processor could do at most.</summary>
internal static class BenchCommand
{
    public static Command Create(CommandContext context)
    {
        var defaults = new BenchmarkSettings();
        Option<string?> model = ModelOption.Create(context.Models, "all");
        Option<int?> batch = NumberOption.Count(
            "--batch", "Documents a step. [default: 1; for the models of the benchmark's table, those of the table; at least one a shard]");
        Option<int?> shards = ShardsOption.Create();
        Option<int> threads = ThreadsOption.Create();
        Option<int> rounds = NumberOption.Whole(
            "--rounds", "Rounds of training, and as many of the peak in between; more help on a busy machine.", 1, defaults.Rounds);
        var json = new Option<string?>("--json") { Description = "File for the results, as a JSON list.", HelpName = "file" };

        var command = new Command(
            "bench", "Measures training and decoding, beside the processor's multiply-add peak; several ranks, their steps together.")
        {
            model, batch, shards, threads, rounds, json,
        };
        RuleOptions rule = RuleOptions.AddTo(command);
        command.SetAction(result =>
        {
            IReadOnlyList<ModelEntry> models = result.GetValue(model) is null && context.Models.Count > 0
                ? context.Models
                : [ModelOption.Find(context.Models, result.GetValue(model))];
            int divided = ShardsOption.Of(result, shards, context.Console.Job);
            BenchmarkCase[] cases =
            [
                .. from entry in models
                   from size in RankBench.BatchSizesFor(entry, result.GetValue(batch), divided)
                   select new BenchmarkCase(entry, size, result.GetValue(threads), rule.Rule(result, entry.Description)),
            ];
            BenchmarkSettings settings = defaults with { Rounds = result.GetValue(rounds) };
            return divided == 1 && context.Console.Job.Size == 1
                ? Run(context.Console, cases, settings, result.GetValue(json))
                : RankBench.Run(context.Console, cases, divided, settings, result.GetValue(json));
        });
        return command;
    }

    private static int Run(RunnerConsole console, BenchmarkCase[] cases, BenchmarkSettings settings, string? json)
    {
        if (json is not null)
        {
            BenchmarkFile.Check(json);
        }

        var results = new List<BenchmarkResult>();
        foreach (BenchmarkCase @case in cases)
        {
            BenchmarkView.ShowProgress(console, @case, results.Count + 1, cases.Length);
            BenchmarkResult result = ModelBenchmark.Run(@case, settings);
            StartUp? startUp = console.Program is IReadOnlyList<string> program
                ? StartUp.Measure(program, @case, result.SecondsPerStep) : null;
            results.Add(result with { StartUp = startUp });
        }

        BenchmarkView.ClearProgress(console);
        ShowPeaks(console.Out, cases, settings);
        BenchmarkView.ShowResults(console, settings, results);
        if (json is not null)
        {
            BenchmarkFile.Write(json, results);
            console.Out.WriteLine($"{json} holds the results.");
        }

        return ExitCode.Success;
    }

    /// <summary>The peak of one thread and of all processors, for each precision among the models.</summary>
    private static void ShowPeaks(TextWriter output, BenchmarkCase[] cases, BenchmarkSettings settings)
    {
        int bits = VectorSupport.PreferredBits;
        foreach (Precision precision in cases.Select(@case => @case.Model.Description.Precision).Distinct().Order())
        {
            int[] threadCounts = Environment.ProcessorCount > 1 ? [1, Environment.ProcessorCount] : [1];
            BenchmarkView.ShowPeak(
                output, bits, precision, threadCounts.Select(threads => (threads, Peak(bits, precision, threads, settings))));
        }
    }

    private static Rounds Peak(int bits, Precision precision, int threads, BenchmarkSettings settings)
    {
        using var meter = new PeakMeter(bits, precision, threads);
        meter.Round(settings.RoundTime);
        return Rounds.Of(Enumerable.Range(0, settings.Rounds).Select(_ => meter.Round(settings.RoundTime)));
    }
}
