using System.Globalization;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Spec;

namespace MicroGpt.Generator.Reader;

/// <summary>Which buffers of a model would have more elements than generated code can count (<see cref="BufferSizes.Limit"/>).</summary>
internal static class Sizes
{
    /// <summary>What the error says of a parameter that is too large by itself; null where it is not.</summary>
    public static string[]? TooLarge(ParameterValue parameter)
    {
        long elements = (long)(parameter.Rows ?? 1) * parameter.Columns;
        return elements <= BufferSizes.Limit ? null : Arguments(
            (parameter.Rows is null ? "vector " : "matrix ") + LanguageCalls.Shape(parameter),
            elements,
            parameter.Rows is { } rows ? $"{Text(rows)} x {Text(parameter.Columns)}" : Text(parameter.Columns),
            "make it smaller");
    }

    /// <summary>What the error says of the first buffer that is too large; null where all fit.</summary>
    /// <param name="nodes">The forward pass, parameters included.</param>
    /// <param name="blockSize">Rows of the largest document; 0 for no limit.</param>
    public static string[]? TooLarge(IReadOnlyList<Node> nodes, int blockSize)
    {
        Node[] parameters = [.. nodes.Where(n => n.Op is Graph.Parameter)];
        long all = parameters.Sum(p => p.Shape.Elements);
        if (all > BufferSizes.Limit)
        {
            return Arguments("parameters together", all, $"{Text(parameters.Length)} matrices and vectors", "make some smaller");
        }

        foreach (Node node in nodes)
        {
            foreach (Shape shape in node.Shape.Kind == ShapeKind.Tuple ? (IEnumerable<Shape>)node.Shape.Parts : [node.Shape])
            {
                long channels = shape.Kind is ShapeKind.Rows ? shape.Inner.Count : 0;
                if (blockSize * channels is > BufferSizes.Limit and var elements)
                {
                    return Arguments(
                        $"values of {Text(channels)} channels", elements,
                        $"BlockSize x {Text(channels)} = {Text(blockSize)} x {Text(channels)}", "give a smaller BlockSize");
                }
            }
        }

        return null;
    }

    private static string[] Arguments(string buffer, long elements, string formula, string advice) =>
        [buffer, elements.ToString("N0", CultureInfo.InvariantCulture), formula, advice];

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
