using MicroGpt.Runner.Benchmark;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Terminal;

/// <summary>Shows what ranks measured together.</summary>
internal static class RankBenchmarkView
{
    private const double Giga = 1e9;
    private const double Mega = 1e6;
    private const double Micro = 1e6;

    private static readonly string[] s_headers =
    [
        "model", "data", "batch", "shards", "ranks", "threads", "optimizer", "us/step", "median", "positions/s", "GFLOP/s",
        "communication", "MB a rank",
    ];

    /// <summary>Shows the table and what its columns mean.</summary>
    public static void Show(RunnerConsole console, BenchmarkSettings settings, IReadOnlyList<RankResult> results)
    {
        TextTable.Write(console, s_headers, [.. results.Select(Row)]);
        console.Out.WriteLine(Invariant(
            $"Times and rates are those of the fastest round of {settings.RoundTime.TotalMilliseconds:F0} ms, of the slowest rank in it; ")
                + "threads: of a rank;");
        console.Out.WriteLine("communication: the share of a step that ranks send, receive and wait for others; MB: what a rank's process "
            + "has while it trains.");
    }

    private static string[] Row(RankResult result)
    {
        ModelDescription model = result.Case.Model.Description;
        return
        [
            model.Name,
            BenchmarkData.NameFor(model),
            Invariant($"{result.Case.BatchSize}"),
            Invariant($"{result.Shards}"),
            Invariant($"{result.Ranks}"),
            Invariant($"{result.Case.Threads}"),
            UpdateName.InSentence((result.Case.Rule ?? UpdateRule.For(model.Optimizer)).Kind),
            Invariant($"{result.SecondsPerStep * Micro:F2}"),
            Invariant($"{result.MedianSeconds * Micro:F2}"),
            Invariant($"{result.PositionsPerSecond:N0}"),
            Invariant($"{result.OperationsPerSecond / Giga:F1}"),
            Invariant($"{result.Communication * 100:F1}%"),
            Invariant($"{result.BytesPerRank / Mega:N0}"),
        ];
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
