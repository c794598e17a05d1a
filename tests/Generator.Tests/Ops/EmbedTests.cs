using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using Xunit;

namespace MicroGpt.Generator.Tests.Ops;

[TestsOf(typeof(Embed), typeof(EmbedSum), typeof(EmbedGrad))]
public sealed class EmbedTests
{
    /// <summary>Positions come up again in every segment, so the gradient of a row of the table is a sum.</summary>
    [Theory]
    [ClassData(typeof(OpShapes))]
    public void GradientMatchesDifferences(OpShape shape)
    {
        var small = new SmallGraph(shape);
        Node table = small.Parameter("table", shape.BlockSize + 2, shape.Channels, isTable: true);
        GradientCheck.AssertMatchesDifferences(small, small.LossOf(small.Builder.Add(new Embed(), "y", table, small.Positions)));
    }

    [Theory]
    [ClassData(typeof(OpShapes))]
    public void RowsThatWereNotReadHaveNoGradient(OpShape shape)
    {
        var small = new SmallGraph(shape);
        Node table = small.Parameter("table", shape.BlockSize + 2, shape.Channels, isTable: true);
        Graph.Graph graph = small.WithGradients(small.LossOf(small.Builder.Add(new Embed(), "y", table, small.Positions)));
        double[] gradient = Interpreter.Evaluate(graph, small.NewEvaluation())[graph.Outputs[1]][0];
        Assert.All(gradient.Skip(shape.BlockSize * shape.Channels), element => Assert.Equal(0, element));
    }

    [Theory]
    [ClassData(typeof(OpShapes))]
    public void TwoEmbeddingsAreSummedAsTheyAreRead(OpShape shape)
    {
        var small = new SmallGraph(shape);
        Node positions = small.Parameter("position_table", shape.BlockSize, shape.Channels, isTable: true);
        Node x = small.Builder.Add(
            new Elementwise(ElementwiseFunctions.Add), "x", small.Activation("token", shape.Channels),
            small.Builder.Add(new Embed(), "position", positions, small.Positions));
        FusionCheck.AssertKeepsValues(small, small.LossOf(x), "EmbedSum");
    }

    [Fact]
    public void RefusesShapesThatDoNotFit()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node table = small.Parameter("table", 5, 6, isTable: true), narrow = small.Parameter("narrow", 5, 4, isTable: true);
        Node x = small.Activation("x", 6);
        ShapeErrors.AssertRefused(small, new Embed(), "table and indices", table, x);
        ShapeErrors.AssertRefused(small, new Embed(), "table and indices", small.Tokens, small.Tokens);
        ShapeErrors.AssertRefused(small, new EmbedSum(), "as many columns", table, small.Tokens, narrow, small.Positions);
        ShapeErrors.AssertRefused(small, new EmbedGrad(5), "dy and indices", x, x);
    }
}
