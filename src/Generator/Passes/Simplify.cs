using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Passes;

/// <summary>
/// Removes what changes nothing: multiplications by one, sums of one channel, views that lead back, slices of what was just put together,
/// and what nothing needs (gradients that no parameter asks for). Gradients of slices that lie side by side become one concatenation.
/// </summary>
internal static class Simplify
{
    public static Graph.Graph Run(Graph.Graph graph) => Rewriter.Rewrite(graph, static (builder, node, inputs) => node.Op switch
    {
        Elementwise { Function: var f } when f == ElementwiseFunctions.Multiply && inputs[1].Op is Constant { Value: 1 } => inputs[0],
        Elementwise { Function: var f } when f == ElementwiseFunctions.Multiply && inputs[0].Op is Constant { Value: 1 } => inputs[1],
        Detach => inputs[0],
        Reduce or RepeatChannels or RepeatGroups when inputs[0].Shape.Equals(node.Shape) => inputs[0],
        Regroup => View(builder, node, inputs[0]),
        Slice or Pad or Concat when inputs.Length == 1 && inputs[0].Shape.Equals(node.Shape) => inputs[0],
        Slice slice when inputs[0].Op is Concat => Piece(slice, inputs[0]),
        Elementwise { Function.Name: "Add" } when inputs[0].Op is Pad && inputs[1].Op is Pad =>
            Joined(builder, node, inputs[0], inputs[1]) ?? Joined(builder, node, inputs[1], inputs[0]),
        _ => null,
    });

    /// <summary>A view of a view is a view of what lies beneath.</summary>
    private static Node View(GraphBuilder builder, Node node, Node of)
    {
        while (of.Op is Regroup)
        {
            of = of.Inputs[0];
        }

        return of.Shape.Equals(node.Shape) ? of : builder.Add(node.Op, node.Scope, node.Local, [of]);
    }

    /// <summary>The one input of a concatenation that a slice takes, or null.</summary>
    private static Node? Piece(Slice slice, Node concat)
    {
        int from = 0;
        foreach (var input in concat.Inputs)
        {
            int size = input.Shape.Inner.Size;
            if (from == slice.From && from + size == slice.To)
            {
                return input;
            }

            from += size;
        }

        return null;
    }

    /// <summary>The sum of two values amid zeros, of which the second begins where the first ends; null where it does not.</summary>
    private static Node? Joined(GraphBuilder builder, Node node, Node first, Node second)
    {
        Pad left = (Pad)first.Op, right = (Pad)second.Op;
        if (left.Before + first.Inputs[0].Shape.Inner.Size != right.Before)
        {
            return null;
        }

        Node[] pieces = [.. Pieces(first.Inputs[0]), .. Pieces(second.Inputs[0])];
        return left.Before == 0 && right.After == 0
            ? builder.Add(new Concat(), node.Scope, node.Local, pieces)
            : builder.Add(
                new Pad(left.Before, right.After), node.Scope, node.Local,
                [builder.Add(new Concat(), node.Scope, node.Local + "_joined", pieces)]);
    }

    private static IEnumerable<Node> Pieces(Node node) => node.Op is Concat ? node.Inputs : [node];
}
