using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using Xunit;

namespace MicroGpt.Generator.Tests.Ops;

[TestsOf(typeof(Add))]
public sealed class AddTests
{
    [Theory]
    [ClassData(typeof(OpShapes))]
    public void GradientMatchesDifferences(OpShape shape)
    {
        var small = new SmallGraph(shape);
        Node y = small.Builder.Add(new Add(), "y", small.Activation("a", shape.Channels), small.Activation("b", shape.Channels));
        GradientCheck.AssertMatchesDifferences(small, small.LossOf(y));
    }

    [Theory]
    [ClassData(typeof(OpShapes))]
    public void GradientOfAValueAddedToItselfIsDoubled(OpShape shape)
    {
        var small = new SmallGraph(shape);
        Node x = small.Activation("x", shape.Channels);
        GradientCheck.AssertMatchesDifferences(small, small.LossOf(small.Builder.Add(new Add(), "y", x, x)));
    }

    [Theory]
    [ClassData(typeof(OpShapes))]
    public void FusionKeepsTheValueOfAProductAddedToItself(OpShape shape)
    {
        var small = new SmallGraph(shape);
        Node product = small.Linear("product", small.Activation("x", shape.Channels), shape.Outputs);
        FusionCheck.AssertKeepsValues(small, small.LossOf(small.Builder.Add(new Add(), "y", product, product)));
    }

    [Fact]
    public void RefusesShapesThatDoNotFit()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node x = small.Activation("x", 6);
        ShapeErrors.AssertRefused(small, new Add(), "same shape", x, small.Activation("narrow", 5));
        ShapeErrors.AssertRefused(small, new Add(), "same shape", x, small.Activation("heads", new Axis(2, 3)));
        ShapeErrors.AssertRefused(small, new Add(), "activations, vectors and matrices", small.Tokens, small.Tokens);
    }
}
