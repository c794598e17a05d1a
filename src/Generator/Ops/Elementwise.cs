using System.Collections.Immutable;
using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Ops;

/// <summary>Element by element: y = a + b. Sums activations, and the gradients of a parameter that is read several times.</summary>
internal sealed record Add : Op
{
    public override string Name => "Add";

    public override int InPlaceInput => 0;

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs[0].Shape.Kind is ShapeKind.Rows or ShapeKind.Vector or ShapeKind.Matrix, "only activations, vectors and matrices can be added");
        Require(inputs[0].Shape.Equals(inputs[1].Shape), "both must have the same shape");
        return inputs[0].Shape;
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
        [[.. inputs[0].Zip(inputs[1], (a, b) => a + b)]];

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients) =>
        [gradients[0], gradients[0]];

    public override string Describe(Node node) => $"{node.Name} = {node.Inputs[0].Name} + {node.Inputs[1].Name}";
}

/// <summary>y = max(x, 0).</summary>
internal sealed record Relu : Op
{
    public override string Name => "Relu";

    public override int InPlaceInput => 0;

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs[0].Shape.Kind == ShapeKind.Rows, "x must be an activation");
        return inputs[0].Shape;
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
        [[.. inputs[0].Select(x => Math.Max(x, 0))]];

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients) =>
        [g.Contribution(new ReluGrad(), node.Inputs[0], node, gradients[0]!, node)];

    public override string Describe(Node node) => $"{node.Name} = max({node.Inputs[0].Name}, 0)";
}

/// <summary>dx = dy where y &gt; 0, else 0. Takes dy and y (not x), so that the input of a ReLU need not be kept.</summary>
internal sealed record ReluGrad : Op
{
    public override string Name => "ReluGrad";

    public override int InPlaceInput => 0;

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs[0].Shape.Equals(inputs[1].Shape), "dy and y must have the same shape");
        return inputs[0].Shape;
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
        [[.. inputs[0].Zip(inputs[1], (dy, y) => y > 0 ? dy : 0)]];

    public override string Describe(Node node) => $"{node.Name} = {node.Inputs[0].Name} where {node.Inputs[1].Name} > 0, else 0";
}

/// <summary>y = x · s with a scalar s known at compile time: the gradient that arrives at the loss is 1 and is simplified away.</summary>
internal sealed record Scale : Op
{
    public override string Name => "Scale";

    public override int InPlaceInput => 0;

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs[1].Op is Constant, "s must be a constant");
        return inputs[0].Shape;
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
        [[.. inputs[0].Select(x => x * inputs[1][0])]];

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients) =>
        [g.Contribution(new Scale(), node.Inputs[0], node, gradients[0]!, node.Inputs[1]), null];

    public override string Describe(Node node) => $"{node.Name} = {node.Inputs[0].Name} * {node.Inputs[1].Name}";
}
