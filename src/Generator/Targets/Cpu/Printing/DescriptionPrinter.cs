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
            writer.Line($"Architecture = \"{(spec.Architecture == Architecture.Gpt ? "GPT" : "MLP")}\",");
            writer.Line($"VocabSize = {spec.VocabSize},");
            writer.Line($"BlockSize = {(spec.BlockSize > 0 ? spec.BlockSize.ToString(CultureInfo.InvariantCulture) : "null")},");
            writer.Line($"NEmbd = {spec.NEmbd},");
            writer.Line($"NHead = {spec.NHead},");
            writer.Line($"NLayer = {spec.NLayer},");
            writer.Line($"Precision = Precision.{spec.Precision},");
            writer.Line($"Optimizer = Optimizer.{spec.Optimizer},");
            writer.Line($"InitStd = {spec.InitStd.ToString("R", CultureInfo.InvariantCulture)},");
            writer.Line("Parameters = new ParameterInfo[]");
            using (writer.Block(close: "},"))
            {
                long offset = 0;
                foreach (var parameter in model.Training.Parameters)
                {
                    var (rows, columns) = (parameter.Shape.Outer.Count, parameter.Shape.Inner.Count);
                    writer.Line($"new(\"{((Parameter)parameter.Op).Canonical}\", {rows}, {columns}, {offset}),");
                    offset += parameter.Shape.Elements;
                }
            }

            writer.Line($"FlopsPerRow = {model.Flops.PerRow},");
            writer.Line($"FlopsPerPair = {model.Flops.PerPair},");
            writer.Line($"SourceFile = {SymbolDisplay.FormatLiteral(spec.SourceFile, quote: true)},");
            writer.Line($"EagerForward = static () => new {Forward(spec)}.Forward,");
            writer.Line($"Graphs = new ModelGraphs({GeneratedMembers.Graphs}.Forward, {GeneratedMembers.Graphs}.Training),");
        }
    }

    /// <summary>The construction of the class that holds the forward pass.</summary>
    private static string Forward(ModelSpec spec) => spec.Architecture switch
    {
        Architecture.Gpt =>
            $"global::MicroGpt.Architectures.Gpt({spec.VocabSize}, {spec.BlockSize}, {spec.NEmbd}, {spec.NHead}, {spec.NLayer}, "
            + $"headLast: {(spec.ParameterOrder == ParameterOrder.HeadLast ? "true" : "false")})",
        Architecture.Mlp => $"global::MicroGpt.Architectures.Mlp({spec.VocabSize}, {spec.NEmbd})",
        _ => CSharpName.Escape(spec.Name) + "()",
    };
}
