using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Ops;

/// <summary>Makes nodes of the formulas that derivatives are written in.</summary>
internal static class TermGradients
{
    /// <summary>What one reader contributes to a gradient, as a formula, of which each part becomes a node.</summary>
    public static Node Contribution(this GradientBuilder g, Term formula, Node of, Node reader) => formula switch
    {
        Term.Value(var node) => node,
        Term.Applied(var function, var inputs) => g.Contribution(
            new Elementwise(function), of, reader, [.. inputs.Select(i => g.Make(i, of, reader))]),
        _ => throw new GraphException($"the gradient of {of.Name} via {reader.Name} is a number"),
    };

    private static Node Make(this GradientBuilder g, Term formula, Node of, Node reader) => formula switch
    {
        Term.Value(var node) => node,
        Term.Number(var constant) => g.Number(constant),
        Term.Applied(var function, var inputs) => g.OnTheWay(
            new Elementwise(function),
            of,
            reader,
            $"d{of.Local}_{function.Name.ToLowerInvariant()}",
            [.. inputs.Select(i => g.Make(i, of, reader))]),
        _ => throw new GraphException($"unknown term {formula}"),
    };
}
