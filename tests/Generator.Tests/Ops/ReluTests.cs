using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using Xunit;

namespace MicroGpt.Generator.Tests.Ops;

[TestsOf(typeof(Relu), typeof(ReluGrad))]
public sealed class ReluTests
{
    [Theory]
    [ClassData(typeof(OpShapes))]
    public void GradientMatchesDifferences(OpShape shape)
    {
        var small = new SmallGraph(shape);
        // Next to itself, so that there is a gradient even where every element is negative.
        Node x = small.Activation("x", shape.Channels);
        Node y = small.Builder.Add(new Add(), "y", small.Builder.Add(new Relu(), "relu", x), x);
        GradientCheck.AssertMatchesDifferences(small, small.LossOf(y));
    }

    [Fact]
    public void GradientAtZeroIsZero()
    {
        var small = new SmallGraph(new OpShape("zeros", [3], 1, 2, 4));
        Node loss = small.LossOf(small.Builder.Add(new Relu(), "y", small.Activation("x", 2)));
        Graph.Graph graph = small.WithGradients(loss);
        Evaluation run = small.NewEvaluation();
        Array.Clear(run.Parameters["x_table"]);
        Assert.All(Interpreter.Evaluate(graph, run)[graph.Outputs[1]][0], element => Assert.Equal(0, element));
    }

    [Fact]
    public void RefusesShapesThatDoNotFit()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        ShapeErrors.AssertRefused(small, new Relu(), "activation", small.Parameter("w", 6, 6));
        ShapeErrors.AssertRefused(small, new ReluGrad(), "same shape", small.Activation("dy", 6), small.Activation("y", 5));
    }
}
