using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using Xunit;

namespace MicroGpt.Generator.Tests.Ops;

[TestsOf(typeof(CrossEntropy), typeof(CrossEntropyGrad), typeof(CrossEntropyWithGrad))]
public sealed class CrossEntropyTests
{
    [Theory]
    [ClassData(typeof(OpShapes))]
    public void GradientMatchesDifferences(OpShape shape)
    {
        var small = new SmallGraph(shape);
        GradientCheck.AssertMatchesDifferences(small, Loss(small));
    }

    [Theory]
    [ClassData(typeof(OpShapes))]
    public void LossAndGradientShareOneSoftmax(OpShape shape)
    {
        var small = new SmallGraph(shape);
        FusionCheck.AssertKeepsValues(small, Loss(small), new CrossEntropyWithGrad());
    }

    [Theory]
    [ClassData(typeof(OpShapes))]
    public void EqualLogitsCostTheLogarithmOfTheirNumber(OpShape shape)
    {
        var small = new SmallGraph(shape);
        Node loss = Loss(small);
        Evaluation run = small.NewEvaluation();
        Array.Fill(run.Parameters["logits_table"], 300);
        Assert.Equal(Math.Log(shape.Outputs), Interpreter.Evaluate(small.Forward(loss), run)[loss][0][0], 12);
    }

    [Fact]
    public void RefusesShapesThatDoNotFit()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node x = small.Activation("x", 6);
        ShapeErrors.AssertRefused(small, new CrossEntropy(), "logits and targets", x, x);
        ShapeErrors.AssertRefused(small, new CrossEntropy(), "logits and targets", small.Parameter("w", 6, 6), small.Targets);
        ShapeErrors.AssertRefused(small, new CrossEntropyWithGrad(), "logits and targets", x, x);
    }

    private static Node Loss(SmallGraph small) =>
        small.Builder.Add(new CrossEntropy(), "loss", small.Activation("logits", small.Shape.Outputs), small.Targets);
}
