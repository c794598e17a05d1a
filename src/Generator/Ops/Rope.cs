using System.Collections.Immutable;
using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Ops;

/// <summary>
/// Rotary positions (Su et al., 2021): in each group of d channels, pair i is turned by position · θ^(-2i / d). Inputs: the
/// channels and the positions.
/// </summary>
/// <param name="Theta">θ</param>
/// <param name="Interleaved">Whether a pair is channels 2i and 2i + 1; else i and i + d / 2.</param>
/// <param name="Back">Whether it is turned back, which is the gradient: a turn is orthogonal.</param>
internal sealed record Rope(double Theta, bool Interleaved, bool Back = false) : Op
{
    public override string Name => Back ? "RopeBack" : "Rope";

    public override ImmutableArray<OpAttribute> Data(Node node) =>
        [OpAttribute.Of("theta", Theta), OpAttribute.Of("pairs", Interleaved ? "interleaved" : "halves")];

    protected override string Attributes => $"<theta {Constant.Literal(Theta)}{(Interleaved ? ", interleaved" : "")}>";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(
            inputs[0].Shape.Kind == ShapeKind.Rows && inputs[1].Shape.Kind == ShapeKind.Indices, "an activation and positions are needed");
        Require(inputs[0].Shape.Inner.Size % 2 == 0, "each group must have an even number of channels");
        return inputs[0].Shape;
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
        [RopeTurn.Evaluate(node.Shape.Inner, inputs[0], RopeAngles.Evaluate(Theta, node.Shape.Inner.Size, inputs[1]), Interleaved, Back)];

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients) =>
        [g.Contribution(this with { Back = !Back }, node.Inputs[0], node, gradients[0]!, node.Inputs[1]), null];

    public override string Describe(Node node)
    {
        int size = node.Shape.Inner.Size;
        string pairs = Interleaved ? "2i and 2i + 1" : $"i and i + {size / 2}";
        return $"{node.Name}[t] = {node.Inputs[0].Name}[t], in each group channels {pairs} "
            + $"turned {(Back ? "back " : "")}by {node.Inputs[1].Name}[t] {Constant.Literal(Theta)}^(-2i / {size}): {node.Shape}";
    }
}

/// <summary>
/// Cosine and sine of the angles of <see cref="Rope"/>, which all rotations of one kind share: for pair i of d channels, position ·
/// θ^(-2i / d). The first group holds the cosines of all pairs, the second the sines.
/// </summary>
internal sealed record RopeAngles(double Theta, int Size) : Op
{
    public override string Name => "RopeAngles";

    protected override string Attributes => $"<theta {Constant.Literal(Theta)}>";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs[0].Shape.Kind == ShapeKind.Indices, "positions are needed");
        return Shape.Rows(new Axis(2, Size / 2));
    }

    /// <summary>θ^(-2i / d): the angle by which pair i of d channels turns from one position to the next.</summary>
    public static double Frequency(double theta, int pair, int size) => Math.Pow(theta, -2.0 * pair / size);

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
        [Evaluate(Theta, Size, inputs[0])];

    internal static double[] Evaluate(double theta, int size, double[] positions)
    {
        double[] angles = new double[positions.Length * size];
        for (int t = 0; t < positions.Length; t++)
        {
            for (int pair = 0; pair < size / 2; pair++)
            {
                double angle = positions[t] * Frequency(theta, pair, size);
                angles[(t * size) + pair] = Math.Cos(angle);
                angles[(t * size) + (size / 2) + pair] = Math.Sin(angle);
            }
        }

        return angles;
    }

    public override string Describe(Node node) =>
        $"{node.Name}[t] = cosines and sines of {node.Inputs[0].Name}[t] {Constant.Literal(Theta)}^(-2i / {Size}): {node.Shape}";
}

/// <summary><see cref="Rope"/> by given angles.</summary>
internal sealed record RopeTurn(bool Interleaved, bool Back) : Op
{
    public override string Name => Back ? "RopeTurnBack" : "RopeTurn";

    protected override string Attributes => Interleaved ? "<interleaved>" : "";

    public override int InPlaceInput => 0;

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs[0].Shape.Kind == ShapeKind.Rows
            && inputs[0].Shape.Inner.Size % 2 == 0, "each group must have an even number of channels");
        Require(
            inputs[1].Shape.Equals(Shape.Rows(new Axis(2, inputs[0].Shape.Inner.Size / 2))),
            "there must be an angle for each pair of channels");
        return inputs[0].Shape;
    }

    /// <summary>The two channels of a pair.</summary>
    public static (int First, int Second) Channels(bool interleaved, int pair, int size) =>
        interleaved ? (2 * pair, (2 * pair) + 1) : (pair, pair + (size / 2));

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
        [Evaluate(node.Shape.Inner, inputs[0], inputs[1], Interleaved, Back)];

    internal static double[] Evaluate(Axis axis, double[] x, double[] angles, bool interleaved, bool back)
    {
        double[] y = new double[x.Length];
        for (int at = 0; at < x.Length; at += axis.Size)
        {
            for (int pair = 0; pair < axis.Size / 2; pair++)
            {
                int place = (at / axis.Count * axis.Size) + pair;
                double cos = angles[place], sin = back ? -angles[place + (axis.Size / 2)] : angles[place + (axis.Size / 2)];
                var (first, second) = Channels(interleaved, pair, axis.Size);
                double a = x[at + first], b = x[at + second];
                y[at + first] = (a * cos) - (b * sin);
                y[at + second] = (a * sin) + (b * cos);
            }
        }

        return y;
    }

    public override string Describe(Node node)
    {
        var (a, b) = Interleaved ? ("x[2i]", "x[2i + 1]") : ("x[i]", $"x[i + {node.Shape.Inner.Size / 2}]");
        var (minus, plus) = Back ? ("+", "-") : ("-", "+");
        return $"{node.Name} = {a} cos {minus} {b} sin, {b} cos {plus} {a} sin by {node.Inputs[1].Name}, "
            + $"x each group of {node.Inputs[0].Name}: {node.Shape}";
    }
}
