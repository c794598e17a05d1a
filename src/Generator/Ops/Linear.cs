using System.Collections.Immutable;
using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Ops;

/// <summary>
/// A product of activations and a weight, and what becomes of its results before they are stored: elementwise functions of them and of
/// other values of the same rows, as a <see cref="RowProgram"/> whose first input is the product.
/// </summary>
internal abstract record ProductOp : Op
{
    /// <summary>What becomes of the product; null where it is stored as it is.</summary>
    public RowProgram? Epilogue { get; init; }

    /// <summary>The same product that goes on with a program.</summary>
    public ProductOp With(RowProgram epilogue) => this with { Epilogue = epilogue };

    public override ImmutableArray<OpAttribute> Data(Node node) =>
        Epilogue is null ? [] : [OpAttribute.Of("epilogue", DescribeEpilogue(Epilogue))];

    protected override string Attributes => Epilogue is null ? "" : $"<{DescribeEpilogue(Epilogue)}>";

    /// <summary>Other inputs than the product may be overwritten, as those of a row program may: each after it has been read.</summary>
    public override int InPlaceInputOf(int part) => Epilogue?.InPlaceInputOf(part, except: 0) is { } input and > 0 ? input + 1 : -1;

    public sealed override int InPlaceInput => InPlaceInputOf(0);

    public sealed override Shape Infer(ImmutableArray<Node> inputs)
    {
        var product = ProductShape(inputs[0].Shape, inputs[1].Shape);
        Require(Epilogue is not null || inputs.Length == 2, "only an epilogue reads other values");
        return Epilogue?.Infer([product, .. inputs.Skip(2).Select(i => i.Shape)]) ?? product;
    }

    public sealed override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs)
    {
        double[] product = MatMul.Multiply(
            inputs[0], inputs[1], run.Rows, ProductShape(node.Inputs[0].Shape, node.Inputs[1].Shape).Inner.Count, IsTransposed);
        return Epilogue?.Evaluate(run, node, [product, .. inputs.Skip(2)]) ?? [product];
    }

    public sealed override string Describe(Node node)
    {
        Node x = node.Inputs[0], w = node.Inputs[1];
        string mark = IsTransposed ? "ᵀ" : "";
        string product = $"{x.Name} {w.Name}{mark}";
        string[] formulas = Epilogue is null
            ? [$"{node.Name} = {product}"]
            : [.. FormulaWriter.Write(Epilogue, [product, .. node.Inputs.Skip(2).Select(i => i.Name)], Epilogue.ResultNames(node))];
        return $"{string.Join("; ", formulas)}: {ProductShape(x.Shape, w.Shape)} = {x.Shape} {w.Shape}{mark}";
    }

    public override (long PerRow, long PerPair) Flops(Node node) => (2 * node.Inputs[1].Shape.Elements, 0);

    /// <summary>Whether it is x Wᵀ rather than x W.</summary>
    protected abstract bool IsTransposed { get; }

    protected abstract Shape ProductShape(Shape x, Shape w);

    private static string DescribeEpilogue(RowProgram epilogue) => string.Join("; ", FormulaWriter.Write(
        epilogue, ["product", .. Enumerable.Range(0, epilogue.InputCount - 1).Select(FormulaWriter.InputName)], [])
        .Select(formula => formula.StartsWith("y = ", StringComparison.Ordinal) ? formula.Substring(4) : formula));
}

/// <summary>y = x Wᵀ with W [out, in]: y[t][o] = Σᵢ x[t][i] W[o][i].</summary>
internal sealed record Linear : ProductOp
{
    public override string Name => "Linear";

    protected override bool IsTransposed => true;

    protected override Shape ProductShape(Shape x, Shape w)
    {
        Require(
            x.Kind == ShapeKind.Rows && w.Kind == ShapeKind.Matrix && x.Inner == w.Inner, "x must have as many channels as w has columns");
        return Shape.Rows(w.Outer);
    }

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients)
    {
        Node x = node.Inputs[0], w = node.Inputs[1], dy = gradients[0]!;
        return
        [
            g.Contribution(new LinearInputGrad(), x, node, dy, w),
            g.Contribution(new LinearWeightGrad { Of = $"{w.Name} in {node.Name}" }, w, node, dy, x),
        ];
    }
}

/// <summary>dx = dy W with W [out, in]: dx[t][i] = Σₒ dy[t][o] W[o][i].</summary>
internal sealed record LinearInputGrad : ProductOp
{
    public override string Name => "LinearInputGrad";

    protected override bool IsTransposed => false;

    protected override Shape ProductShape(Shape dy, Shape w)
    {
        Require(
            dy.Kind == ShapeKind.Rows && w.Kind == ShapeKind.Matrix && dy.Inner == w.Outer, "dy must have as many channels as w has rows");
        return Shape.Rows(w.Inner);
    }
}

/// <summary>dW = dyᵀ x: dW[o][i] = Σₜ dy[t][o] x[t][i].</summary>
internal sealed record LinearWeightGrad : Op, IFoldableGradient
{
    public override string Name => "LinearWeightGrad";

    /// <summary>
    /// The weight whose gradient it is, and the product that it is from: two weights that read the same have two gradients, for each is
    /// stored in a place of its own; so have two products of one weight, for each is added, though a later pass may find them the same.
    /// </summary>
    public string Of { get; init; } = "";

    public string Prefix => "Linear";

    public string DescribeGradient(ImmutableArray<Node> inputs) => $"{inputs[0].Name}ᵀ {inputs[1].Name}";

    public string DescribeStep(Node weight, ImmutableArray<Node> inputs) =>
        $"{weight.Name} -= learning_rate * {DescribeGradient(inputs)}: {weight.Shape} = {inputs[0].Shape}ᵀ {inputs[1].Shape}; "
            + "the gradient stays in registers";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs[0].Shape.Kind == ShapeKind.Rows && inputs[1].Shape.Kind == ShapeKind.Rows, "dy and x must be activations");
        return Shape.Matrix(inputs[0].Shape.Inner, inputs[1].Shape.Inner);
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs)
    {
        int outputs = node.Shape.Outer.Count, width = node.Shape.Inner.Count;
        double[] dw = new double[outputs * width];
        for (int t = 0; t < run.Rows; t++)
        {
            for (int o = 0; o < outputs; o++)
            {
                for (int i = 0; i < width; i++)
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

/// <summary>What <see cref="Linear"/> and <see cref="LinearInputGrad"/> share: one product, one kernel.</summary>
internal static class MatMul
{
    public static double[] Multiply(double[] x, double[] w, int rows, int n, bool transposed)
    {
        int k = x.Length / rows;
        double[] y = new double[rows * n];
        for (int t = 0; t < rows; t++)
        {
            for (int j = 0; j < n; j++)
            {
                double sum = 0.0;
                for (int i = 0; i < k; i++)
                {
                    sum += x[(t * k) + i] * (transposed ? w[(j * k) + i] : w[(i * n) + j]);
                }

                y[(t * n) + j] = sum;
            }
        }

        return y;
    }
}
