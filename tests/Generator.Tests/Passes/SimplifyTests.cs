using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Passes;
using MicroGpt.Generator.Tests.Ops;
using Xunit;

namespace MicroGpt.Generator.Tests.Passes;

public sealed class SimplifyTests
{
    private static readonly OpShape Shape = new("any", [3, 2], 2, 3, 5);

    /// <summary>One matrix for queries, keys and values, cut in three: the gradients of the cuts are put side by side again.</summary>
    [Theory]
    [InlineData(0, 2, 4)]
    [InlineData(4, 2, 0)]
    public void GradientsOfSlicesSideBySideAreOneConcatenation(int first, int second, int third)
    {
        var small = new SmallGraph(Shape);
        Node x = small.Activation("x", 6);
        Node[] parts = [.. new[] { first, second, third }.Select(from => small.Builder.Add(
            new Elementwise(from == 0 ? ElementwiseFunctions.Exp : ElementwiseFunctions.Tanh), "f",
            small.Builder.Add(new Slice(from, from + 2), "part", x)))];
        Node loss = small.LossOf(small.Builder.Add(new Concat(), "all", parts));
        FusionCheck.AssertKeepsValues(small, loss);
        Graph.Graph simple = Simplify.Run(small.WithGradients(loss));
        Node dx = simple.Nodes.Single(n => n.Name == "dx");
        Assert.Equal((new Concat(), 3), (dx.Op, dx.Inputs.Length));
        Assert.DoesNotContain(simple.Nodes, n => n.Op is Pad);
    }

    /// <summary>Beside a sum of several channels, one kernel cannot tell a sum of one from it.</summary>
    [Fact]
    public void ReductionsAndRepetitionsOfOneChannelGo()
    {
        var small = new SmallGraph(Shape);
        Node largest = small.Builder.Add(new Reduce(Reduction.Largest), "largest", small.Activation("x", 3));
        Node again = small.Builder.Add(new RepeatChannels(1), "again", small.Builder.Add(new Reduce(Reduction.Sum), "sum", largest));
        Node loss = small.LossOf(small.Builder.Add(new RepeatChannels(4), "wide", again));
        FusionCheck.AssertKeepsValues(small, loss);
        Graph.Graph simple = Simplify.Run(small.WithGradients(loss));
        Assert.DoesNotContain(simple.Nodes, n => n.Op is Reduce or RepeatChannels && n.Inputs[0].Shape.Equals(n.Shape));
    }

    [Fact]
    public void SlicesThatLeaveAGapKeepTheirZeros()
    {
        var small = new SmallGraph(Shape);
        Node x = small.Activation("x", 6);
        Node y =
            small.Builder.Add(new Concat(), "y", small.Builder.Add(new Slice(0, 2), "a", x), small.Builder.Add(new Slice(3, 5), "b", x));
        Node loss = small.LossOf(y);
        FusionCheck.AssertKeepsValues(small, loss);
        Assert.Equal(2, Simplify.Run(small.WithGradients(loss)).Nodes.Count(n => n.Op is Pad));
    }

    [Fact]
    public void WhatChangesNothingGoes()
    {
        var small = new SmallGraph(Shape);
        Node x = small.Activation("x", 6), one = small.Builder.Number(1);
        Node Do(Op op, params Node[] inputs) => small.Builder.Add(op, "n", inputs);
        var multiply = new Elementwise(ElementwiseFunctions.Multiply);
        Node y = Do(new Detach(), Do(multiply, Do(multiply, x, one), one));
        y = Do(multiply, one, Do(new Regroup(1), Do(new Regroup(3), Do(new Regroup(2), y))));
        y = Do(new Slice(0, 6), Do(new Pad(0, 0), Do(new Concat(), y)));
        y = Do(new Slice(6, 12), Do(new Concat(), small.Activation("z", 6), y, x));
        Graph.Graph simple = Simplify.Run(small.Forward(y));
        Assert.Equal(["tokens", "x_table", "x", "z_table"], simple.Nodes.Select(n => n.Name));
        Assert.Equal("x", simple.Outputs.Single().Name);
    }

    [Fact]
    public void AViewOfAViewIsAViewOfWhatLiesBeneath()
    {
        var small = new SmallGraph(Shape);
        Node x = small.Activation("x", new Axis(2, 3));
        Node y = small.Builder.Add(new Regroup(3), "y", small.Builder.Add(new Regroup(1), "flat", x));
        Node simple = Simplify.Run(small.Forward(y)).Outputs.Single();
        Assert.Equal((new Regroup(3), "x"), (simple.Op, simple.Inputs.Single().Name));
    }
}
