using System.Globalization;
using System.Text;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu.Lowering;

namespace MicroGpt.Generator.Targets.Cpu.Printing;

/// <summary>The comment at the head of a model: its spec, parameters, operation counts and memory plan.</summary>
internal static class HeaderPrinter
{
    public static string Print(CompiledModel model)
    {
        var spec = model.Spec;
        var text = new StringBuilder("\n");
        void Line(string line = "") => text.Append(line.Length == 0 ? "//" : "// " + line).Append('\n');

        Line($"{spec.Name}: {Title(model)}");
        Line();
        Line("Parameters, in canonical order:");
        long total = 0;
        foreach (var parameter in model.Training.Parameters)
        {
            string shape = parameter.Shape.Kind == ShapeKind.Vector
                ? $"[{parameter.Shape.Inner.Count}]"
                : $"[{parameter.Shape.Outer.Count}, {parameter.Shape.Inner.Count}]";
            Line($"    {OneLine(((Parameter)parameter.Op).Canonical),-20} {shape,-16} {Thousands(parameter.Shape.Elements),12}");
            total += parameter.Shape.Elements;
        }

        Line($"    {"",-20} {"",-16} {Thousands(total),12}");
        Line();
        Line($"A training step takes {Thousands(model.Flops.PerRow)} floating-point operations a row"
            + (model.Flops.PerPair > 0
                ? $" and {Thousands(model.Flops.PerPair)} for each pair of a position and one it attends to." : "."));
        int bytes = spec.Precision == Precision.Single ? 4 : 8;
        int rows = spec.BlockSize > 0 ? spec.BlockSize : DefaultRows;
        long planned = (model.Plan.ArenaElements * rows) + (model.Plan.PieceElements * Math.Min(rows, model.Pieces?.Rows ?? 0));
        Line($"Activations for {rows} rows: {Kilobytes(model.Plan.TotalElements * rows * bytes)}, {Kilobytes(planned * bytes)} planned.");
        if (model.Pieces is { Rows: var most })
        {
            Line($"Of a batch the logits of {Thousands(most)} rows at most exist at once.");
        }

        Line($"Weights in memory: {Kilobytes(model.Weights.Sum(w => w.Elements) * bytes)}"
            + (model.Weights.Length - model.Training.Parameters.Length is > 0 and var copies
                ? $", {copies} of {model.Training.Parameters.Length} parameters in both orientations." : "."));
        return text.ToString();
    }

    /// <summary>Rows that fit by default where the architecture sets no limit.</summary>
    public const int DefaultRows = 32;

    /// <summary>What the constructor's argument means.</summary>
    public static string RowCapacity(ModelSpec spec) => "Most rows of a batch; 0 means "
        + (spec.BlockSize > 0 ? "one document of the block size." : $"{DefaultRows}; the model grows when a batch is larger.");

    /// <summary>What the model is, in half a sentence.</summary>
    public static string Title(CompiledModel model)
    {
        var spec = model.Spec;
        string kind = model.Architecture.Length == 0
            ? "a model" : ("AEFHILMNORSX".Contains(model.Architecture[0]) ? "an " : "a ") + model.Architecture;
        string[] facts =
        [
            $"vocabulary {spec.VocabSize}",
            spec.BlockSize > 0 ? $"block size {spec.BlockSize}" : "",
            model.Width > 0 ? $"width {model.Width}" : "",
            model.Heads > 0 ? Count(model.Heads, "head") : "",
            model.Attentions.Length > 0 ? Count(model.Attentions.Length, "layer") : "",
        ];
        return $"{kind} with {SpecRules.And(facts.Where(f => f.Length > 0))}, "
            + $"in {Text(spec.Precision)} precision, trained with {Text(spec.Optimizer)}";
    }

    private static string Count(int number, string what) => $"{number} {what}{(number == 1 ? "" : "s")}";

    /// <summary>A name may be any text, but this is a comment of one line.</summary>
    private static string OneLine(string name) =>
        string.Concat(name.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c));

    private static string Text(Precision precision) => precision == Precision.Single ? "single" : "double";

    private static string Text(Optimizer optimizer) => optimizer switch
    {
        Optimizer.Sgd => "SGD",
        Optimizer.Momentum => "momentum",
        _ => optimizer.ToString(),
    };

    private static string Thousands(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Kilobytes(long bytes) => (bytes / 1024.0).ToString("#,0.0", CultureInfo.InvariantCulture) + " KB";
}
