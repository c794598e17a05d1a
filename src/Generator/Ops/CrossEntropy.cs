using System.Collections.Immutable;
using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Ops;

/// <summary>loss = mean over the rows of −ln softmax(logits[t])[target[t]], in nats.</summary>
internal sealed record CrossEntropy : Op
{
    public override string Name => "CrossEntropy";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs[0].Shape.Kind == ShapeKind.Rows && inputs[1].Shape.Kind == ShapeKind.Indices, "logits and targets are needed");
        return Shape.Scalar;
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs)
    {
        int width = inputs[0].Length / run.Rows;
        return [[Enumerable.Range(0, run.Rows).Average(t => -Math.Log(Softmax(inputs[0], t, width)[(int)inputs[1][t]]))]];
    }

    internal static double[] Softmax(double[] logits, int row, int width)
    {
        double[] values = logits.Skip(row * width).Take(width).ToArray();
        double largest = values.Max();
        double sum = values.Sum(x => Math.Exp(x - largest));
        return [.. values.Select(x => Math.Exp(x - largest) / sum)];
    }

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients)
    {
        var logits = node.Inputs[0];
        var unit = g.Whole(new CrossEntropyGrad(), logits, logits, node.Inputs[1]);
        return [g.AddNamed(new Elementwise(ElementwiseFunctions.Multiply), logits, $"d{logits.Local}_scaled", unit, gradients[0]!), null];
    }

    public override string Describe(Node node) => CrossEntropyWithGrad.DescribeLoss(node);
}

/// <summary>dlogits[t] = (softmax(logits[t]) − onehot(target[t])) / rows.</summary>
internal sealed record CrossEntropyGrad : Op
{
    public override string Name => "CrossEntropyGrad";

    public override Shape Infer(ImmutableArray<Node> inputs) => inputs[0].Shape;

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs)
    {
        int width = node.Shape.Inner.Count;
        double[] gradient = new double[inputs[0].Length];
        for (int t = 0; t < run.Rows; t++)
        {
            double[] p = CrossEntropy.Softmax(inputs[0], t, width);
            p[(int)inputs[1][t]] -= 1;
            for (int c = 0; c < width; c++)
            {
                gradient[(t * width) + c] = p[c] / run.Rows;
            }
        }

        return [gradient];
    }

    public override string Describe(Node node) => CrossEntropyWithGrad.DescribeGradient(node.Name, node);
}

/// <summary>The loss and its gradient with respect to the logits: one softmax serves both.</summary>
internal sealed record CrossEntropyWithGrad : Op
{
    public override string Name => "CrossEntropyWithGrad";

    public override Shape Infer(ImmutableArray<Node> inputs) =>
        Shape.Tuple(new CrossEntropy().Infer(inputs), new CrossEntropyGrad().Infer(inputs));

    public override int InPlaceInput => 0;

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
        [new CrossEntropy().Evaluate(run, node, inputs)[0], new CrossEntropyGrad().Evaluate(run, node.Inputs[0], inputs)[0]];

    public override string Describe(Node node) =>
        DescribeLoss(node) + "; " + DescribeGradient("d" + node.Inputs[0].Local, node);

    internal static string DescribeLoss(Node node) =>
        $"loss = mean over t of -ln softmax({node.Inputs[0].Name}[t])[{node.Inputs[1].Name}[t]]";

    internal static string DescribeGradient(string name, Node node) =>
        $"{name}[t] = (softmax({node.Inputs[0].Name}[t]) - onehot({node.Inputs[1].Name}[t])) / rows: {node.Inputs[0].Shape}";
}
