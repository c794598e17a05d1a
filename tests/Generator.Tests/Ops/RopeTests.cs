using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Passes;
using MicroGpt.Generator.Targets.Cpu;
using Xunit;

namespace MicroGpt.Generator.Tests.Ops;

[TestsOf(typeof(Rope), typeof(RopeAngles), typeof(RopeTurn))]
public sealed class RopeTests
{
    [Theory]
    [ClassData(typeof(OpShapes))]
    public void GradientMatchesDifferences(OpShape shape)
    {
        foreach (bool interleaved in new[] { false, true })
        {
            var small = new SmallGraph(shape);
            Node x = small.Activation("x", new Axis(shape.Heads, 2 * shape.HeadSize));
            Node y = small.Builder.Add(new Rope(100, interleaved), "y", x, small.Positions);
            GradientCheck.AssertMatchesDifferences(
                small, small.LossOf(small.Builder.Add(new Elementwise(ElementwiseFunctions.Multiply), "product", y, x)));
        }
    }

    /// <summary>Position 1 with θ = 10,000 and four channels: angles of 1 and 1/100.</summary>
    [Theory]
    [InlineData(false, 0, 2, 1, 3)]
    [InlineData(true, 0, 1, 2, 3)]
    public void TurnsPairsByTheirAngles(bool interleaved, int first, int second, int third, int fourth)
    {
        var small = new SmallGraph(new OpShape("two rows", [2], 1, 4, 3));
        Node x = small.Activation("x", 4), y = small.Builder.Add(new Rope(10000, interleaved), "y", x, small.Positions);
        var values = Interpreter.Evaluate(small.Forward(y), small.NewEvaluation());
        double[] before = values[x][0], after = values[y][0];
        Assert.Equal(before[..4], after[..4]);
        foreach (var (i, j, angle) in new[] { (first, second, 1.0), (third, fourth, 0.01) })
        {
            Assert.Equal((before[4 + i] * Math.Cos(angle)) - (before[4 + j] * Math.Sin(angle)), after[4 + i], 14);
            Assert.Equal((before[4 + i] * Math.Sin(angle)) + (before[4 + j] * Math.Cos(angle)), after[4 + j], 14);
        }
    }

    [Theory]
    [ClassData(typeof(OpShapes))]
    public void AllRotationsOfOneKindShareTheirAngles(OpShape shape)
    {
        var small = new SmallGraph(shape);
        Node x = small.Activation("x", new Axis(shape.Heads, 2 * shape.HeadSize)),
            z = small.Activation("z", new Axis(1, 2 * shape.HeadSize));
        Node y = small.Builder.Add(new Rope(100, true), "y", x, small.Positions);
        Node u = small.Builder.Add(new Rope(100, false), "u", z, small.Positions);
        Node loss = small.LossOf(small.Builder.Add(
            new Concat(), "both", small.Builder.Add(new Regroup(1), "flat", y), u));
        FusionCheck.AssertKeepsValues(
            small, loss, new RopeAngles(100, 2 * shape.HeadSize), new RopeTurn(true, false), new RopeTurn(false, Back: true));
        Assert.Single(Fuse.Run(small.Forward(loss), new CpuTarget(Spec.Precision.Double)).Nodes, n => n.Op is RopeAngles);
    }

    [Fact]
    public void RefusesShapesThatDoNotFit()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        ShapeErrors.AssertRefused(small, new Rope(100, false), "even number", small.Activation("x", new Axis(2, 3)), small.Positions);
        ShapeErrors.AssertRefused(small, new Rope(100, false), "positions are needed", small.Activation("z", 4), small.Activation("w", 4));
        ShapeErrors.AssertRefused(small, new RopeAngles(100, 4), "positions are needed", small.Activation("r", 4));
        ShapeErrors.AssertRefused(
            small, new RopeTurn(false, false), "even number", small.Activation("odd", 3), small.Activation("a", new Axis(2, 1)));
        ShapeErrors.AssertRefused(
            small, new RopeTurn(false, false), "an angle for each pair", small.Activation("even", 4),
            small.Activation("b", new Axis(2, 1)));
    }
}
