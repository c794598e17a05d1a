using System.Collections.Immutable;
using System.Globalization;
using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Ops;

/// <summary>
/// In a training step, an element becomes 0 with a probability, else it is divided by 1 minus that (Srivastava et al., 2014). What
/// is dropped is a function of the run's seed, the step, the call, the row and the channel. The gradient is dropped alike.
/// </summary>
/// <param name="Rate">The probability.</param>
/// <param name="Site">Number of the call in the forward pass.</param>
internal sealed record Dropout(double Rate, int Site) : Op
{
    public override string Name => "Dropout";

    public override ImmutableArray<OpAttribute> Data(Node node) => [OpAttribute.Of("rate", Rate), OpAttribute.Of("site", Site)];

    protected override string Attributes => $"<{Constant.Literal(Rate)}, site {Site.ToString(CultureInfo.InvariantCulture)}>";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs[0].Shape.Kind == ShapeKind.Rows, "an activation is needed");
        Require(Rate is >= 0 and < 1, "the rate must be at least 0 and less than 1");
        return inputs[0].Shape;
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs)
    {
        if (run.Dropout is not { } draw)
        {
            return [inputs[0]];
        }

        int width = node.Shape.Inner.Count;
        double[] y = new double[inputs[0].Length];
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = Drops(draw, i / width, i % width) ? 0 : inputs[0][i] / (1 - Rate);
        }

        return [y];
    }

    /// <summary>Whether an element is dropped.</summary>
    public bool Drops(DropoutDraw draw, int row, int channel) =>
        Philox.Draw(draw.Seed, draw.Step, (uint)Site, (uint)row + draw.FirstRow, (uint)channel / 4)[channel % 4] < Rate * 4294967296.0;

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients) =>
        [g.Contribution(this, node.Inputs[0], node, gradients[0]!)];

    public override string Describe(Node node) =>
        $"{node.Name} = {node.Inputs[0].Name}, in training "
            + $"with {Constant.Literal(Rate)} of the elements 0 and the others divided by {Constant.Literal(1 - Rate)}: {node.Shape}";
}

/// <summary>
/// What the elements of <see cref="Dropout"/> are multiplied by, and their gradients: 0 or 1 / (1 - rate); 1 outside of training.
/// The input, which every pass has, says no more than how many rows there are.
/// </summary>
/// <param name="Call">The call.</param>
/// <param name="Channels">Number of channels.</param>
internal sealed record DropoutFactors(Dropout Call, int Channels) : Op
{
    public override string Name => "DropoutFactors";

    public override ImmutableArray<OpAttribute> Data(Node node) => Call.Data(node);

    protected override string Attributes => $"<{Constant.Literal(Call.Rate)}, site {Call.Site.ToString(CultureInfo.InvariantCulture)}>";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs[0].Shape.Kind == ShapeKind.Indices, "tokens or positions are needed");
        return Shape.Rows(Channels);
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
    [
        [
            .. Enumerable.Range(0, run.Rows * Channels).Select(i => run.Dropout is not { } draw ? 1.0
                : Call.Drops(draw, i / Channels, i % Channels) ? 0.0 : 1 / (1 - Call.Rate)),
        ],
    ];

    public override string Describe(Node node) =>
        $"{node.Name} = in training 0 with a probability of {Constant.Literal(Call.Rate)}, "
            + $"else 1 / {Constant.Literal(1 - Call.Rate)}, elsewhere 1: {node.Shape}";
}
