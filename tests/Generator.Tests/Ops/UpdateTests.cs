using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using Xunit;

namespace MicroGpt.Generator.Tests.Ops;

/// <summary>A small model with a linear layer and an embedding, trained by a rule.</summary>
internal static class UpdateCheck
{
    public static (SmallGraph Small, Node Loss) NewModel(OpShape shape)
    {
        var small = new SmallGraph(shape);
        return (small, small.LossOf(small.Linear("y", small.Activation("x", shape.Channels), shape.Outputs)));
    }

    /// <summary>Asserts what one step makes of every parameter, given a rule for (element, gradient, learning rate).</summary>
    public static void AssertStep(OpShape shape, Spec.Optimizer optimizer, Func<double, double, double, double> rule)
    {
        (SmallGraph small, Node loss) = NewModel(shape);
        Graph.Graph step = small.WithUpdates(loss, optimizer);
        Verifier.Verify(step);
        Evaluation run = small.NewEvaluation();
        var values = Interpreter.Evaluate(step, run);
        Assert.Equal(step.Parameters.Length, step.Outputs.Length - 1);
        foreach (Node update in step.Outputs.Skip(1))
        {
            double[] w = values[update.Inputs[0]][0], dw = values[update.Inputs[1]][0];
            Assert.Equal(w.Zip(dw, (x, d) => rule(x, d, run.LearningRate)), values[update][0]);
        }
    }

    public static void AssertFuses(OpShape shape, Spec.Optimizer optimizer, params object[] fused)
    {
        (SmallGraph small, Node loss) = NewModel(shape);
        FusionCheck.AssertKeepsValues(small, small.WithUpdates(loss, optimizer), fused);
    }
}

[TestsOf(typeof(Update), typeof(FoldedUpdate))]
public sealed class SgdUpdateTests
{
    [Theory]
    [ClassData(typeof(OpShapes))]
    public void GoesAgainstTheGradient(OpShape shape) =>
        UpdateCheck.AssertStep(shape, Spec.Optimizer.Sgd, (w, dw, learningRate) => w - (learningRate * dw));

    [Theory]
    [ClassData(typeof(OpShapes))]
    public void IsFusedWithTheGradient(OpShape shape) =>
        UpdateCheck.AssertFuses(shape, Spec.Optimizer.Sgd, "LinearSgd", "EmbedSgd");

    [Fact]
    public void RefusesShapesThatDoNotFit()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node w = small.Parameter("w", 7, 6), other = small.Parameter("other", 6, 7);
        Node x = small.Activation("x", 6), dy = small.Activation("dy", 7);
        Node rate = small.Builder.Add(new Input(InputKind.LearningRate), "learning_rate");
        ShapeErrors.AssertRefused(small, new Update(OptimizerRule.Sgd), "parameter's shape", w, other, rate);
        ShapeErrors.AssertRefused(small, new FoldedUpdate(OptimizerRule.Sgd, new LinearWeightGrad()), "parameter's shape", w, x, dy, rate);
        ShapeErrors.AssertRefused(
            small, new FoldedUpdate(OptimizerRule.Sgd, new EmbedGrad(7)), "parameter's shape", w, dy, small.Tokens, rate);
    }
}

[TestsOf(typeof(Update), typeof(FoldedUpdate))]
public sealed class AdamUpdateTests
{
    /// <summary>With moments from zero, the bias-corrected ones of the first step are the gradient and its square.</summary>
    [Theory]
    [ClassData(typeof(OpShapes))]
    public void FirstStepIsTheSignOfTheGradient(OpShape shape)
    {
        (SmallGraph small, Node loss) = UpdateCheck.NewModel(shape);
        Graph.Graph step = small.WithUpdates(loss, Spec.Optimizer.Adam);
        Verifier.Verify(step);
        Evaluation run = small.NewEvaluation();
        var values = Interpreter.Evaluate(step, run);
        foreach (Node update in step.Outputs.Skip(1))
        {
            double[] w = values[update.Inputs[0]][0], dw = values[update.Inputs[1]][0], updated = values[update][0];
            for (int i = 0; i < w.Length; i++)
            {
                Assert.Equal(w[i] - (run.LearningRate * dw[i] / (Math.Abs(dw[i]) + OptimizerRule.AdamRule.Epsilon)), updated[i], 12);
            }
        }
    }

    [Fact]
    public void MomentsAreKeptFromStepToStep()
    {
        (SmallGraph small, Node loss) = UpdateCheck.NewModel(new OpShape("any", [2], 1, 3, 4));
        Graph.Graph step = small.WithUpdates(loss, Spec.Optimizer.Adam);
        Node update = step.Outputs[1];
        Evaluation first = small.NewEvaluation();
        double[] dw = Interpreter.Evaluate(step, first)[update.Inputs[1]][0];

        // The parameters are left as they are, so the second gradient equals the first, and so do the corrected moments.
        var second = Interpreter.Evaluate(step, first with { Step = 2 });
        double[] w = second[update.Inputs[0]][0];
        for (int i = 0; i < w.Length; i++)
        {
            Assert.Equal(w[i] - (0.1 * dw[i] / (Math.Abs(dw[i]) + OptimizerRule.AdamRule.Epsilon)), second[update][0][i], 12);
        }

        // Moments that had started from zero again would be too small for the correction of the second step.
        double[] fresh = Interpreter.Evaluate(step, small.NewEvaluation() with { Step = 2 })[update][0];
        Assert.NotEqual(second[update][0], fresh);
    }

    [Theory]
    [ClassData(typeof(OpShapes))]
    public void IsFusedWithTheGradient(OpShape shape) =>
        UpdateCheck.AssertFuses(shape, Spec.Optimizer.Adam, "LinearAdam", "EmbedAdam");

    [Fact]
    public void RefusesShapesThatDoNotFit()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node w = small.Parameter("w", 7, 6), other = small.Parameter("other", 6, 7);
        Node x = small.Activation("x", 6), dy = small.Activation("dy", 7);
        Node rate = small.Builder.Add(new Input(InputKind.LearningRate), "learning_rate");
        ShapeErrors.AssertRefused(small, new Update(OptimizerRule.Adam), "parameter's shape", w, other, rate);
        ShapeErrors.AssertRefused(small, new FoldedUpdate(OptimizerRule.Adam, new LinearWeightGrad()), "parameter's shape", w, x, dy, rate);
        ShapeErrors.AssertRefused(
            small, new FoldedUpdate(OptimizerRule.Adam, new EmbedGrad(7)), "parameter's shape", w, dy, small.Tokens, rate);
    }
}
