using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Passes;

/// <summary>
/// Symbolic reverse-mode differentiation: walks the forward nodes backward once, asks each op for its vector-Jacobian
/// products, and sums the contributions to each value. A gradient is made only on a path from a parameter to the loss.
/// </summary>
internal static class Differentiate
{
    /// <summary>
    /// The graph of a forward pass with the backward pass behind it; asked of it are the loss and the gradients of the parameters.
    /// </summary>
    public static Graph.Graph Run(Graph.Graph forward)
    {
        var builder = new GraphBuilder(forward);
        var gradients = Run(builder, forward.Parameters, forward.Loss!);
        return forward with
        {
            Nodes = [.. builder.Nodes],
            Outputs = [forward.Loss!, .. gradients.Select(g => g.Gradient)],
            ForwardCount = forward.Nodes.Length,
        };
    }

    /// <returns>For each parameter, the node of its gradient.</returns>
    public static IReadOnlyList<(Node Parameter, Node Gradient)> Run(GraphBuilder builder, IReadOnlyList<Node> parameters, Node loss)
    {
        var forward = builder.Nodes.ToArray();
        var active = DependsOnParameter(forward);
        var contributions = new Dictionary<Node, List<Node>>();
        var gradients = new Dictionary<Node, Node>();
        var g = new GradientBuilder(builder);

        gradients[loss] = builder.Number(1);
        foreach (var node in Enumerable.Reverse(forward).Where(active.Contains))
        {
            if (contributions.TryGetValue(node, out var parts))
            {
                gradients[node] = Sum(g, node, parts);
            }

            var results = node.Shape.Kind == ShapeKind.Tuple
                ? node.Shape.Parts.Select((_, i) => forward.Where(n => n.Op is Part p && p.Index == i && n.Inputs[0] == node)
                    .Select(gradients.TryGet).SingleOrDefault())
                : [gradients.TryGet(node)];
            Node?[] ofResults = [.. results];
            if (ofResults.All(r => r is null) || node.Op is Parameter or Part)
            {
                continue;
            }

            var ofInputs = node.Op.Gradient(g, node, [.. ofResults]);
            for (int i = 0; i < node.Inputs.Length; i++)
            {
                if (ofInputs[i] is { } gradient && active.Contains(node.Inputs[i]))
                {
                    contributions.GetOrAdd(node.Inputs[i]).Add(gradient);
                }
            }
        }

        return [.. parameters.Select(p => (p, gradients.TryGet(p) ?? throw new GraphException($"the loss does not depend on {p.Name}")))];
    }

    private static HashSet<Node> DependsOnParameter(Node[] forward)
    {
        var active = new HashSet<Node>();
        foreach (var node in forward)
        {
            if (node.Op is Parameter || (node.Op is not Detach && node.Inputs.Any(active.Contains)))
            {
                active.Add(node);
            }
        }

        return active;
    }

    // The last contribution to arrive comes from the reader nearest to the input, so the residual stream is the base of the
    // sum and everything else is added to it.
    private static Node Sum(GradientBuilder g, Node of, List<Node> parts)
    {
        var add = new Elementwise(ElementwiseFunctions.Add);
        var sum = parts[0];
        for (int i = 1; i < parts.Count; i++)
        {
            sum = i == parts.Count - 1
                ? g.Whole(add, of, parts[i], sum)
                : g.AddNamed(add, of, $"d{of.Local}_sum", parts[i], sum);
        }

        return sum;
    }

    private static Node? TryGet(this Dictionary<Node, Node> map, Node key) => map.TryGetValue(key, out var value) ? value : null;

    private static List<Node> GetOrAdd(this Dictionary<Node, List<Node>> map, Node key)
    {
        if (!map.TryGetValue(key, out var list))
        {
            map.Add(key, list = []);
        }

        return list;
    }
}
