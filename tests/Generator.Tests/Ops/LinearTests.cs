using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using Xunit;

namespace MicroGpt.Generator.Tests.Ops;

[TestsOf(typeof(Linear), typeof(LinearInputGrad), typeof(LinearWeightGrad))]
public sealed class LinearTests
{
    [Theory]
    [ClassData(typeof(OpShapes))]
    public void GradientMatchesDifferences(OpShape shape)
    {
        var small = new SmallGraph(shape);
        Node x = small.Activation("x", shape.Channels);
        GradientCheck.AssertMatchesDifferences(small, small.LossOf(small.Linear("y", x, shape.Outputs)));
    }

    [Theory]
    [ClassData(typeof(OpShapes))]
    public void GradientOfAWeightThatIsUsedTwiceIsTheSum(OpShape shape)
    {
        var small = new SmallGraph(shape);
        Node w = small.Parameter("w", shape.Channels, shape.Channels);
        Node y = small.Builder.Add(new Linear(), "y", small.Activation("x", shape.Channels), w);
        GradientCheck.AssertMatchesDifferences(small, small.LossOf(small.Builder.Add(new Linear(), "z", y, w)));
    }

    [Theory]
    [ClassData(typeof(OpShapes))]
    public void AddsAResidualInTheProduct(OpShape shape)
    {
        var small = new SmallGraph(shape);
        Node x = small.Activation("x", shape.Channels);
        Node y = small.Builder.Add(new Elementwise(ElementwiseFunctions.Add), "y", small.Linear("product", x, shape.Channels), x);
        FusionCheck.AssertKeepsValues(small, small.LossOf(y), "Linear<product + a>");
    }

    [Theory]
    [ClassData(typeof(OpShapes))]
    public void AppliesReluAndItsMaskInTheProduct(OpShape shape)
    {
        var small = new SmallGraph(shape);
        Node x = small.Activation("x", shape.Channels);
        Node y = small.Builder.Add(new Elementwise(ElementwiseFunctions.Relu), "y", small.Linear("product", x, shape.Outputs));
        FusionCheck.AssertKeepsValues(
            small, small.LossOf(y), "Linear<relu(product)>", "LinearInputGrad<product where a > 0, else 0>");
    }

    [Theory]
    [ClassData(typeof(OpShapes))]
    public void SumsTheGradientsOfSeveralReaders(OpShape shape)
    {
        var small = new SmallGraph(shape);
        Node x = small.Activation("x", shape.Channels);
        Node y = small.Builder.Add(
            new Elementwise(ElementwiseFunctions.Add), "y",
            small.Builder.Add(new Elementwise(ElementwiseFunctions.Relu), "a", small.Linear("p", x, shape.Outputs)),
            small.Linear("q", x, shape.Outputs));
        FusionCheck.AssertKeepsValues(small, small.LossOf(y), "LinearInputGrad<product + a>");
    }

    [Fact]
    public void RefusesShapesThatDoNotFit()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node x = small.Activation("x", 6), narrow = small.Activation("narrow", 5);
        Node heads = small.Activation("heads", new Axis(2, 3));
        Node w = small.Parameter("w", 7, 6);

        ShapeErrors.AssertRefused(small, new Linear(), "as many channels", narrow, w);
        ShapeErrors.AssertRefused(small, new Linear(), "as many channels", heads, w);
        ShapeErrors.AssertRefused(small, new Linear(), "as many channels", w, w);
        ShapeErrors.AssertRefused(small, new Linear(), "as many channels", x, x);
        ShapeErrors.AssertRefused(
            small, new Linear().With(FusionCheck.Epilogue(small, 7, ElementwiseFunctions.Add)), "an input must be", x, w, x);
        ShapeErrors.AssertRefused(small, new LinearInputGrad(), "as many channels as w has rows", x, w);
        ShapeErrors.AssertRefused(small, new Linear(), "only an epilogue", x, w, x);
        ShapeErrors.AssertRefused(
            small, new LinearInputGrad().With(FusionCheck.Epilogue(small, 6, ElementwiseFunctions.Gate)), "an input must be",
            small.Activation("dy", 7), w, narrow);
        ShapeErrors.AssertRefused(small, new LinearWeightGrad(), "activations", x, w);
    }
}
