using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using Xunit;

namespace MicroGpt.Generator.Tests.Ops;

/// <summary>Reductions and broadcasts: the gradient of one is the other.</summary>
[TestsOf(typeof(Reduce), typeof(RepeatChannels), typeof(RepeatRows), typeof(SumRows), typeof(RepeatGroups), typeof(SumGroups))]
public sealed class ReduceTests
{
    [Theory]
    [ClassData(typeof(OpShapes))]
    public void GradientMatchesDifferences(OpShape shape)
    {
        var axis = new Axis(shape.Heads, shape.HeadSize);
        AssertMatchesDifferences(shape, small => (new Reduce(Reduction.Sum), small.Activation("x", axis)));
        AssertMatchesDifferences(shape, small => (new Reduce(Reduction.Largest), small.Activation("x", axis)));
        AssertMatchesDifferences(shape, small => (new RepeatChannels(3), small.Activation("x", new Axis(shape.Heads, 1))));
        AssertMatchesDifferences(shape, small => (new SumRows(), small.Activation("x", axis)));
        AssertMatchesDifferences(shape, small => (new RepeatGroups(3), small.Activation("x", shape.Channels)));
        AssertMatchesDifferences(shape, small => (new SumGroups(), small.Activation("x", axis)));
    }

    [Theory]
    [ClassData(typeof(OpShapes))]
    public void GradientOfVectorsMatchesDifferences(OpShape shape)
    {
        var axis = new Axis(shape.Heads, shape.HeadSize);
        AssertMatchesDifferences(shape, small => (new Reduce(Reduction.Sum), small.Vector("x", axis)));
        AssertMatchesDifferences(shape, small => (new Reduce(Reduction.Largest), small.Vector("x", axis)));
        AssertMatchesDifferences(shape, small => (new RepeatChannels(3), small.Vector("x", new Axis(shape.Heads, 1))));
        AssertMatchesDifferences(shape, small => (new RepeatRows(), small.Vector("x", axis)));
        AssertMatchesDifferences(shape, small => (new RepeatGroups(3), small.Vector("x", shape.Channels)));
        AssertMatchesDifferences(shape, small => (new SumGroups(), small.Vector("x", axis)));
    }

    [Fact]
    public void HasTheValueOfItsDefinition()
    {
        AssertValues(new Reduce(Reduction.Sum), new Axis(2, 3), [1, 2, 3, 4, 5, 60], new Axis(2, 1), [6, 69]);
        AssertValues(new Reduce(Reduction.Largest), new Axis(2, 3), [1, 3, 2, -4, -5, -60], new Axis(2, 1), [3, -4]);
        AssertValues(new RepeatChannels(2), new Axis(3, 1), [1, 2, 3], new Axis(3, 2), [1, 1, 2, 2, 3, 3]);
        AssertValues(new RepeatGroups(2), 3, [1, 2, 3], new Axis(2, 3), [1, 2, 3, 1, 2, 3]);
        AssertValues(new SumGroups(), new Axis(2, 3), [1, 2, 3, 40, 50, 60], 3, [41, 52, 63]);
        AssertValues(new Slice(1, 3), new Axis(2, 3), [1, 2, 3, 4, 5, 6], new Axis(2, 2), [2, 3, 5, 6]);
        AssertValues(new Pad(1, 2), new Axis(2, 1), [1, 2], new Axis(2, 4), [0, 1, 0, 0, 0, 2, 0, 0]);
        AssertValues(new Regroup(2), 4, [1, 2, 3, 4], new Axis(2, 2), [1, 2, 3, 4]);
    }

    [Fact]
    public void LargestKeepsNaN() =>
        AssertValues(new Reduce(Reduction.Largest), 3, [1, double.NaN, 2], 1, [double.NaN]);

    [Fact]
    public void RowsAreSummedAndRepeated()
    {
        var small = new SmallGraph(new OpShape("two segments", [2, 1], 1, 2, 3));
        Node x = small.Activation("x", 2),
            sum = small.Builder.Add(new SumRows(), "sum", x), rows = small.Builder.Add(new RepeatRows(), "rows", sum);
        var values = Interpreter.Evaluate(small.Forward(rows), small.NewEvaluation());
        double[] expected = [values[x][0][0] + values[x][0][2] + values[x][0][4], values[x][0][1] + values[x][0][3] + values[x][0][5]];
        Assert.Equal(Shape.Vector(2), sum.Shape);
        Assert.Equal(expected, values[sum][0]);
        Assert.Equal([.. expected, .. expected, .. expected], values[rows][0]);
    }

    [Fact]
    public void LargestSharesItsGradientEvenlyAtTies()
    {
        var small = new SmallGraph(new OpShape("ties", [1], 1, 4, 3));
        Node y = small.Builder.Add(new Reduce(Reduction.Largest), "y", small.Vector("x", 4));
        Graph.Graph graph = small.WithGradients(small.LossOf(y));
        Evaluation run = small.NewEvaluation();
        new double[] { 5, 2, 5, 1 }.CopyTo(run.Parameters["x"], 0);
        var values = Interpreter.Evaluate(graph, run);
        double dy = values[graph.Nodes.Single(n => n.Name == "dy")][0][0];
        Assert.NotEqual(0, dy);
        Assert.Equal([dy / 2, 0, dy / 2, 0], values[graph.Nodes.Single(n => n.Name == "dx")][0]);
    }

    [Fact]
    public void RefusesShapesThatDoNotFit()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node x = small.Activation("x", new Axis(2, 3)), w = small.Parameter("w", 6, 6), v = small.Vector("v", 6);
        ShapeErrors.AssertRefused(small, new Reduce(Reduction.Sum), "activation or a vector", w);
        ShapeErrors.AssertRefused(small, new RepeatChannels(2), "one channel", x);
        ShapeErrors.AssertRefused(small, new RepeatRows(), "a vector is needed", x);
        ShapeErrors.AssertRefused(small, new SumRows(), "an activation is needed", v);
        ShapeErrors.AssertRefused(small, new RepeatGroups(2), "one group", x);
        ShapeErrors.AssertRefused(small, new SumGroups(), "activation or a vector", small.Tokens);
    }

    internal static void AssertMatchesDifferences(OpShape shape, Func<SmallGraph, (Op Op, Node X)> make)
    {
        var small = new SmallGraph(shape);
        (Op op, Node x) = make(small);
        AssertMatchesDifferences(small, small.Builder.Add(op, "y", x));
    }

    /// <summary>Of the square of the result, so that its own value matters to the gradient.</summary>
    internal static void AssertMatchesDifferences(SmallGraph small, Node y)
    {
        Node flat = small.Builder.Add(new Regroup(1), "flat", y);
        GradientCheck.AssertMatchesDifferences(
            small, small.LossOf(small.Builder.Add(new Elementwise(ElementwiseFunctions.Square), "square", flat)));
    }

    /// <summary>The op on a vector of given values.</summary>
    internal static void AssertValues(Op op, Axis channels, double[] x, Axis expectedChannels, double[] expected)
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node y = small.Builder.Add(op, "y", small.Vector("x", channels));
        Evaluation run = small.NewEvaluation();
        x.CopyTo(run.Parameters["x"], 0);
        Assert.Equal(Shape.Vector(expectedChannels), y.Shape);
        Assert.Equal(expected, Interpreter.Evaluate(small.Forward(y), run)[y][0]);
    }
}
