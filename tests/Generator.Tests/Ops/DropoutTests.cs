namespace MicroGpt.Generator.Tests.Ops;

using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using Xunit;

[TestsOf(typeof(Dropout), typeof(DropoutFactors))]
public sealed class DropoutTests
{
    [Theory]
    [ClassData(typeof(OpShapes))]
    public void GradientMatchesDifferences(OpShape shape)
    {
        var small = new SmallGraph(shape) { Dropout = new DropoutDraw(42, 3) };
        Node x = small.Activation("x", shape.Channels);
        Node y = small.Builder.Add(new Dropout(0.3, 1), "y", x);
        GradientCheck.AssertMatchesDifferences(small, small.LossOf(small.Builder.Add(new Concat(), "both", x, y)));
    }

    // Test vectors of the authors' library Random123.
    [Theory]
    [InlineData(0ul, 0u, 0u, 0u, 0u, new[] { 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u })]
    [InlineData(ulong.MaxValue, ~0u, ~0u, ~0u, ~0u, new[] { 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu })]
    [InlineData(
        0x299f31d0a4093822ul, 0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u,
        new[] { 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u })]
    public void PhiloxIsThatOfThePaper(ulong key, uint c0, uint c1, uint c2, uint c3, uint[] expected)
    {
        Assert.Equal(expected, Philox.Draw(key, c0, c1, c2, c3));
        Assert.Equal(expected, Numerics.Philox.Draw(key, c0, c1, c2, c3));
    }

    [Fact]
    public void WhatIsDroppedFollowsFromSeedStepSiteRowAndChannel()
    {
        var small = new SmallGraph(new OpShape("any", [3, 2], 1, 7, 3)) { Dropout = new DropoutDraw(7, 5, FirstRow: 100) };
        Node x = small.Activation("x", 7), y = small.Builder.Add(new Dropout(0.4, 2), "y", x);
        var values = Interpreter.Evaluate(small.Forward(y), small.NewEvaluation());
        for (int i = 0; i < 35; i++)
        {
            uint word = Philox.Draw(7, 5, 2, (uint)(100 + (i / 7)), (uint)(i % 7 / 4))[i % 7 % 4];
            Assert.Equal(word / 4294967296.0 < 0.4 ? 0 : values[x][0][i] / 0.6, values[y][0][i]);
        }

        Assert.InRange(values[y][0].Count(e => e == 0), 5, 25);
    }

    [Fact]
    public void DropsNothingOutsideOfTraining()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node x = small.Activation("x", 6), y = small.Builder.Add(new Dropout(0.4, 2), "y", x);
        var values = Interpreter.Evaluate(small.Forward(y), small.NewEvaluation());
        Assert.Equal(values[x][0], values[y][0]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void FactorsAreWhatDropoutMultipliesBy(bool trains)
    {
        var small = new SmallGraph(new OpShape("any", [3, 2], 1, 7, 3)) { Dropout = trains ? new DropoutDraw(7, 5, FirstRow: 100) : null };
        var call = new Dropout(0.5, 2);
        Node x = small.Activation("x", 7), y = small.Builder.Add(call, "y", x);
        Node factors =
            small.Builder.Add(new DropoutFactors(call, 7), "factors", small.Builder.Add(new Input(InputKind.Positions), "positions"));
        var values = Interpreter.Evaluate(small.Forward(small.Builder.Add(new Concat(), "both", y, factors)), small.NewEvaluation());
        Assert.Equal(values[y][0], values[x][0].Zip(values[factors][0], (value, factor) => value * factor));
    }

    [Fact]
    public void TwoCallsAreNeverMerged()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node x = small.Activation("x", 6);
        Assert.NotSame(small.Builder.Add(new Dropout(0.4, 0), "y", x), small.Builder.Add(new Dropout(0.4, 1), "z", x));
    }

    [Fact]
    public void RefusesWhatDoesNotFit()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        ShapeErrors.AssertRefused(small, new Dropout(0.4, 0), "activation", small.Vector("v", 6));
        ShapeErrors.AssertRefused(small, new Dropout(1, 0), "less than 1", small.Activation("x", 6));
    }
}
