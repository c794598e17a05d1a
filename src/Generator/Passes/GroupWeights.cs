using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Passes;

/// <summary>
/// Where a product is seen as heads, its weight gets the heads: views of channels as groups go up to the parameters that they come from,
/// and into those that read them. A target may then lay heads out as it likes, at no cost.
/// </summary>
internal static class GroupWeights
{
    public static ForwardGraph Run(ForwardGraph forward)
    {
        var shapes = new Dictionary<string, Shape>(StringComparer.Ordinal);
        var nodes = forward.Builder.Nodes;
        var readers = nodes.SelectMany(n => n.Inputs.Distinct().Select(i => (Input: i, Reader: n))).ToLookup(p => p.Input, p => p.Reader);
        var demands = new Dictionary<Node, Axis>();

        // From the end to the beginning: how the readers of a value see its channels.
        foreach (var node in nodes.Reverse())
        {
            if (Demanded(node, readers, demands, forward) is { } axis)
            {
                demands.Add(node, axis);
            }
        }

        foreach (var node in nodes.Where(n => n.Op is Linear))
        {
            var weight = node.Inputs[1];
            if (readers[weight].Count() > 1)
            {
                continue;
            }

            var outer = demands.TryGetValue(node, out var heads) ? heads : weight.Shape.Outer;
            var inner = node.Inputs[0].Op is Regroup { Groups: 1 } && node.Inputs[0].Inputs[0].Shape.Kind == ShapeKind.Rows
                ? Viewed(node.Inputs[0], demands) : weight.Shape.Inner;
            shapes[((Parameter)weight.Op).Canonical] = Shape.Matrix(outer, inner);
        }

        foreach (var vector in nodes.Where(n => n.Op is Parameter && n.Shape.Kind == ShapeKind.Vector && demands.ContainsKey(n)))
        {
            shapes[((Parameter)vector.Op).Canonical] = Shape.Vector(demands[vector]);
        }

        return Rebuild(forward, shapes);
    }

    /// <summary>The groups in which all readers of a value see it, where these are not those that it has; else null.</summary>
    private static Axis? Demanded(Node node, ILookup<Node, Node> readers, Dictionary<Node, Axis> demands, ForwardGraph forward)
    {
        bool canHaveGroups = node.Op switch
        {
            Linear => readers[node.Inputs[1]].Count() == 1,
            Elementwise => node.Shape.Kind == ShapeKind.Rows && node.Inputs.All(i => i.Shape.Kind is ShapeKind.Rows or ShapeKind.Scalar),
            RepeatRows or Parameter => node.Shape.Kind is ShapeKind.Rows or ShapeKind.Vector,
            _ => false,
        };
        if (!canHaveGroups || node.Shape.Inner.Groups > 1 || node == forward.Logits || !readers[node].Any())
        {
            return null;
        }

        Axis? found = null;
        foreach (var reader in readers[node])
        {
            Axis? seen = reader.Op is Regroup regroup ? reader.Shape.Inner
                : reader.Op is Elementwise or RepeatRows && demands.TryGetValue(reader, out var demand) ? demand
                : null;
            if (seen is null || seen.Value.Groups == 1 || (found is not null && found != seen))
            {
                return null;
            }

            found = seen;
        }

        // An elementwise function can only follow if all of its inputs can.
        return node.Op is Elementwise
            && !node.Inputs.All(i => i.Shape.Kind == ShapeKind.Scalar || i.Op is Linear or RepeatRows or Elementwise) ? null : found;
    }

    private static Axis Viewed(Node view, Dictionary<Node, Axis> demands) =>
        demands.TryGetValue(view.Inputs[0], out var axis) ? axis : view.Inputs[0].Shape.Inner;

    private static ForwardGraph Rebuild(ForwardGraph forward, Dictionary<string, Shape> shapes)
    {
        var builder = new GraphBuilder();
        var map = new Dictionary<Node, Node>();
        foreach (var node in forward.Builder.Nodes)
        {
            Node[] inputs = [.. node.Inputs.Select(i => map[i])];
            map[node] = node.Op switch
            {
                Parameter parameter when shapes.TryGetValue(parameter.Canonical, out var shape) =>
                    builder.Add(parameter with { Shape = shape }, node.Scope, node.Local, inputs),

                // What is read as groups has them now, or is read by a weight that has them.
                Regroup when inputs[0].Shape.Inner == node.Shape.Inner => inputs[0],
                Linear => builder.Add(node.Op, node.Scope, node.Local, [AsGroups(builder, inputs[0], inputs[1].Shape.Inner), inputs[1]]),
                Elementwise when inputs.FirstOrDefault(i => i.Shape.Inner.Groups > 1) is { } grouped =>
                    builder.Add(node.Op, node.Scope, node.Local, [.. inputs.Select(i => AsGroups(builder, i, grouped.Shape.Inner))]),
                _ => builder.Add(node.Op, node.Scope, node.Local, inputs),
            };
        }

        return WithoutDead(new ForwardGraph(builder, [.. forward.Parameters.Select(p => map[p])], map[forward.Logits], map[forward.Loss]));
    }

    /// <summary>Without the views that nothing reads any more, which would count as readers.</summary>
    private static ForwardGraph WithoutDead(ForwardGraph forward)
    {
        var live = new HashSet<Node>(forward.Parameters) { forward.Loss };
        foreach (var node in forward.Builder.Nodes.Reverse().Where(n => live.Contains(n) || n.Op is Input))
        {
            live.Add(node);
            live.UnionWith(node.Inputs);
        }

        var builder = new GraphBuilder();
        var map = new Dictionary<Node, Node>();
        foreach (var node in forward.Builder.Nodes.Where(live.Contains))
        {
            map[node] = builder.Add(node.Op, node.Scope, node.Local, [.. node.Inputs.Select(i => map[i])]);
        }

        return new ForwardGraph(builder, [.. forward.Parameters.Select(p => map[p])], map[forward.Logits], map[forward.Loss]);
    }

    private static Node AsGroups(GraphBuilder builder, Node node, Axis groups)
    {
        var under = node.Op is Regroup ? node.Inputs[0] : node;
        return node.Shape.Kind == ShapeKind.Scalar || node.Shape.Inner == groups ? node
            : under.Shape.Inner == groups ? under
            : builder.Add(new Regroup(groups.Groups), node.Scope, under.Local + "_heads", [under]);
    }
}
