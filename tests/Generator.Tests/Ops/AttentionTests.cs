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

    /// <summary>Grouped heads, values of another size than keys, a scale, a window and a soft cap, each alone and all together.</summary>
    [Theory]
    [ClassData(typeof(OpShapes))]
    public void GradientOfEveryVariantMatchesDifferences(OpShape shape)
    {
        var plain = new Attention(shape.BlockSize);
        foreach (Attention op in new[]
        {
            plain with { Scale = 0.9 }, plain with { Window = 2 }, plain with { Softcap = 0.7 },
            plain with { Scale = 1.3, Window = 3, Softcap = 1.1 },
        })
        {
            foreach (int keyHeads in Enumerable.Range(1, shape.Heads).Where(n => shape.Heads % n == 0))
            {
                var small = new SmallGraph(shape);
                Node y = Attend(small, op, keyHeads, valueSize: shape.HeadSize + 1).Y;
                Assert.Equal(Shape.Rows(new Axis(shape.Heads, shape.HeadSize + 1)), y.Shape);
                GradientCheck.AssertMatchesDifferences(small, small.LossOf(y));
            }
        }
    }

    // Worked out by hand: two heads of one channel over one key head. Scores of the last row: q·k times 2, capped at 3 tanh(s / 3).
    [Fact]
    public void HasTheValueOfItsDefinition()
    {
        var small = new SmallGraph(new OpShape("by hand", [3], 2, 1, 2));
        Node y = Attend(small, new Attention(3) { Scale = 2, Window = 2, Softcap = 3 }, keyHeads: 1, valueSize: 1).Y;
        Evaluation run = small.NewEvaluation();
        void Set(string table, params double[] rows)
        {
            int width = rows.Length / 3;
            for (int row = 0; row < 3; row++)
            {
                Array.Copy(rows, row * width, run.Parameters[table], run.Tokens[row] * width, width);
            }
        }

        Set("q_table", 9, 9, 9, 9, 1, 0);
        Set("k_table", 50, 1, 0.5);
        Set("v_table", 1000, 10, 20);
        double[] last = Interpreter.Evaluate(small.Forward(y), run)[y][0][4..];
        double s1 = 3 * Math.Tanh(2 / 3.0), s2 = 3 * Math.Tanh(1 / 3.0);
        double p1 = Math.Exp(s1) / (Math.Exp(s1) + Math.Exp(s2));
        Assert.Equal((10 * p1) + (20 * (1 - p1)), last[0], 12);
        Assert.Equal(15, last[1], 12);
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
                double[] ofRow = [.. Enumerable.Range(0, shape.BlockSize)
                    .Select(key => weights[(((row * shape.BlockSize) + key) * shape.Heads) + head])];
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
        Node x = small.Activation("x", new Axis(2, 3)),
            other = small.Activation("other", new Axis(3, 2)), plain = small.Activation("plain", 6);
        Node w = small.Parameter("w", 6, 6);
        Node attention = small.Builder.Add(new Attention(4), "attention", x, x, x);
        Node p = small.Builder.Part(attention, 1, "p");
        Node longer = small.Builder.Part(small.Builder.Add(new Attention(5), "longer", x, x, x), 1, "p");

        ShapeErrors.AssertRefused(small, new Attention(4), "same number of heads", x, x, plain);
        ShapeErrors.AssertRefused(small, new Attention(4), "heads of the same size", x, other, other);
        ShapeErrors.AssertRefused(
            small, new Attention(4), "same number of query heads", x, small.Activation("k", new Axis(4, 3)),
            small.Activation("v", new Axis(4, 3)));
        ShapeErrors.AssertRefused(small, new Attention(4), "activations", w, w, w);
        ShapeErrors.AssertRefused(small, new AttentionGrad(4), "shape of the result", x, x, x, other, p, x);
        ShapeErrors.AssertRefused(small, new AttentionGrad(4), "attention weights", x, x, x, x, longer, x);
    }

    private static Axis Heads(OpShape shape) => new(shape.Heads, shape.HeadSize);

    /// <summary>Attention with queries, keys and values of their own.</summary>
    private static (Node Y, Node P) Attend(SmallGraph small) =>
        Attend(small, new Attention(small.Shape.BlockSize), small.Shape.Heads, small.Shape.HeadSize);

    private static (Node Y, Node P) Attend(SmallGraph small, Attention op, int keyHeads, int valueSize)
    {
        Node attention = small.Builder.Add(
            op,
            "attention",
            small.Activation("q", Heads(small.Shape)),
            small.Activation("k", new Axis(keyHeads, small.Shape.HeadSize)),
            small.Activation("v", new Axis(keyHeads, valueSize)));
        return (small.Builder.Part(attention, 0, "y"), small.Builder.Part(attention, 1, "p"));
    }
}
