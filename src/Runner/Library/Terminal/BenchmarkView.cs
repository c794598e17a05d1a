using MicroGpt.Runner.Benchmark;
using MicroGpt.Runner.Messages;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Terminal;

/// <summary>Shows the results of a benchmark to people.</summary>
internal static class BenchmarkView
{
    private const double Giga = 1e9;
    private const double Micro = 1e6;

    private static readonly string[] TrainingHeaders =
        [
            "model", "data", "batch", "threads", "optimizer", "us/step", "us/position", "positions/s", "GFLOP/s", "peak", "share",
            "medians", "rounds",
        ];

    private static readonly string[] OtherHeaders =
        [
            "model", "batch", "threads", "optimizer", "bytes/step", "decode us/token", "compile ms", "first step ms", "processor ms",
            "1,000 steps ms",
        ];

    /// <summary>Says which case is being measured: on a terminal only, where the line is overwritten.</summary>
    public static void ShowProgress(RunnerConsole console, BenchmarkCase @case, int number, int count)
    {
        if (console.IsTerminal)
        {
            console.Out.Write(Invariant($"\r\u001b[Kmeasuring {@case.Model.Name}, batch {@case.BatchSize} ({number} of {count}) ..."));
            console.Out.Flush();
        }
    }

    /// <summary>Removes the line of progress.</summary>
    public static void ClearProgress(RunnerConsole console)
    {
        if (console.IsTerminal)
        {
            console.Out.Write("\r\u001b[K");
        }
    }

    /// <summary>Shows the peak on its own: for one thread and for all processors.</summary>
    /// <param name="output">Where to write.</param>
    /// <param name="vectorBits">Width of the vectors.</param>
    /// <param name="precision">Type of the elements.</param>
    /// <param name="peaks">Threads, and their rates in operations a second.</param>
    public static void ShowPeak(TextWriter output, int vectorBits, Precision precision, IEnumerable<(int Threads, Rounds Rates)> peaks)
    {
        foreach ((int threads, Rounds rates) in peaks)
        {
            string who = threads == 1 ? "one thread" : Invariant($"{threads} threads");
            output.WriteLine(Invariant(
                $"peak of {who}, {vectorBits}-bit vectors, {RunFacts.NameOf(precision)} precision: {rates.Fastest / Giga:F1} GFLOP/s ")
                    + Invariant($"(median {rates.Median / Giga:F1}, slowest {rates.Slowest / Giga:F1})"));
        }
    }

    /// <summary>Shows the tables and what their columns mean.</summary>
    public static void ShowResults(RunnerConsole console, BenchmarkSettings settings, IReadOnlyList<BenchmarkResult> results)
    {
        TextWriter output = console.Out;
        output.WriteLine();
        TextTable.Write(console, TrainingHeaders, [.. results.Select(TrainingRow)]);
        output.WriteLine(
            $"Times and rates are those of the fastest of {Counted.Of(settings.Rounds, "round")} "
                + Invariant($"of {settings.RoundTime.TotalMilliseconds:F0} ms; ")
                + "peak: GFLOP/s of the fastest round of multiply-adds in between;");
        output.WriteLine("share: the one over the other; medians: the median of training over the median of the peak; rounds: "
            + "slowest to fastest, over the peak.");
        foreach (BenchmarkResult result in results.Where(result => result.SpeedUp is not null))
        {
            output.WriteLine(SpeedUpOf(result));
        }

        output.WriteLine();
        TextTable.Write(console, OtherHeaders, [.. results.Select(OtherRow)]);
        output.WriteLine("First step: from the start of a fresh process until it has trained once; compile: "
            + "the just-in-time compiler's share of it; processor: processor time until then;");
        output.WriteLine("1,000 steps: from the start until the last of them, where they take no longer than a second.");
    }

    private static string[] TrainingRow(BenchmarkResult result) =>
    [
        result.Case.Model.Name,
        BenchmarkData.NameFor(result.Case.Model.Description),
        Invariant($"{result.Case.BatchSize}"),
        Invariant($"{result.Case.Threads}"),
        OptimizerOf(result),
        Invariant($"{result.SecondsPerStep * Micro:F2}"),
        Invariant($"{Micro / result.PositionsPerSecond:F3}"),
        Invariant($"{result.PositionsPerSecond:N0}"),
        Invariant($"{result.Training.Fastest / Giga:F1}"),
        Invariant($"{result.Peak.Fastest / Giga:F1}"),
        Invariant($"{result.ShareOfPeak * 100:F1}%"),
        Invariant($"{result.MedianShareOfPeak * 100:F1}%"),
        Invariant($"{result.Training.Slowest / result.Peak.Fastest * 100:F1}-{result.ShareOfPeak * 100:F1}%"),
    ];

    private static string[] OtherRow(BenchmarkResult result) =>
    [
        result.Case.Model.Name,
        Invariant($"{result.Case.BatchSize}"),
        Invariant($"{result.Case.Threads}"),
        OptimizerOf(result),
        Invariant($"{result.BytesPerStep:0.##}"),
        Invariant($"{result.SecondsPerDecodedToken * Micro:F3}"),
        Milliseconds(result.StartUp?.Compiling),
        Milliseconds(result.StartUp?.FirstStep),
        Milliseconds(result.StartUp?.Processor),
        Milliseconds(result.StartUp?.ThousandSteps),
    ];

    private static string SpeedUpOf(BenchmarkResult result)
    {
        (double training, double peak) = result.SpeedUp!.Value;

        // What the other threads add, since the first is there anyway; on a busy machine that may be nothing.
        string gain = peak > 1.1 ? Invariant($": {(training - 1) / (peak - 1) * 100:F0}% of the gain") : "";
        return Invariant(
            $"{result.Case.Model.Name}, batch {result.Case.BatchSize}: {result.Case.Threads} threads ")
                + Invariant($"train {training:F2} times as fast as one, and their peak is {peak:F2} times as high{gain}.");
    }

    private static string OptimizerOf(BenchmarkResult result)
    {
        ModelDescription model = result.Case.Model.Description;
        return UpdateName.InSentence((result.Case.Rule ?? UpdateRule.For(model.Optimizer)).Kind);
    }

    private static string Milliseconds(TimeSpan? time) => time is TimeSpan known ? Invariant($"{known.TotalMilliseconds:F0}") : "-";

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
