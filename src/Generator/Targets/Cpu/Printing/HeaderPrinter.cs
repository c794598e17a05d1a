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

        Line($"{spec.Name}: {Title(spec)}");
        Line();
        Line("Parameters, in canonical order:");
        long total = 0;
        foreach (var parameter in model.Training.Parameters)
        {
            var shape = parameter.Shape.Kind == ShapeKind.Vector
                ? $"[{parameter.Shape.Inner.Count}]"
                : $"[{parameter.Shape.Outer.Count}, {parameter.Shape.Inner.Count}]";
            Line($"    {((Parameter)parameter.Op).Canonical,-20} {shape,-16} {Thousands(parameter.Shape.Elements),12}");
            total += parameter.Shape.Elements;
        }

        Line($"    {"",-20} {"",-16} {Thousands(total),12}");
        Line();
        Line($"A training step takes {Thousands(model.Flops.PerRow)} floating-point operations a row"
            + (model.Flops.PerPair > 0 ? $" and {Thousands(model.Flops.PerPair)} for each pair of a position and one it attends to." : "."));
        var bytes = spec.Precision == Precision.Single ? 4 : 8;
        var rows = spec.BlockSize > 0 ? spec.BlockSize : DefaultRows;
        Line($"Activations for {rows} rows: {Kilobytes(model.Plan.TotalElements * rows * bytes)}, {Kilobytes(model.Plan.ArenaElements * rows * bytes)} planned.");
        Line($"Weights in memory: {Kilobytes(model.Weights.Sum(w => w.Elements) * bytes)}"
            + (model.Weights.Length > model.Training.Parameters.Length ? ", those of linear layers in both orientations." : "."));
        return text.ToString();
    }

    /// <summary>Rows that fit by default where the architecture sets no limit.</summary>
    public const int DefaultRows = 32;

    /// <summary>What the constructor's argument means.</summary>
    public static string RowCapacity(ModelSpec spec) => "Most rows of a batch; 0 means "
        + (spec.BlockSize > 0 ? "one document of the block size." : $"{DefaultRows}; the model grows when a batch is larger.");

    public static string Title(ModelSpec spec) => spec.Architecture == Architecture.Program
        ? $"a model with vocabulary {spec.VocabSize}{(spec.BlockSize > 0 ? $" and block size {spec.BlockSize}" : "")}, in {Text(spec.Precision)} precision, trained with {Text(spec.Optimizer)}"
        : spec.Architecture == Architecture.Gpt
        ? $"a GPT with vocabulary {spec.VocabSize}, block size {spec.BlockSize}, width {spec.NEmbd}, {Count(spec.NHead, "head")} and {Count(spec.NLayer, "layer")}, in {Text(spec.Precision)} precision, trained with {Text(spec.Optimizer)}"
        : $"a bigram MLP with vocabulary {spec.VocabSize}, width {spec.NEmbd} and hidden width {4L * spec.NEmbd}, in {Text(spec.Precision)} precision, trained with {Text(spec.Optimizer)}";

    private static string Count(int number, string what) => $"{number} {what}{(number == 1 ? "" : "s")}";

    private static string Text(Precision precision) => precision == Precision.Single ? "single" : "double";

    private static string Text(Optimizer optimizer) => optimizer == Optimizer.Sgd ? "SGD" : "Adam";

    private static string Thousands(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Kilobytes(long bytes) => (bytes / 1024.0).ToString("#,0.0", CultureInfo.InvariantCulture) + " KB";
}
