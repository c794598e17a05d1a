using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Passes;
using Xunit;

namespace MicroGpt.Generator.Tests.Ops;

[TestsOf(typeof(Slice), typeof(Pad), typeof(Concat), typeof(Regroup), typeof(Detach))]
public sealed class SliceTests
{
    [Theory]
    [ClassData(typeof(OpShapes))]
    public void GradientMatchesDifferences(OpShape shape)
    {
        var axis = new Axis(shape.Heads, shape.HeadSize);
        foreach (var (from, to) in new[] { (0, 1), (0, shape.HeadSize), (shape.HeadSize - 1, shape.HeadSize), (
            shape.HeadSize / 3, (shape.HeadSize / 3) + 1) })
        {
            ReduceTests.AssertMatchesDifferences(shape, small => (new Slice(from, to), small.Activation("x", axis)));
            ReduceTests.AssertMatchesDifferences(shape, small => (new Slice(from, to), small.Vector("x", axis)));
        }

        ReduceTests.AssertMatchesDifferences(shape, small => (new Pad(2, 1), small.Activation("x", axis)));
        ReduceTests.AssertMatchesDifferences(shape, small => (new Pad(0, 0), small.Vector("x", axis)));
        ReduceTests.AssertMatchesDifferences(shape, small => (new Regroup(1), small.Activation("x", axis)));
        ReduceTests.AssertMatchesDifferences(shape, small => (new Regroup(shape.Channels), small.Vector("x", axis)));
    }

    [Theory]
    [ClassData(typeof(OpShapes))]
    public void GradientOfAConcatenationMatchesDifferences(OpShape shape)
    {
        var small = new SmallGraph(shape);
        Node a = small.Activation("a", new Axis(shape.Heads, shape.HeadSize)), b = small.Activation("b", new Axis(shape.Heads, 2));
        Node y = small.Builder.Add(new Concat(), "y", a, b, a);
        Assert.Equal(Shape.Rows(new Axis(shape.Heads, (2 * shape.HeadSize) + 2)), y.Shape);
        ReduceTests.AssertMatchesDifferences(small, y);
    }

    [Fact]
    public void ConcatenatesWithinGroups()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node y = small.Builder.Add(new Concat(), "y", small.Vector("a", new Axis(2, 2)), small.Vector("b", new Axis(2, 1)));
        Evaluation run = small.NewEvaluation();
        new double[] { 1, 2, 3, 4 }.CopyTo(run.Parameters["a"], 0);
        new double[] { 50, 60 }.CopyTo(run.Parameters["b"], 0);
        Assert.Equal([1, 2, 50, 3, 4, 60], Interpreter.Evaluate(small.Forward(y), run)[y][0]);
    }

    /// <summary>x · detach(x) has the gradient of x times a number.</summary>
    [Fact]
    public void NoGradientFlowsThroughDetach()
    {
        var small = new SmallGraph(new OpShape("any", [3], 1, 2, 4));
        Node x = small.Activation("x", 2);
        Node detached = small.Builder.Add(new Detach(), "detached", x);
        Graph.Graph graph =
            small.WithGradients(small.LossOf(small.Builder.Add(new Elementwise(ElementwiseFunctions.Multiply), "y", x, detached)));
        var values = Interpreter.Evaluate(graph, small.NewEvaluation());
        double[] dy = values[graph.Nodes.Single(n => n.Name == "dy")][0];
        double[] dx = values[graph.Nodes.Single(n => n.Name.StartsWith("dx_via", StringComparison.Ordinal))][0];
        Assert.Equal(values[x][0], values[detached][0]);
        Assert.Equal(dy.Zip(values[x][0], (d, e) => d * e), dx);
        Assert.DoesNotContain(Simplify.Run(graph).Nodes, n => n.Name is "ddetached");
    }

    [Fact]
    public void RefusesShapesThatDoNotFit()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node x = small.Activation("x", new Axis(2, 3)), v = small.Vector("v", new Axis(2, 3)), w = small.Parameter("w", 6, 6);
        ShapeErrors.AssertRefused(small, new Slice(1, 4), "no such channels", x);
        ShapeErrors.AssertRefused(small, new Slice(2, 2), "no such channels", x);
        ShapeErrors.AssertRefused(small, new Slice(-1, 2), "no such channels", x);
        ShapeErrors.AssertRefused(small, new Pad(-1, 2), "no fewer than 0", x);
        ShapeErrors.AssertRefused(small, new Concat(), "all vectors", x, v);
        ShapeErrors.AssertRefused(small, new Concat(), "number of groups", x, small.Activation("plain", 6));
        ShapeErrors.AssertRefused(small, new Concat(), "activation or a vector", w);
        ShapeErrors.AssertRefused(small, new Regroup(4), "6 channels are not", x);
        ShapeErrors.AssertRefused(small, new Detach(), "activation or a vector", small.Tokens);
    }
}
