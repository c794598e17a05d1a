using System.Collections.Immutable;
using System.Globalization;
using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Ops;

/// <summary>The channels from a first one up to a last one, which is not included; within each group.</summary>
internal sealed record Slice(int From, int To) : Op
{
    public override string Name => "Slice";

    public override ImmutableArray<OpAttribute> Data(Node node) => [OpAttribute.Of("from", From), OpAttribute.Of("to", To)];

    protected override string Attributes => string.Format(CultureInfo.InvariantCulture, "<{0}..{1}>", From, To);

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        ChannelOps.RequireChannels(inputs[0]);
        var axis = inputs[0].Shape.Inner;
        Require(From >= 0 && From < To && To <= axis.Size, "there are no such channels");
        return inputs[0].Shape.WithChannels(new Axis(axis.Groups, To - From));
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
        [ChannelOps.ByGroup(inputs[0], node.Inputs[0].Shape.Inner.Size, group => group.Skip(From).Take(To - From))];

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients)
    {
        var x = node.Inputs[0];
        return [g.Contribution(new Pad(From, x.Shape.Inner.Size - To), x, node, gradients[0]!)];
    }

    public override string Describe(Node node) => $"{node.Name} = {node.Inputs[0].Name}[{From}..{To}]: {node.Shape}";
}

/// <summary>Zeros before and after the channels of each group. The adjoint of <see cref="Slice"/>.</summary>
internal sealed record Pad(int Before, int After) : Op
{
    public override string Name => "Pad";

    public override ImmutableArray<OpAttribute> Data(Node node) => [OpAttribute.Of("before", Before), OpAttribute.Of("after", After)];

    protected override string Attributes => string.Format(CultureInfo.InvariantCulture, "<{0}, {1}>", Before, After);

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        ChannelOps.RequireChannels(inputs[0]);
        Require(Before >= 0 && After >= 0, "there are no fewer than 0 zeros");
        var axis = inputs[0].Shape.Inner;
        return inputs[0].Shape.WithChannels(new Axis(axis.Groups, Before + axis.Size + After));
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
    [
        ChannelOps.ByGroup(
            inputs[0], node.Inputs[0].Shape.Inner.Size, group => [.. new double[Before], .. group, .. new double[After]]),
    ];

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients)
    {
        var x = node.Inputs[0];
        return [g.Contribution(new Slice(Before, Before + x.Shape.Inner.Size), x, node, gradients[0]!)];
    }

    public override string Describe(Node node) =>
        $"{node.Name} = {node.Inputs[0].Name} in channels {Before}..{Before + node.Inputs[0].Shape.Inner.Size}, else 0: {node.Shape}";
}

/// <summary>The channels of one value after those of another, within each group.</summary>
internal sealed record Concat : Op
{
    public override string Name => "Concat";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs.Length > 0, "at least one value is needed");
        foreach (var input in inputs)
        {
            ChannelOps.RequireChannels(input);
            Require(input.Shape.Kind == inputs[0].Shape.Kind, "all must be activations, or all vectors");
            Require(input.Shape.Inner.Groups == inputs[0].Shape.Inner.Groups, "all must have the same number of groups");
        }

        return inputs[0].Shape.WithChannels(new Axis(inputs[0].Shape.Inner.Groups, inputs.Sum(i => i.Shape.Inner.Size)));
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs)
    {
        int groups = inputs[0].Length / node.Inputs[0].Shape.Inner.Size;
        return
        [
            [
                .. Enumerable.Range(0, groups).SelectMany(group => inputs.SelectMany(
                    (x, i) => x.Skip(group * node.Inputs[i].Shape.Inner.Size).Take(node.Inputs[i].Shape.Inner.Size))),
            ],
        ];
    }

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients)
    {
        var parts = ImmutableArray.CreateBuilder<Node?>();
        int from = 0;
        foreach (var input in node.Inputs)
        {
            int to = from + input.Shape.Inner.Size;
            parts.Add(g.Contribution(new Slice(from, to), input, node, gradients[0]!));
            from = to;
        }

        return parts.ToImmutable();
    }

    public override string Describe(Node node) => $"{node.Name} = [{string.Join(", ", node.Inputs.Select(i => i.Name))}]: {node.Shape}";
}
