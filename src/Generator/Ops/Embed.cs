using System.Collections.Immutable;
using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Ops;

/// <summary>y[t] = table[index[t]].</summary>
internal sealed record Embed : Op
{
    public override string Name => "Embed";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs[0].Shape.Kind == ShapeKind.Matrix && inputs[1].Shape.Kind == ShapeKind.Indices, "a table and indices are needed");
        return Shape.Rows(inputs[0].Shape.Inner);
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs)
    {
        int width = node.Shape.Inner.Count;
        return [[.. inputs[1].SelectMany(index => inputs[0].Skip((int)index * width).Take(width))]];
    }

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients)
    {
        var table = node.Inputs[0];
        return
        [
            g.Contribution(
                new EmbedGrad(table.Shape.Outer.Count) { Of = $"{table.Name} in {node.Name}" }, table, node, gradients[0]!, node.Inputs[1]),
            null,
        ];
    }

    public override string Describe(Node node) => $"{node.Name}[t] = {node.Inputs[0].Name}[{node.Inputs[1].Name}[t]]: {node.Shape}";
}

/// <summary>y[t] = a[i[t]] + b[j[t]]: two embeddings summed as they are read.</summary>
internal sealed record EmbedSum : Op
{
    public override string Name => "EmbedSum";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs[0].Shape.Inner == inputs[2].Shape.Inner, "both tables must have as many columns");
        return Shape.Rows(inputs[0].Shape.Inner);
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs)
    {
        double[] a = new Embed().Evaluate(run, node, [inputs[0], inputs[1]])[0];
        double[] b = new Embed().Evaluate(run, node, [inputs[2], inputs[3]])[0];
        return [[.. a.Zip(b, (x, y) => x + y)]];
    }

    public override string Describe(Node node)
    {
        var i = node.Inputs;
        return $"{node.Name}[t] = {i[0].Name}[{i[1].Name}[t]] + {i[2].Name}[{i[3].Name}[t]]: {node.Shape}";
    }
}

/// <summary>dtable[v] = Σ over the rows t with index[t] = v of dy[t].</summary>
internal sealed record EmbedGrad(int Entries) : Op, IFoldableGradient
{
    public string Prefix => "Embed";

    public string DescribeGradient(ImmutableArray<Node> inputs) => $"the sum over t of {inputs[0].Name}[t] at {inputs[1].Name}[t]";

    public string DescribeStep(Node weight, ImmutableArray<Node> inputs) =>
        $"{weight.Name}[{inputs[1].Name}[t]] -= learning_rate * {inputs[0].Name}[t]: {weight.Shape}";

    public override string Name => "EmbedGrad";

    /// <summary>The table whose gradient it is, and the lookup, as of a <see cref="LinearWeightGrad.Of"/>.</summary>
    public string Of { get; init; } = "";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs[0].Shape.Kind == ShapeKind.Rows && inputs[1].Shape.Kind == ShapeKind.Indices, "dy and indices are needed");
        return Shape.Matrix(Entries, inputs[0].Shape.Inner);
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs)
    {
        int width = node.Shape.Inner.Count;
        double[] gradient = new double[Entries * width];
        for (int t = 0; t < run.Rows; t++)
        {
            for (int c = 0; c < width; c++)
            {
                gradient[((int)inputs[1][t] * width) + c] += inputs[0][(t * width) + c];
            }
        }

        return [gradient];
    }

    public override string Describe(Node node) =>
        $"{node.Name}[{node.Inputs[1].Name}[t]] += {node.Inputs[0].Name}[t], from zero: {node.Shape}";
}
