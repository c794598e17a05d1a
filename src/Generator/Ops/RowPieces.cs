using System.Collections.Immutable;
using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Ops;

/// <summary>
/// Those rows of a value that are worked on at once, where a batch is divided. Whatever is computed from it, as far as a
/// <see cref="Gathered"/> or a sum over rows, is computed for one piece of the rows after another, and never exists whole. A vector is
/// the same in every piece.
/// </summary>
internal sealed record PieceOf : Op
{
    public override string Name => "PieceOf";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        ChannelOps.RequireChannels(inputs[0]);
        return inputs[0].Shape;
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) => [inputs[0]];

    public override string Describe(Node node) => $"{node.Name} = {node.Inputs[0].Name}, a piece of the rows: {node.Shape}";
}

/// <summary>A value whose rows were computed in pieces, whole again.</summary>
internal sealed record Gathered : Op
{
    public override string Name => "Gathered";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs[0].Shape.Kind == ShapeKind.Rows, "an activation is needed");
        return inputs[0].Shape;
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) => [inputs[0]];

    public override string Describe(Node node) => $"{node.Name} = {node.Inputs[0].Name}, put where the piece's rows belong: {node.Shape}";
}
