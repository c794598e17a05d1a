using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Passes;

/// <summary>Rebuilds a graph node by node; a pass says what to put in place of each.</summary>
internal static class Rewriter
{
    /// <summary>
    /// Replaces nodes. The rule gets the builder, the old node and its new inputs, and returns the new node, or null to keep
    /// the op as it is. Nodes that no output needs any more are dropped.
    /// </summary>
    public static Graph.Graph Rewrite(Graph.Graph graph, Func<GraphBuilder, Node, Node[], Node?> rule)
    {
        var builder = new GraphBuilder();
        var map = new Dictionary<Node, Node>();
        int boundary = 0;
        for (int i = 0; i < graph.Nodes.Length; i++)
        {
            var node = graph.Nodes[i];
            if (i == graph.ForwardCount)
            {
                boundary = builder.Nodes.Count;
            }

            Node[] inputs = [.. node.Inputs.Select(input => map[input])];
            map[node] = rule(builder, node, inputs) ?? builder.Add(node.Op, node.Scope, node.Local, inputs);
        }

        if (graph.ForwardCount >= graph.Nodes.Length)
        {
            boundary = builder.Nodes.Count;
        }

        return RemoveDead(graph with
        {
            Nodes = [.. builder.Nodes],
            Outputs = [.. graph.Outputs.Select(o => map[o])],
            Parameters = [.. graph.Parameters.Select(p => map[p])],
            Loss = graph.Loss is null ? null : map[graph.Loss],
            ForwardCount = boundary,
        });
    }

    /// <summary>Keeps the parameters and what the outputs need.</summary>
    public static Graph.Graph RemoveDead(Graph.Graph graph)
    {
        var live = new HashSet<Node>(graph.Outputs.Concat(graph.Parameters));
        foreach (var node in graph.Nodes.Reverse().Where(live.Contains))
        {
            live.UnionWith(node.Inputs);
        }

        return graph with
        {
            Nodes = [.. graph.Nodes.Where(live.Contains)],
            ForwardCount = graph.Nodes.Take(graph.ForwardCount).Count(live.Contains),
        };
    }
}
