using System.Globalization;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using MicroGpt.Generator.Text;

namespace MicroGpt.Generator.Targets.Cpu.Printing;

/// <summary>The named constant offsets of everything in memory.</summary>
internal sealed class MemoryPrinter(CompiledModel model)
{
    public void Print(CodeWriter writer)
    {
        writer.Summary("Columns of a panel: one cache line.");
        writer.Line($"private const int PanelWidth = {model.Layout.PanelWidth};").Line();
        if (model.Spec.BlockSize > 0)
        {
            writer.Summary("Distance from one panel of a cache of keys or values to the next.");
            writer.Line($"private const int CachePanel = {(long)model.Spec.BlockSize * model.Layout.PanelWidth};").Line();
        }

        writer.Summary(
            "Activations: elements a row before each. Its address is the offset times the row capacity; values that are never",
            "needed at the same time share memory.");
        using (writer.Block("private static class Activations"))
        {
            PrintPlan(writer, model.Plan, model.Training);
            writer.Line($"internal const long Total = {model.Plan.ArenaElements};");
        }

        if (model.Pieces is not null)
        {
            writer.Line();
            writer.Summary("The same of what is computed in pieces of the rows, in memory for one piece.");
            using (writer.Block("private static class Pieces"))
            {
                PrintPlan(writer, model.Plan, model.Training, ofPiece: true);
                writer.Line($"internal const long Total = {model.Plan.PieceElements};");
            }
        }

        writer.Line();
        writer.Summary("Weights: elements before each. \"_T\" is the transposed copy that the backward pass streams through.");
        using (writer.Block("private static class Weights"))
        {
            foreach (var weight in model.Weights)
            {
                writer.Line($"internal const long {weight.Name} = {weight.Offset}; // {weight.Elements}");
            }

            writer.Line($"internal const long Total = {model.Weights.Sum(w => w.Elements)};");
        }

        writer.Line();
        writer.Summary("Stored gradients: elements before each.");
        using (writer.Block("private static class Gradients"))
        {
            foreach (var gradient in model.Gradients)
            {
                writer.Line($"internal const long {gradient.Parameter.Name} = {gradient.Offset}; // {gradient.Elements}");
            }

            writer.Line($"internal const long Total = {model.Gradients.Sum(w => w.Elements)};");
        }

        if (model.HasVectors)
        {
            PrintVectors(writer);
        }

        writer.Line();
        writer.Summary("Decoding: one row of each activation, then the caches of each layer.");
        using (writer.Block("private static class Decoder"))
        {
            PrintDecoder(writer);
        }
    }

    /// <summary>Vectors that lie side by side are one piece: a few long ones are updated faster than many short ones.</summary>
    private void PrintVectors(CodeWriter writer)
    {
        writer.Line();
        writer.Summary("Where gains and biases begin and end, which do not decay; neighbours are one piece.");
        using (writer.Block("private static readonly long[] Vectors = new long[]", "};"))
        {
            for (int i = 0; i < model.Gradients.Length; i++)
            {
                var first = model.Gradients[i];
                if (first.Parameter.Shape.Kind != ShapeKind.Vector)
                {
                    continue;
                }

                while (i + 1 < model.Gradients.Length && model.Gradients[i + 1].Parameter.Shape.Kind == ShapeKind.Vector)
                {
                    i++;
                }

                writer.Line(
                    $"Gradients.{first.Parameter.Name}, Gradients.{model.Gradients[i].Parameter.Name} + {model.Gradients[i].Elements},");
            }
        }
    }

    private static void PrintPlan(CodeWriter writer, Passes.MemoryPlan plan, Graph.Graph graph, bool ofPiece = false)
    {
        foreach (var buffer in plan.InOrder(graph).Where(b => b.IsOfPiece == ofPiece))
        {
            writer.Line($"internal const long {buffer.Name} = {buffer.Offset}; // {buffer.Elements}");
        }
    }

    /// <summary>Elements of a decoder: those of a row, and the caches of all layers.</summary>
    public static long DecoderElements(CompiledModel model) => model.DecoderPlan.ArenaElements
        + model.DecoderGraph.Nodes.Where(n => n.Op is AttentionStep).Sum(node => CachesOf(model, node).Sum());

    /// <summary>Keys, values and weights of a layer.</summary>
    private static long[] CachesOf(CompiledModel model, Node node)
    {
        var heads = model.Layout.Heads(node.Inputs[0].Shape.Inner);
        int rows = ((AttentionStep)node.Op).BlockSize;
        return
        [
            (long)rows * heads.Width,
            (long)rows * heads.Width,
            heads.DecodedWeightElements(rows, model.Layout.PanelWidth),
        ];
    }

    private void PrintDecoder(CodeWriter writer)
    {
        var graph = model.DecoderGraph;
        PrintPlan(writer, model.DecoderPlan, graph);
        long offset = model.DecoderPlan.ArenaElements;
        foreach (var node in graph.Nodes.Where(n => n.Op is AttentionStep))
        {
            long[] sizes = CachesOf(model, node);
            for (int i = 0; i < sizes.Length; i++)
            {
                writer.Line(
                    $"internal const long {ModelNames.Cache(node, i)} = {offset.ToString(CultureInfo.InvariantCulture)}; // {sizes[i]}");
                offset += sizes[i];
            }
        }

        writer.Line($"internal const long Total = {offset};");
    }
}
