using System.Globalization;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using MicroGpt.Generator.Text;
using Microsoft.CodeAnalysis.CSharp;

namespace MicroGpt.Generator.Targets.Cpu.Printing;

/// <summary>The model's constants as a value: dimensions, parameter table, operation counts, graphs.</summary>
internal sealed class DescriptionPrinter(CompiledModel model)
{
    public void Print(CodeWriter writer)
    {
        var spec = model.Spec;
        writer.Summary("The constants of this model.");
        writer.Line($"public static ModelDescription {GeneratedMembers.Description} {{ get; }} = new()");
        using (writer.Block(close: "};"))
        {
            writer.Line($"Name = \"{spec.Name}\",");
            writer.Line($"Architecture = "
                + $"\"{(model.Architecture.Length > 0 ? model.Architecture : spec.Base.Length > 0 ? spec.Base : "own architecture")}\",");
            writer.Line($"VocabSize = {spec.VocabSize},");
            writer.Line($"BlockSize = {(spec.BlockSize > 0 ? spec.BlockSize.ToString(CultureInfo.InvariantCulture) : "null")},");
            writer.Line($"NEmbd = {model.Width},");
            writer.Line($"NHead = {model.Heads},");
            writer.Line($"NLayer = {model.Attentions.Length},");
            writer.Line($"Precision = Precision.{spec.Precision},");
            writer.Line($"Optimizer = Optimizer.{spec.Optimizer},");
            writer.Line($"InitStd = {spec.InitStd.ToString("R", CultureInfo.InvariantCulture)},");
            writer.Line("Parameters = new ParameterInfo[]");
            using (writer.Block(close: "},"))
            {
                long offset = 0;
                foreach (var parameter in model.Training.Parameters)
                {
                    var (rows, columns) =
                        (parameter.Shape.Kind == ShapeKind.Vector ? 1 : parameter.Shape.Outer.Count, parameter.Shape.Inner.Count);
                    string name = ((Parameter)parameter.Op).Canonical;
                    writer.Line(
                        $"new({SymbolDisplay.FormatLiteral(name, quote: true)}, {rows}, {columns}, {offset}){StartOf(parameter, name)},");
                    offset += parameter.Shape.Elements;
                }
            }

            writer.Line($"FlopsPerRow = {model.Flops.PerRow},");
            writer.Line($"FlopsPerPair = {model.Flops.PerPair},");
            writer.Line($"Memory = new({model.Weights.Sum(w => w.Elements)}, {model.Gradients.Sum(g => g.Elements)}, "
                + $"{model.Plan.ArenaElements}, {MemoryPrinter.DecoderElements(model)}){Pieces},");
            writer.Line($"SourceFile = {SymbolDisplay.FormatLiteral(spec.SourceFile, quote: true)},");
            if (!spec.HasText && model.Construction.Length > 0)
            {
                writer.Line($"EagerForward = static () => new {model.Construction}.Forward,");
            }

            writer.Line($"Graphs = new ModelGraphs({GeneratedMembers.Graphs}.Forward, {GeneratedMembers.Graphs}.Training),");
        }
    }

    private string Pieces =>
        model.Pieces is null ? "" : $" {{ PiecePerRow = {model.Plan.PieceElements}, PieceRows = {model.Pieces.Rows} }}";

    /// <summary>What a parameter starts from, where that is not the model's normal distribution.</summary>
    private string StartOf(Node parameter, string name)
    {
        var start = model.Starts.FirstOrDefault(s => s.Name == name);
        var parts = new List<string>();
        if (parameter.Shape.Kind == ShapeKind.Vector)
        {
            parts.Add("IsVector = true");
        }

        if (start is { Mean: not 0 })
        {
            parts.Add("Mean = " + start.Mean.ToString("R", CultureInfo.InvariantCulture));
        }

        if (start is not null && start.Std != model.Spec.InitStd)
        {
            parts.Add("Std = " + start.Std.ToString("R", CultureInfo.InvariantCulture));
        }

        return parts.Count == 0 ? "" : " { " + string.Join(", ", parts) + " }";
    }
}
