namespace MicroGpt.Generator.Tests.Ops;

using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Passes;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu;
using Xunit;
using F = MicroGpt.Generator.Ops.ElementwiseFunctions;

[TestsOf(typeof(RowProgram), typeof(RowInput))]
public sealed class RowProgramTests
{
    /// <summary>A norm is one program forward and one backward, and computes what its parts compute.</summary>
    [Theory]
    [ClassData(typeof(OpShapes))]
    public void FusionKeepsValues(OpShape shape)
    {
        var small = new SmallGraph(shape);
        Graph before = Simplify.Run(small.WithUpdates(small.LossOf(Norm(small, small.Activation("x", shape.Channels)))));
        Graph after = FuseRows.Run(before, new CpuTarget(Precision.Double));
        Verifier.Verify(after);
        Assert.DoesNotContain(after.Nodes, n => n.Op is Elementwise or Reduce or RepeatChannels);
        Assert.True(after.Nodes.Count(n => n.Op is RowProgram) == 2, GraphPrinter.Print(before) + GraphPrinter.Print(after));

        var expected = Interpreter.Evaluate(before, small.NewEvaluation());
        var actual = Interpreter.Evaluate(after, small.NewEvaluation());
        foreach (var (old, now) in before.Outputs.Zip(after.Outputs))
        {
            Assert.All(expected[old][0].Zip(actual[now][0]), pair => Assert.Equal(pair.First, pair.Second, 1e-13));
        }
    }

    [Fact]
    public void SaysItsFormula()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node x = small.Activation("x", 6);
        Node y =
            small.Builder.Add(new Elementwise(F.Tanh), "y", small.Builder.Add(new Elementwise(F.Add), "sum", x, small.Builder.Number(1)));
        Graph after = FuseRows.Run(small.Forward(y), new CpuTarget(Precision.Double));
        Node program = Assert.Single(after.Nodes, n => n.Op is RowProgram);
        Assert.Equal("y = tanh(x + 1): [rows, 6]", program.Op.Describe(program));
    }

    [Fact]
    public void RefusesShapesThatDoNotFit()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node x = small.Activation("x", 6);
        Graph after = FuseRows.Run(small.Forward(Norm(small, x)), new CpuTarget(Precision.Double));
        Op program = Assert.Single(after.Nodes, n => n.Op is RowProgram).Op;
        ShapeErrors.AssertRefused(small, program, "an input must be", small.Activation("other", 5));
        ShapeErrors.AssertRefused(small, program, "it takes", x, x);
    }

    private static Node Norm(SmallGraph small, Node x)
    {
        GraphBuilder g = small.Builder;
        Node sum = g.Add(new Reduce(Reduction.Sum), "sum", g.Add(new Elementwise(F.Square), "square", x));
        Node scale = g.Add(new Elementwise(F.Rsqrt), "scale", g.Add(new Elementwise(F.Add), "shifted", sum, g.Number(0.1)));
        return g.Add(new Elementwise(F.Multiply), "y", x, g.Add(new RepeatChannels(x.Shape.Inner.Size), "scales", scale));
    }
}
