using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using Xunit;

namespace MicroGpt.Generator.Tests.Ops;

[TestsOf(typeof(Attention), typeof(AttentionGrad))]
public sealed class AttentionTests
{
    [Theory]
    [ClassData(typeof(OpShapes))]
    public void GradientMatchesDifferences(OpShape shape)
    {
        var small = new SmallGraph(shape);
        GradientCheck.AssertMatchesDifferences(small, small.LossOf(Attend(small).Y));
    }

    [Theory]
    [ClassData(typeof(OpShapes))]
    public void GradientOfOneValueInThreeRolesIsTheSum(OpShape shape)
    {
        var small = new SmallGraph(shape);
        Node x = small.Activation("x", Heads(shape));
        Node attention = small.Builder.Add(new Attention(shape.BlockSize), "attention", x, x, x);
        GradientCheck.AssertMatchesDifferences(small, small.LossOf(small.Builder.Part(attention, 0, "y")));
    }

    [Theory]
    [ClassData(typeof(OpShapes))]
    public void WeightsAreADistributionOverTheRowsBeforeInTheSameSegment(OpShape shape)
    {
        var small = new SmallGraph(shape);
        (Node y, Node p) = Attend(small);
        double[] weights = Interpreter.Evaluate(small.Forward(y), small.NewEvaluation())[p][0];
        for (int row = 0; row < shape.Rows; row++)
        {
            int keys = row - shape.Starts.Last(start => start <= row) + 1;
            for (int head = 0; head < shape.Heads; head++)
            {
                double[] ofRow = [.. Enumerable.Range(0, shape.BlockSize).Select(key => weights[(((row * shape.BlockSize) + key) * shape.Heads) + head])];
                Assert.Equal(1, ofRow.Take(keys).Sum(), 12);
                Assert.All(ofRow.Take(keys), weight => Assert.True(weight > 0));
                Assert.All(ofRow.Skip(keys), weight => Assert.Equal(0, weight));
            }
        }
    }

    [Fact]
    public void SegmentsDoNotSeeEachOther()
    {
        var both = new SmallGraph(new OpShape("both", [3, 2], 2, 3, 4));
        Node y = Attend(both).Y;
        Evaluation run = both.NewEvaluation();
        double[] together = Interpreter.Evaluate(both.Forward(y), run)[y][0];
        Evaluation second = run with { Tokens = run.Tokens[3..], Targets = run.Targets[3..], Starts = [0, 2] };
        Assert.Equal(together[(3 * 6)..], Interpreter.Evaluate(both.Forward(y), second)[y][0]);
    }

    [Fact]
    public void RefusesShapesThatDoNotFit()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node x = small.Activation("x", new Axis(2, 3)), other = small.Activation("other", new Axis(3, 2)), plain = small.Activation("plain", 6);
        Node w = small.Parameter("w", 6, 6);
        Node attention = small.Builder.Add(new Attention(4), "attention", x, x, x);
        Node p = small.Builder.Part(attention, 1, "p");
        Node longer = small.Builder.Part(small.Builder.Add(new Attention(5), "longer", x, x, x), 1, "p");

        ShapeErrors.AssertRefused(small, new Attention(4), "same shape", x, x, other);
        ShapeErrors.AssertRefused(small, new Attention(4), "same shape", x, plain, x);
        ShapeErrors.AssertRefused(small, new Attention(4), "same shape", w, w, w);
        ShapeErrors.AssertRefused(small, new AttentionGrad(4), "shape of q", x, x, x, other, p, x);
        ShapeErrors.AssertRefused(small, new AttentionGrad(4), "attention weights", x, x, x, x, longer, x);
    }

    private static Axis Heads(OpShape shape) => new(shape.Heads, shape.HeadSize);

    /// <summary>Attention with queries, keys and values of their own.</summary>
    private static (Node Y, Node P) Attend(SmallGraph small)
    {
        Axis heads = Heads(small.Shape);
        Node attention = small.Builder.Add(
            new Attention(small.Shape.BlockSize), "attention", small.Activation("q", heads), small.Activation("k", heads), small.Activation("v", heads));
        return (small.Builder.Part(attention, 0, "y"), small.Builder.Part(attention, 1, "p"));
    }
}
