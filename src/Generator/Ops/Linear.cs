using System.Collections.Immutable;
using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Ops;

/// <summary>
/// y = x Wᵀ with W [out, in]: y[t][o] = Σᵢ x[t][i] W[o][i]. With an epilogue, y = x Wᵀ + r or y = max(x Wᵀ, 0),
/// while the tile of results is still in registers.
/// </summary>
internal sealed record Linear(Epilogue Epilogue = Epilogue.None) : Op
{
    public override string Name => "Linear";

    public override ImmutableArray<OpAttribute> Data(Node node) => Epilogues.Data(Epilogue);

    protected override string Attributes => Epilogues.Attribute(Epilogue);

    public override int InPlaceInput => Epilogue == Epilogue.Add ? 2 : -1;

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Shape x = inputs[0].Shape, w = inputs[1].Shape;
        Require(x.Kind == ShapeKind.Rows && w.Kind == ShapeKind.Matrix && x.Inner == w.Inner, "x must have as many channels as w has columns");
        var y = Shape.Rows(w.Outer);
        Require(Epilogue != Epilogue.Add || inputs[2].Shape.Equals(y), "the residual must have the shape of the result");
        return y;
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
        [Epilogues.Apply(Epilogue, MatMul.Multiply(inputs[0], inputs[1], run.Rows, node.Shape.Inner.Count, transposed: true), inputs)];

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients)
    {
        Node x = node.Inputs[0], w = node.Inputs[1], dy = gradients[0]!;
        return [g.Contribution(new LinearInputGrad(), x, node, dy, w), g.Contribution(new LinearWeightGrad(), w, node, dy, x)];
    }

    public override string Describe(Node node) => Epilogues.Describe(
        Epilogue, node, $"{node.Inputs[0].Name} {node.Inputs[1].Name}ᵀ", $"{node.Inputs[0].Shape} {node.Inputs[1].Shape}ᵀ");

    public override (long PerRow, long PerPair) Flops(Node node) => (2 * node.Inputs[1].Shape.Elements, 0);
}

/// <summary>
/// dx = dy W with W [out, in]: dx[t][i] = Σₒ dy[t][o] W[o][i]. With an epilogue, the sum with another contribution to dx, or
/// dx kept only where the result y of a ReLU is positive.
/// </summary>
internal sealed record LinearInputGrad(Epilogue Epilogue = Epilogue.None) : Op
{
    public override string Name => "LinearInputGrad";

    public override ImmutableArray<OpAttribute> Data(Node node) => Epilogues.Data(Epilogue);

    protected override string Attributes => Epilogues.Attribute(Epilogue);

    public override int InPlaceInput => Epilogue == Epilogue.None ? -1 : 2;

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Shape dy = inputs[0].Shape, w = inputs[1].Shape;
        Require(dy.Kind == ShapeKind.Rows && w.Kind == ShapeKind.Matrix && dy.Inner == w.Outer, "dy must have as many channels as w has rows");
        var dx = Shape.Rows(w.Inner);
        Require(Epilogue == Epilogue.None || inputs[2].Shape.Equals(dx), "the epilogue's input must have the shape of the result");
        return dx;
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
        [Epilogues.Apply(Epilogue, MatMul.Multiply(inputs[0], inputs[1], run.Rows, node.Shape.Inner.Count, transposed: false), inputs)];

    public override string Describe(Node node) => Epilogues.Describe(
        Epilogue, node, $"{node.Inputs[0].Name} {node.Inputs[1].Name}", $"{node.Inputs[0].Shape} {node.Inputs[1].Shape}");

    public override (long PerRow, long PerPair) Flops(Node node) => (2 * node.Inputs[1].Shape.Elements, 0);
}

/// <summary>dW = dyᵀ x: dW[o][i] = Σₜ dy[t][o] x[t][i].</summary>
internal sealed record LinearWeightGrad : Op
{
    public override string Name => "LinearWeightGrad";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs[0].Shape.Kind == ShapeKind.Rows && inputs[1].Shape.Kind == ShapeKind.Rows, "dy and x must be activations");
        return Shape.Matrix(inputs[0].Shape.Inner, inputs[1].Shape.Inner);
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs)
    {
        int outputs = node.Shape.Outer.Count, width = node.Shape.Inner.Count;
        var dw = new double[outputs * width];
        for (var t = 0; t < run.Rows; t++)
        {
            for (var o = 0; o < outputs; o++)
            {
                for (var i = 0; i < width; i++)
                {
                    dw[(o * width) + i] += inputs[0][(t * outputs) + o] * inputs[1][(t * width) + i];
                }
            }
        }

        return [dw];
    }

    public override string Describe(Node node) =>
        $"{node.Name} = {node.Inputs[0].Name}ᵀ {node.Inputs[1].Name}: {node.Shape} = {node.Inputs[0].Shape}ᵀ {node.Inputs[1].Shape}";

    public override (long PerRow, long PerPair) Flops(Node node) => (2 * node.Shape.Elements, 0);
}

/// <summary>W ← W − lr dyᵀ x: the weight gradient goes from registers straight into the weight.</summary>
internal sealed record LinearSgd : Op
{
    public override string Name => "LinearSgd";

    public override bool UpdatesFirstInput => true;

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Shape w = inputs[0].Shape, dy = inputs[1].Shape, x = inputs[2].Shape;
        Require(w.Kind == ShapeKind.Matrix && w.Outer == dy.Inner && w.Inner == x.Inner, "w must be [channels of dy, channels of x]");
        return w;
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs)
    {
        var dw = new LinearWeightGrad().Evaluate(run, node, [inputs[1], inputs[2]])[0];
        return [[.. inputs[0].Zip(dw, (w, d) => w - (inputs[3][0] * d))]];
    }

    public override string Describe(Node node)
    {
        var (w, dy, x) = (node.Inputs[0], node.Inputs[1], node.Inputs[2]);
        return $"{w.Name} -= learning_rate * {dy.Name}ᵀ {x.Name}: {w.Shape} = {dy.Shape}ᵀ {x.Shape}; the gradient stays in registers";
    }

    public override (long PerRow, long PerPair) Flops(Node node) => (2 * node.Shape.Elements, 0);
}

/// <summary>What <see cref="Linear"/> and <see cref="LinearInputGrad"/> share: one product, one kernel.</summary>
internal static class MatMul
{
    public static double[] Multiply(double[] x, double[] w, int rows, int n, bool transposed)
    {
        var k = x.Length / rows;
        var y = new double[rows * n];
        for (var t = 0; t < rows; t++)
        {
            for (var j = 0; j < n; j++)
            {
                var sum = 0.0;
                for (var i = 0; i < k; i++)
                {
                    sum += x[(t * k) + i] * (transposed ? w[(j * k) + i] : w[(i * n) + j]);
                }

                y[(t * n) + j] = sum;
            }
        }

        return y;
    }
}
