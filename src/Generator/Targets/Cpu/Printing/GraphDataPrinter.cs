using System.Globalization;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using MicroGpt.Generator.Text;
using Microsoft.CodeAnalysis.CSharp;

namespace MicroGpt.Generator.Targets.Cpu.Printing;

/// <summary>The model's graphs as data: a statement a node, in methods that run when somebody asks for a graph.</summary>
internal sealed class GraphDataPrinter(CompiledModel model)
{
    // So many nodes stay far below the sizes at which the just-in-time compiler gives up on a method.
    private const int NodesOfMethod = 100;

    public void Print(CodeWriter writer)
    {
        writer.Summary("The graphs of this model as data, made when first asked for.");
        using (writer.Block($"private static class {GeneratedMembers.Graphs}"))
        {
            Print(writer, "Forward", "The forward pass from the tokens to the logits, nothing fused.", model.ForwardGraph);
            writer.Line();
            Print(writer, "Training", "What a training step computes: forward pass, loss, gradients and updates, fused.", model.Training);
        }
    }

    private static void Print(CodeWriter writer, string name, string summary, Graph.Graph graph)
    {
        var values = ValuesOf(graph);
        int methods = (values.Count + NodesOfMethod - 1) / NodesOfMethod;
        writer.Summary(summary);
        using (writer.Block($"public static ModelGraph {name}()"))
        {
            writer.Line("var g = new ModelGraphBuilder();");
            if (methods == 1)
            {
                Print(writer, values, 0, values.Count);
            }

            for (int method = 0; methods > 1 && method < methods; method++)
            {
                writer.Line($"{name}{method}(g);");
            }

            writer.Line($"return g.Build({string.Join(", ", graph.Outputs.Select(o => Literal(o.Name)))});");
        }

        for (int method = 0; methods > 1 && method < methods; method++)
        {
            writer.Line();
            using (writer.Block($"private static void {name}{method}(ModelGraphBuilder g)"))
            {
                Print(writer, values, method * NodesOfMethod, Math.Min(values.Count, (method + 1) * NodesOfMethod));
            }
        }
    }

    private static void Print(CodeWriter writer, IReadOnlyList<Value> values, int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            var (name, node, shape, isBackward) = values[i];
            if (isBackward && !values[i - 1].IsBackward)
            {
                writer.Line("g.Backward();");
            }

            if (i == 0 || values[i - 1].Node.Scope.Name != node.Scope.Name)
            {
                writer.Line($"g.Scope({Literal(node.Scope.Name)});");
            }

            string inputs = string.Concat(node.Inputs.Select(input => ", " + Literal(input.Name)));
            string attributes = string.Concat(
                node.Op.Data(node).Select(a => $".With({Literal(a.Name)}, {(a.Text is { } text ? Literal(text) : Number(a.Number))})"));
            writer.Line($"g.Add({Literal(name)}, {Literal(node.Op.Name)}, {Code(shape)}{inputs}){attributes};");
        }
    }

    /// <summary>A node as the data has it.</summary>
    private readonly record struct Value(string Name, Node Node, Shape Shape, bool IsBackward);

    /// <summary>The nodes; one with several results of which only the first is read stands under the name of that result.</summary>
    private static List<Value> ValuesOf(Graph.Graph graph)
    {
        var readers = graph.Readers();
        var values = new List<Value>();
        for (int i = 0; i < graph.Nodes.Length; i++)
        {
            var node = graph.Nodes[i];
            if (node.Op is Part { Index: 0 } && IsOnlyRead(node.Inputs[0], readers))
            {
                continue;
            }

            values.Add(node.Shape.Kind == ShapeKind.Tuple && IsOnlyRead(node, readers)
                ? new Value(readers[node].Single().Name, node, node.Shape.Parts[0], i >= graph.ForwardCount)
                : new Value(node.Name, node, node.Shape, i >= graph.ForwardCount));
        }

        return values;
    }

    private static bool IsOnlyRead(Node tuple, ILookup<Node, Node> readers) =>
        readers[tuple].Count() == 1 && readers[tuple].Single().Op is Part { Index: 0 };

    private static string Code(Shape shape) => shape.Kind switch
    {
        ShapeKind.Scalar => "GraphShape.Scalar",
        ShapeKind.Indices => "GraphShape.Indices",
        ShapeKind.Rows => $"GraphShape.Rows({Code(shape.Inner)})",
        ShapeKind.Vector => $"GraphShape.Vector({Code(shape.Inner)})",
        ShapeKind.Matrix => $"GraphShape.Matrix({Code(shape.Outer)}, {Code(shape.Inner)})",
        ShapeKind.Attention => $"GraphShape.Attention({Code(shape.Outer)}, {Code(shape.Inner)})",
        ShapeKind.Tuple => $"GraphShape.Tuple({string.Join(", ", shape.Parts.Select(Code))})",
        _ => throw new GraphException($"the graph's data has no word for a {shape.Kind}"),
    };

    private static string Code(Axis axis) => axis.Groups == 1 ? Text(axis.Size) : $"({Text(axis.Groups)}, {Text(axis.Size)})";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Number(double number) => number switch
    {
        double.PositiveInfinity => "double.PositiveInfinity",
        double.NegativeInfinity => "double.NegativeInfinity",
        _ when double.IsNaN(number) => "double.NaN",
        _ => number.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Literal(string text) => SymbolDisplay.FormatLiteral(text, quote: true);
}
