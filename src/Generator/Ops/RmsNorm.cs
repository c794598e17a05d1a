using System.Collections.Immutable;
using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Ops;

/// <summary>y = x (mean(x²) + ε)^-½ over the channels of a row, without a gain (Zhang and Sennrich, 2019).</summary>
internal sealed record RmsNorm : Op
{
    /// <summary>ε of the reference.</summary>
    public const double Epsilon = 1e-5;

    public override string Name => "RmsNorm";

    public override ImmutableArray<OpAttribute> Data(Node node) => [OpAttribute.Of("epsilon", Epsilon)];

    public override int InPlaceInput => 0;

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs[0].Shape.Kind == ShapeKind.Rows && inputs[0].Shape.Inner.Groups == 1, "x must be an activation with plain channels");
        return inputs[0].Shape;
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs)
    {
        int width = node.Shape.Inner.Count;
        var y = new double[inputs[0].Length];
        for (var t = 0; t < run.Rows; t++)
        {
            var scale = InverseRoot(inputs[0], t, width);
            for (var c = 0; c < width; c++)
            {
                y[(t * width) + c] = inputs[0][(t * width) + c] * scale;
            }
        }

        return [y];
    }

    internal static double InverseRoot(double[] x, int row, int width)
    {
        var sum = 0.0;
        for (var c = 0; c < width; c++)
        {
            sum += x[(row * width) + c] * x[(row * width) + c];
        }

        return 1 / Math.Sqrt((sum / width) + Epsilon);
    }

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients)
    {
        var x = node.Inputs[0];
        return [g.Contribution(new RmsNormGrad(), x, node, gradients[0]!, x)];
    }

    public override string Describe(Node node) =>
        $"{node.Name} = rmsnorm({node.Inputs[0].Name}) = {node.Inputs[0].Name} / sqrt(mean({node.Inputs[0].Name}²) + 1e-5): {node.Shape}";
}

/// <summary>
/// dx = s (dy − x s² mean(dy x)) with s = (mean(x²) + ε)^-½: the product rule on y = x s(x). Optionally plus another
/// contribution to dx, such as the gradient that comes along the residual stream.
/// </summary>
internal sealed record RmsNormGrad(bool Adds = false) : Op
{
    public override string Name => "RmsNormGrad";

    public override ImmutableArray<OpAttribute> Data(Node node) => Epilogues.Data(Adds ? Epilogue.Add : Epilogue.None);

    protected override string Attributes => Adds ? "<+>" : "";

    public override int InPlaceInput => Adds ? 2 : 0;

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs[0].Shape.Equals(inputs[1].Shape), "dy and x must have the same shape");
        Require(!Adds || inputs[2].Shape.Equals(inputs[0].Shape), "the other contribution must have the same shape");
        return inputs[0].Shape;
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs)
    {
        double[] dy = inputs[0], x = inputs[1];
        int width = node.Shape.Inner.Count;
        var dx = new double[x.Length];
        for (var t = 0; t < run.Rows; t++)
        {
            var s = RmsNorm.InverseRoot(x, t, width);
            var dot = 0.0;
            for (var c = 0; c < width; c++)
            {
                dot += dy[(t * width) + c] * x[(t * width) + c];
            }

            for (var c = 0; c < width; c++)
            {
                var i = (t * width) + c;
                dx[i] = (s * (dy[i] - (x[i] * s * s * dot / width))) + (Adds ? inputs[2][i] : 0);
            }
        }

        return [dx];
    }

    public override string Describe(Node node)
    {
        var (dy, x) = (node.Inputs[0].Name, node.Inputs[1].Name);
        return $"{node.Name} = s ({dy} - {x} s² mean({dy} {x})){(Adds ? " + " + node.Inputs[2].Name : "")}, s = 1 / sqrt(mean({x}²) + 1e-5): {node.Shape}";
    }
}
