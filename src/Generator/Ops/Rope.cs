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
        Require(inputs[0].Shape.Kind == ShapeKind.Rows && inputs[1].Shape.Kind == ShapeKind.Indices, "an activation and positions are needed");
        Require(inputs[0].Shape.Inner.Size % 2 == 0, "each group must have an even number of channels");
        return inputs[0].Shape;
    }

    /// <summary>θ^(-2i / d): the angle by which pair i of d channels turns from one position to the next.</summary>
    public double Frequency(int pair, int size) => Math.Pow(Theta, -2.0 * pair / size);

    /// <summary>The two channels of a pair.</summary>
    public (int First, int Second) Channels(int pair, int size) => Interleaved ? (2 * pair, (2 * pair) + 1) : (pair, pair + (size / 2));

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs)
    {
        var axis = node.Shape.Inner;
        var y = new double[inputs[0].Length];
        for (var t = 0; t < run.Rows; t++)
        {
            for (var pair = 0; pair < axis.Size / 2; pair++)
            {
                var angle = inputs[1][t] * Frequency(pair, axis.Size);
                double cos = Math.Cos(angle), sin = Back ? -Math.Sin(angle) : Math.Sin(angle);
                var (first, second) = Channels(pair, axis.Size);
                for (var group = 0; group < axis.Groups; group++)
                {
                    var at = (t * axis.Count) + (group * axis.Size);
                    double a = inputs[0][at + first], b = inputs[0][at + second];
                    y[at + first] = (a * cos) - (b * sin);
                    y[at + second] = (a * sin) + (b * cos);
                }
            }
        }

        return [y];
    }

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients) =>
        [g.Contribution(this with { Back = !Back }, node.Inputs[0], node, gradients[0]!, node.Inputs[1]), null];

    public override string Describe(Node node)
    {
        var size = node.Shape.Inner.Size;
        var pairs = Interleaved ? "2i and 2i + 1" : $"i and i + {size / 2}";
        return $"{node.Name}[t] = {node.Inputs[0].Name}[t], in each group channels {pairs} turned {(Back ? "back " : "")}by {node.Inputs[1].Name}[t] {Constant.Literal(Theta)}^(-2i / {size}): {node.Shape}";
    }
}
