using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Passes;
using MicroGpt.Generator.Targets.Cpu;
using MicroGpt.Generator.Tests.Ops;
using Xunit;
using F = MicroGpt.Generator.Ops.ElementwiseFunctions;

namespace MicroGpt.Generator.Tests.Passes;

public sealed class SimplifyRowsTests
{
    private readonly SmallGraph _small = new(new OpShape("any", [3, 2], 2, 3, 5));
    private readonly Node _x;

    public SimplifyRowsTests() => _x = _small.Activation("x", 4);

    [Fact]
    public void NumbersAreMultipliedAtCompileTime() =>
        AssertFormula("y = -3 * x", Do(F.Multiply, Number(2), Do(F.Negate, Do(F.Multiply, _x, Number(1.5)))));

    /// <summary>Their product would be infinite, and times zero no number.</summary>
    [Fact]
    public void NumbersStayApartWhoseProductOverflows()
    {
        Node Times(Node x, params double[] numbers) => numbers.Aggregate(x, (y, n) => Do(F.Multiply, y, Number(n)));
        AssertFormula("y = tanh(1E+30 * (1E+30 * x))", Do(F.Tanh, Times(_x, 1e30, 1e30)));
        AssertFormula("y = tanh(1E+30 * (-1E+30 * x))", Do(F.Tanh, Do(F.Negate, Times(_x, 1e30, 1e30))));
        AssertFormula("y = tanh(1E+30 * x)", Do(F.Tanh, Times(_x, 1e30, 1e30, 1e-30)));
        AssertFormula("y = tanh(1E+200 * (1E+200 * x))", Do(F.Tanh, Times(_x, 1e200, 1e200)));
        AssertFormula("y = tanh(2E+50 * x)", Do(F.Tanh, Times(_x, 1e50, 2)));
        AssertFormula("y = tanh(1E+30 * (1E+30 * sum(x)) * x)", Do(F.Tanh, Times(Do(F.Multiply, _x, Repeat(Sum(_x))), 1e30, 1e30)));
    }

    [Fact]
    public void FactorsThatChannelsShareAreMultipliedFirst() => AssertFormula(
        "y = largest(x) * (0.5 * sum(x)) * (x * exp(x))",
        Do(F.Multiply, Number(0.5), Do(
            F.Multiply, Do(F.Multiply, Do(F.Multiply, _x, Repeat(Sum(_x))), Do(F.Exp, _x)), Repeat(Largest(_x)))));

    [Fact]
    public void DivisionsByANumberOfTheRowAreOne() =>
        AssertFormula("y = 1 / sum(x) * exp(x)", Do(F.Divide, Do(F.Exp, _x), Repeat(Sum(_x))));

    /// <summary>The gradient of a mean that was subtracted is the mean of the gradient, which need not wait for the variance.</summary>
    [Fact]
    public void ASumIsTakenApartWhereItNeedNotWait()
    {
        Node scaled = Do(F.Add, Do(F.Multiply, _x, Repeat(Sum(_x))), Do(F.Exp, _x));
        AssertFormula("y = sum(x) * sum(x) + sum(exp(x)) - x", Do(F.Subtract, Repeat(Sum(scaled)), _x));
    }

    [Fact]
    public void WhatIsLeftOfAMeanSumsToZero()
    {
        Node centred = Do(F.Subtract, _x, Repeat(Do(F.Multiply, Sum(_x), Number(0.25))));
        Node scaled = Do(F.Add, Do(F.Multiply, centred, Repeat(Sum(Do(F.Square, centred)))), Do(F.Exp, _x));
        AssertFormula("y = sum(exp(x)) - x", Do(F.Subtract, Repeat(Sum(scaled)), _x));
    }

    /// <summary>Σ (x - largest) as Σ x - n largest would cancel digits.</summary>
    [Fact]
    public void ADifferenceIsSummedAsItIs() =>
        AssertFormula("y = sum(x - largest(x)) - x", Do(F.Subtract, Repeat(Sum(Do(F.Subtract, _x, Repeat(Largest(_x))))), _x));

    /// <summary>GELU by a hyperbolic tangent, and what its derivative asks of it.</summary>
    [Fact]
    public void ATangentsDistanceFromOneIsASigmoid()
    {
        Node tanh = Do(F.Tanh, Do(F.Multiply, Number(0.75), _x)), one = Number(1);
        Node half = Do(F.Multiply, Number(0.5), Do(F.Add, one, tanh));
        AssertFormula("y = sigmoid(1.5 * x) * x", Do(F.Multiply, half, _x));
        AssertFormula(
            "v1 = sigmoid(1.5 * x); y = 4 * (v1 * (1 - v1)) + 2 * (v1 * x)",
            Do(F.Add, Do(F.Subtract, one, Do(F.Square, tanh)), Do(F.Multiply, Do(F.Add, tanh, one), _x)));
    }

    [Fact]
    public void ATangentThatIsReadOtherwiseStaysOne()
    {
        Node tanh = Do(F.Tanh, _x), square = Do(F.Square, tanh);
        AssertFormula("y = tanh(x) * (1 + tanh(x))", Do(F.Multiply, tanh, Do(F.Add, Number(1), tanh)));
        AssertFormula("y = tanh(x)² * (1 - tanh(x)²)", Do(F.Multiply, square, Do(F.Subtract, Number(1), square)));
    }

    [Fact]
    public void AQuotientOfEveryChannelStaysOne() => AssertFormula("y = exp(x) / tanh(x)", Do(F.Divide, Do(F.Exp, _x), Do(F.Tanh, _x)));

    private Node Number(double value) => _small.Builder.Number(value);

    private Node Do(ElementwiseFunction function, params Node[] inputs) => _small.Builder.Add(new Elementwise(function), "y", inputs);

    private Node Sum(Node of) => _small.Builder.Add(new Reduce(Reduction.Sum), "sum", of);

    private Node Largest(Node of) => _small.Builder.Add(new Reduce(Reduction.Largest), "largest", of);

    private Node Repeat(Node of) => _small.Builder.Add(new RepeatChannels(4), "repeated", of);

    private void AssertFormula(string expected, Node y)
    {
        Graph.Graph before = _small.Forward(y);
        Graph.Graph after = FuseRows.Run(before, new CpuTarget(Generator.Spec.Precision.Double));
        Verifier.Verify(after);
        Node program = Assert.Single(after.Nodes, n => n.Op is RowProgram);
        string formula = string.Join("; ", FormulaWriter.Write((RowProgram)program.Op, ["x"], ["y"]));
        Assert.Equal(expected, formula);
        double[] was = Interpreter.Evaluate(before, _small.NewEvaluation())[y][0],
            now = Interpreter.Evaluate(after, _small.NewEvaluation())[program][0];
        Assert.All(was.Zip(now), pair => Assert.Equal(pair.First, pair.Second, 1e-13));
    }
}
