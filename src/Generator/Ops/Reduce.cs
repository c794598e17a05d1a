using System.Collections.Immutable;
using System.Globalization;
using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Ops;

/// <summary>How <see cref="Reduce"/> makes one number of the channels of a group.</summary>
internal enum Reduction
{
    Sum,
    Largest,
}

/// <summary>The channels of each group become one: [rows, n·d] gives [rows, n·1]. The same on vectors.</summary>
internal sealed record Reduce(Reduction Reduction) : Op
{
    public override string Name => Reduction.ToString();

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        ChannelOps.RequireChannels(inputs[0]);
        return inputs[0].Shape.WithChannels(new Axis(inputs[0].Shape.Inner.Groups, 1));
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
        [ChannelOps.ByGroup(
            inputs[0], node.Inputs[0].Shape.Inner.Size, group => [Reduction == Reduction.Sum ? group.Sum() : Largest(group)])];

    // Enumerable.Max passes over NaN.
    private static double Largest(double[] group) => group.Aggregate(Math.Max);

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients)
    {
        Node x = node.Inputs[0], dy = gradients[0]!;
        var repeat = new RepeatChannels(x.Shape.Inner.Size);
        if (Reduction == Reduction.Sum)
        {
            return [g.Contribution(repeat, x, node, dy)];
        }

        // Shared evenly by all that are as large.
        var repeated = g.AddNamed(repeat, node, node.Local + "_repeated", node);
        var isLargest = g.AddNamed(new Elementwise(ElementwiseFunctions.EqualTo), x, $"{x.Local}_is_largest", x, repeated);
        var count = g.AddNamed(new Reduce(Reduction.Sum), node, $"{node.Local}_count", isLargest);
        var share = g.AddNamed(new Elementwise(ElementwiseFunctions.Divide), node, $"d{node.Local}_share", dy, count);
        var shares = g.AddNamed(repeat, node, $"d{node.Local}_shares", share);
        return [g.Contribution(new Elementwise(ElementwiseFunctions.Multiply), x, node, isLargest, shares)];
    }

    public override string Describe(Node node) =>
        $"{node.Name} = {Name.ToLowerInvariant()} of {node.Inputs[0].Name} over {ChannelOps.DescribeGroup(node.Inputs[0])}: {node.Shape}";
}

/// <summary>Each channel d times: [rows, n·1] gives [rows, n·d]. The adjoint of the sum over channels.</summary>
internal sealed record RepeatChannels(int Size) : Op
{
    public override string Name => "RepeatChannels";

    protected override string Attributes => "<" + Size.ToString(CultureInfo.InvariantCulture) + ">";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        ChannelOps.RequireChannels(inputs[0]);
        Require(inputs[0].Shape.Inner.Size == 1, "each group must have one channel");
        Require(Size > 0, "it must repeat at least once");
        return inputs[0].Shape.WithChannels(new Axis(inputs[0].Shape.Inner.Groups, Size));
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
        [ChannelOps.ByGroup(inputs[0], 1, group => Enumerable.Repeat(group[0], Size))];

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients) =>
        [g.Contribution(new Reduce(Reduction.Sum), node.Inputs[0], node, gradients[0]!)];

    public override string Describe(Node node) => $"{node.Name} = {node.Inputs[0].Name} for each of {Size} channels: {node.Shape}";
}

/// <summary>A vector for every row: [C] gives [rows, C].</summary>
internal sealed record RepeatRows : Op
{
    public override string Name => "RepeatRows";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs[0].Shape.Kind == ShapeKind.Vector, "a vector is needed");
        return Shape.Rows(inputs[0].Shape.Inner);
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
        [[.. Enumerable.Repeat(inputs[0], run.Rows).SelectMany(row => row)]];

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients) =>
        [g.Contribution(new SumRows(), node.Inputs[0], node, gradients[0]!)];

    public override string Describe(Node node) => $"{node.Name}[t] = {node.Inputs[0].Name}: {node.Shape}";
}

/// <summary>The sum of all rows: [rows, C] gives [C]. The adjoint of <see cref="RepeatRows"/>.</summary>
internal sealed record SumRows : Op
{
    public override string Name => "SumRows";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs[0].Shape.Kind == ShapeKind.Rows, "an activation is needed");
        return Shape.Vector(inputs[0].Shape.Inner);
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs)
    {
        double[] sum = new double[node.Shape.Inner.Count];
        for (int i = 0; i < inputs[0].Length; i++)
        {
            sum[i % sum.Length] += inputs[0][i];
        }

        return [sum];
    }

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients) =>
        [g.Contribution(new RepeatRows(), node.Inputs[0], node, gradients[0]!)];

    public override string Describe(Node node) => $"{node.Name} = Σ over t of {node.Inputs[0].Name}[t]: {node.Shape}";
}

/// <summary>The same channels for each of n groups: [rows, d] gives [rows, n·d]. The same on vectors.</summary>
internal sealed record RepeatGroups(int Groups) : Op
{
    public override string Name => "RepeatGroups";

    protected override string Attributes => "<" + Groups.ToString(CultureInfo.InvariantCulture) + ">";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        ChannelOps.RequireChannels(inputs[0]);
        Require(inputs[0].Shape.Inner.Groups == 1, "the channels must be one group");
        Require(Groups > 0, "it must repeat at least once");
        return inputs[0].Shape.WithChannels(new Axis(Groups, inputs[0].Shape.Inner.Size));
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
    [
        ChannelOps.ByGroup(
            inputs[0], node.Inputs[0].Shape.Inner.Size, group => Enumerable.Repeat(group, Groups).SelectMany(channels => channels)),
    ];

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients) =>
        [g.Contribution(new SumGroups(), node.Inputs[0], node, gradients[0]!)];

    public override string Describe(Node node) => $"{node.Name} = {node.Inputs[0].Name} for each of {Groups} groups: {node.Shape}";
}

/// <summary>The sum of all groups: [rows, n·d] gives [rows, d]. The adjoint of <see cref="RepeatGroups"/>.</summary>
internal sealed record SumGroups : Op
{
    public override string Name => "SumGroups";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        ChannelOps.RequireChannels(inputs[0]);
        return inputs[0].Shape.WithChannels(inputs[0].Shape.Inner.Size);
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs)
    {
        int size = node.Shape.Inner.Size;
        return [ChannelOps.ByGroup(
            inputs[0], node.Inputs[0].Shape.Inner.Count,
            row => Enumerable.Range(0, size).Select(c => row.Where((_, i) => i % size == c).Sum()))];
    }

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients) =>
        [g.Contribution(new RepeatGroups(node.Inputs[0].Shape.Inner.Groups), node.Inputs[0], node, gradients[0]!)];

    public override string Describe(Node node) => $"{node.Name} = sum of {node.Inputs[0].Name} over its groups: {node.Shape}";
}
