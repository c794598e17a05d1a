using System.Globalization;
using MicroGpt.Runner.Messages;
using MicroGpt.Runner.Report;
using MicroGpt.Runner.Terminal;

namespace MicroGpt.Runner.Comparison;

/// <summary>
/// The comparison in the terminal: one table of what was trained and one of what came of it, since a single one would be
/// wider than most terminals.
/// </summary>
internal static class ComparisonTable
{
    private static readonly string[] ModelHeaders =
        ["run", "architecture", "attention", "layers", "parameters", "optimizer", "learning rate", "new concepts"];

    /// <summary>Writes both tables.</summary>
    public static void Write(RunnerConsole console, IReadOnlyList<ComparisonRow> rows)
    {
        TextTable.Write(console, ModelHeaders, [.. rows.Select(ModelCells)]);
        console.Out.WriteLine();
        string[] headers = ["run", "first loss", MeanHeader(rows), "held-out nats", "bits a character", "perplexity", "us a step"];
        TextTable.Write(console, headers, [.. rows.Select(ResultCells)]);
    }

    /// <summary>What the means of the rows are taken over: short runs have fewer than 100 losses.</summary>
    private static string MeanHeader(IReadOnlyList<ComparisonRow> rows) =>
        rows.Select(row => row.StepsInMean).OfType<int>().Distinct().ToArray() switch
        {
            [] => "mean of the last 100",
            [int steps] => string.Create(CultureInfo.InvariantCulture, $"mean of the last {steps}"),
            _ => "mean of the last 100 or fewer",
        };

    private static string[] ModelCells(ComparisonRow row) =>
    [
        PrintableText.Of(row.Model),
        PrintableText.Of(row.Architecture),
        row.Attention,
        Number(row.Layers, "N0"),
        Number(row.Parameters, "N0"),
        row.Optimizer,
        Number(row.LearningRate, "0.######"),
        row.NewConcepts.Length == 0 ? "-" : row.NewConcepts,
    ];

    private static string[] ResultCells(ComparisonRow row) =>
    [
        PrintableText.Of(row.Model),
        Number(row.FirstLoss, "F4"),
        Number(row.MeanOfLast100, "F4"),
        Number(row.HeldOutNats, "F4"),
        Number(row.BitsPerCharacter, "F4"),
        Number(row.Perplexity, "F2"),
        Number(row.MicrosecondsPerStep, "F1"),
    ];

    private static string Number<T>(T? value, string format)
        where T : struct, IFormattable => value is T number ? number.ToString(format, CultureInfo.InvariantCulture) : "-";
}
