using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Passes;

/// <summary>What of a graph is computed for a piece of the rows at a time, after fusion.</summary>
internal static class RowsInPieces
{
    /// <summary>The nodes that are; none where the graph is not divided.</summary>
    public static ImmutableHashSet<Node> Of(Graph.Graph graph)
    {
        var inside = new HashSet<Node>();
        foreach (var node in graph.Nodes)
        {
            if (node.Op is PieceOf || (node.Op is not Update && node.Inputs.Any(i => inside.Contains(i) && !IsEnd(i))))
            {
                inside.Add(node);
            }
        }

        if (inside.Count == 0)
        {
            return [];
        }

        // What is made of parameters alone belongs to those who read it.
        var readers = graph.Readers();
        foreach (var node in graph.Nodes.Reverse().Where(n => HasRows(n) && !inside.Contains(n) && !n.Inputs.Any(HasRows)))
        {
            if (readers[node].Any() && readers[node].All(r => inside.Contains(r) && r.Op is not PieceOf))
            {
                inside.Add(node);
            }
        }

        return [.. inside];
    }

    /// <summary>
    /// The same nodes in an order in which those that are computed in pieces follow one another: they end the forward and begin the
    /// backward pass.
    /// </summary>
    /// <exception cref="GraphException">
    /// What is computed in pieces needs a value of whole rows, which <see cref="DivideRows"/> lets none.
    /// </exception>
    public static Graph.Graph Ordered(Graph.Graph graph)
    {
        var inside = Of(graph);
        foreach (var node in inside.Where(n => n.Op is not PieceOf))
        {
            if (node.Inputs.FirstOrDefault(i => inside.Contains(i) ? IsEnd(i) : HasRows(i)) is { } whole)
            {
                throw new GraphException($"{node.Name} is computed in pieces of the rows and needs {whole.Name}, which is whole");
            }
        }

        return inside.Count == 0 ? graph : graph with
        {
            Nodes =
            [
                .. graph.Nodes.Take(graph.ForwardCount).OrderBy(inside.Contains),
                .. graph.Nodes.Skip(graph.ForwardCount).OrderByDescending(inside.Contains),
            ],
        };
    }

    /// <summary>Whether the value of a node that is computed in pieces is whole for its readers: gathered, or a sum over rows.</summary>
    private static bool IsEnd(Node node) => node.Op is Gathered or LinearWeightGrad or SumRows or FoldedUpdate;

    /// <summary>Whether a value lies in the memory of a batch, or of a piece of it.</summary>
    private static bool HasRows(Node node) => node.Op is not (Parameter or Input or Constant)
        && node.Shape.Kind is ShapeKind.Rows or ShapeKind.Vector or ShapeKind.Tuple or ShapeKind.Attention;
}
