using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using Xunit;

namespace MicroGpt.Generator.Tests.Ops;

[TestsOf(typeof(RmsNorm), typeof(RmsNormGrad))]
public sealed class RmsNormTests
{
    [Theory]
    [ClassData(typeof(OpShapes))]
    public void GradientMatchesDifferences(OpShape shape)
    {
        var small = new SmallGraph(shape);
        Node y = small.Builder.Add(new RmsNorm(), "y", small.Activation("x", shape.Channels));
        GradientCheck.AssertMatchesDifferences(small, small.LossOf(y));
    }

    [Theory]
    [ClassData(typeof(OpShapes))]
    public void RowsHaveAMeanSquareOfAlmostOne(OpShape shape)
    {
        var small = new SmallGraph(shape);
        Node x = small.Activation("x", shape.Channels), y = small.Builder.Add(new RmsNorm(), "y", x);
        var values = Interpreter.Evaluate(small.Forward(y), small.NewEvaluation());
        foreach (var (before, after) in values[x][0].Chunk(shape.Channels).Zip(values[y][0].Chunk(shape.Channels)))
        {
            double square = before.Average(e => e * e);
            Assert.Equal(square / (square + RmsNorm.Epsilon), after.Average(e => e * e), 12);
        }
    }

    [Theory]
    [ClassData(typeof(OpShapes))]
    public void GradientIsAddedToThatOfTheResidualStream(OpShape shape)
    {
        var small = new SmallGraph(shape);
        Node x = small.Activation("x", shape.Channels);
        Node y = small.Builder.Add(new Add(), "y", small.Builder.Add(new RmsNorm(), "n", x), x);
        Node loss = small.LossOf(y);
        FusionCheck.AssertKeepsValues(small, loss, new RmsNormGrad(Adds: true));
    }

    [Fact]
    public void RefusesShapesThatDoNotFit()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node x = small.Activation("x", 6), narrow = small.Activation("narrow", 5);
        ShapeErrors.AssertRefused(small, new RmsNorm(), "plain channels", small.Activation("heads", new Axis(2, 3)));
        ShapeErrors.AssertRefused(small, new RmsNorm(), "activation", small.Parameter("w", 6, 6));
        ShapeErrors.AssertRefused(small, new RmsNormGrad(), "same shape", x, narrow);
        ShapeErrors.AssertRefused(small, new RmsNormGrad(Adds: true), "other contribution", x, x, narrow);
    }
}
