using System.Collections.Immutable;
using System.Globalization;
using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Ops;

/// <summary>The same channels seen as a number of groups: [rows, 12] as [rows, 3·4].</summary>
internal sealed record Regroup(int Groups) : Op
{
    public override string Name => "Regroup";

    protected override string Attributes => "<" + Groups.ToString(CultureInfo.InvariantCulture) + ">";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        ChannelOps.RequireChannels(inputs[0]);
        int channels = inputs[0].Shape.Inner.Count;
        Require(Groups > 0 && channels % Groups == 0, $"{channels} channels are not a whole number for each of {Groups} groups");
        return inputs[0].Shape.WithChannels(new Axis(Groups, channels / Groups));
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) => [inputs[0]];

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients) =>
        [g.Contribution(new Regroup(node.Inputs[0].Shape.Inner.Groups), node.Inputs[0], node, gradients[0]!)];

    public override string Describe(Node node) => $"{node.Name} = {node.Inputs[0].Name} as {Groups} groups: {node.Shape}";
}

/// <summary>The same value, through which no gradient flows.</summary>
internal sealed record Detach : Op
{
    public override string Name => "Detach";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        ChannelOps.RequireChannels(inputs[0]);
        return inputs[0].Shape;
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) => [inputs[0]];

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients) => [null];

    public override string Describe(Node node) => $"{node.Name} = {node.Inputs[0].Name}, without gradient: {node.Shape}";
}
