namespace MicroGpt.Generator.Tests.Ops;

using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using Xunit;

[TestsOf(typeof(Parameter), typeof(Input), typeof(Constant), typeof(Part))]
public sealed class LeavesTests
{
    [Fact]
    public void InputsAreWhatTheCallerProvides()
    {
        var small = new SmallGraph(new OpShape("two segments", [2, 3], 1, 1, 3));
        Node rate = small.Builder.Add(new Input(InputKind.LearningRate), "learning_rate");
        Node third = small.Builder.Add(new Constant(1.0 / 3), "third");
        Evaluation run = small.NewEvaluation();
        var values = Interpreter.Evaluate(small.Forward(rate), run);

        Assert.Equal(run.Tokens.Select(t => (double)t), values[small.Tokens][0]);
        Assert.Equal(run.Targets.Select(t => (double)t), values[small.Targets][0]);
        Assert.Equal([0, 1, 0, 1, 2], values[small.Positions][0]);
        Assert.Equal([0.1], values[rate][0]);
        Assert.Equal([1.0 / 3], values[third][0]);
        Assert.Equal((Shape.Indices, Shape.Scalar), (small.Tokens.Shape, rate.Shape));
    }

    [Fact]
    public void AParameterHasTheValuesOfItsCanonicalName()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node w = small.Parameter("w", 2, new Axis(2, 3));
        Assert.Equal(Shape.Matrix(2, new Axis(2, 3)), w.Shape);
        Evaluation run = small.NewEvaluation();
        Assert.Same(run.Parameters["w"], Interpreter.Evaluate(small.Forward(w), run)[w][0]);
    }

    [Fact]
    public void PartsAreTheResultsOfAnOpWithSeveral()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node x = small.Activation("x", new Axis(2, 3));
        Node attention = small.Builder.Add(new Attention(4), "attention", x, x, x);
        Node y = small.Builder.Part(attention, 0, "y"), p = small.Builder.Part(attention, 1, "p");
        Assert.Equal(x.Shape, y.Shape);
        Assert.Equal(Shape.Attention(4, 2), p.Shape);
        var values = Interpreter.Evaluate(small.Forward(y), small.NewEvaluation());
        Assert.Same(values[attention][0], values[y][0]);
        Assert.Same(values[attention][1], values[p][0]);

        ShapeErrors.AssertRefused(small, new Part(2), "no such part", attention);
        ShapeErrors.AssertRefused(small, new Part(0), "no such part", x);
    }
}
