using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using Xunit;

namespace MicroGpt.Generator.Tests.Ops;

[TestsOf(typeof(Elementwise))]
public sealed class ElementwiseTests
{
    /// <summary>Beside its inputs, so that there is a gradient even where a function is constant.</summary>
    [Theory]
    [ClassData(typeof(OpShapes))]
    public void GradientMatchesDifferences(OpShape shape)
    {
        foreach (ElementwiseFunction function in ElementwiseFunctions.All)
        {
            var small = new SmallGraph(shape);
            Node[] inputs = Inputs(small, function, i => Positive(small, small.Activation($"x{i}", shape.Channels)), low: 0.7, high: 1.3);
            AssertMatchesDifferences(small, function, inputs);
        }
    }

    [Theory]
    [InlineData("Abs")]
    [InlineData("Tanh")]
    [InlineData("Sigmoid")]
    [InlineData("Erf")]
    [InlineData("Relu")]
    [InlineData("Max")]
    [InlineData("Clamp")]
    [InlineData("Gate")]
    public void GradientMatchesDifferencesOnBothSidesOfZero(string name)
    {
        ElementwiseFunction function = ElementwiseFunctions.All.Single(f => f.Name == name);
        var small = new SmallGraph(new OpShape("both signs", [5, 4], 3, 5, 13));
        Node[] inputs = Inputs(small, function, i => small.Activation($"x{i}", 15), low: -0.4, high: 0.3);
        AssertMatchesDifferences(small, function, inputs);
    }

    [Fact]
    public void GradientMatchesDifferencesOnVectorsAndMatrices()
    {
        var small = new SmallGraph(new OpShape("any", [3, 2], 2, 3, 4));
        Node a = small.Vector("a", 6), b = small.Vector("b", 6), w = small.Parameter("w", 6, 6), v = small.Parameter("v", 6, 6);
        Node vector = small.Builder.Add(new Elementwise(ElementwiseFunctions.Multiply), "vector", a, b);
        Node matrix = small.Builder.Add(new Elementwise(ElementwiseFunctions.Multiply), "matrix", w, v);
        Assert.Equal((Shape.Vector(6), Shape.Matrix(6, 6)), (vector.Shape, matrix.Shape));
        Node y = small.Builder.Add(new Linear(), "y", small.Builder.Add(new RepeatRows(), "rows", vector), matrix);
        GradientCheck.AssertMatchesDifferences(small, small.LossOf(y));
    }

    [Fact]
    public void AConstantStandsForAnyInput()
    {
        var small = new SmallGraph(new OpShape("any", [3], 1, 4, 4));
        Node x = Positive(small, small.Activation("x", 4)), half = small.Builder.Number(-0.5);
        Node y = small.Builder.Add(new Elementwise(ElementwiseFunctions.Divide), "y", half, x);
        Assert.Equal("y = -0.5 / positive_x: [rows, 4]", y.Op.Describe(y));
        Node z = small.Builder.Add(new Elementwise(ElementwiseFunctions.Clamp), "z", y, half, small.Builder.Number(-0.2));
        GradientCheck.AssertMatchesDifferences(small, small.LossOf(z));
    }

    // Erf from Python's math.erf; the others follow from their definitions.
    [Theory]
    [InlineData("Subtract", 1.5, 2, -0.5)]
    [InlineData("Divide", 1, 8, 0.125)]
    [InlineData("Negate", 3, 0, -3)]
    [InlineData("Exp", 1, 0, Math.E)]
    [InlineData("Log", Math.E, 0, 1)]
    [InlineData("Sqrt", 2, 0, 1.4142135623730951)]
    [InlineData("Rsqrt", 4, 0, 0.5)]
    [InlineData("Square", -3, 0, 9)]
    [InlineData("Abs", -3, 0, 3)]
    [InlineData("Tanh", 0.5, 0, 0.46211715726000973)]
    [InlineData("Sigmoid", 0.5, 0, 0.6224593312018546)]
    [InlineData("Sigmoid", -1000, 0, 0)]
    [InlineData("Sigmoid", 1000, 0, 1)]
    [InlineData("Erf", 0.1, 0, 0.1124629160182849)]
    [InlineData("Erf", 0.5, 0, 0.5204998778130465)]
    [InlineData("Erf", 1, 0, 0.8427007929497148)]
    [InlineData("Erf", 2, 0, 0.9953222650189527)]
    [InlineData("Erf", 3, 0, 0.9999779095030014)]
    [InlineData("Erf", -0.7, 0, -0.6778011938374184)]
    [InlineData("Relu", -2, 0, 0)]
    [InlineData("Max", -2, 3, 3)]
    [InlineData("Min", -2, 3, -2)]
    [InlineData("Sign", -2, 0, -1)]
    [InlineData("Gate", 7, 0, 0)]
    [InlineData("Gate", 7, 1e-9, 7)]
    [InlineData("Exceeds", 2, 1, 1)]
    [InlineData("Exceeds", 1, 1, 0.5)]
    [InlineData("EqualTo", 1, 1, 1)]
    public void HasTheValueOfItsDefinition(string name, double a, double b, double expected)
    {
        ElementwiseFunction function = ElementwiseFunctions.All.Single(f => f.Name == name);
        Assert.Equal(expected, function.Arity == 1 ? function.Evaluate(a) : function.Evaluate(a, b), 1e-15);
    }

    /// <summary>As PyTorch has it.</summary>
    [Theory]
    [InlineData("Relu", 0, 0)]
    [InlineData("Abs", 0, 0)]
    [InlineData("Max", 0.5, 0.5)]
    [InlineData("Min", 0.5, 0.5)]
    [InlineData("Clamp", 1, double.NaN)]
    public void GradientAtATie(string name, double first, double second)
    {
        ElementwiseFunction function = ElementwiseFunctions.All.Single(f => f.Name == name);
        var small = new SmallGraph(new OpShape("zeros", [1], 1, 1, 3));
        Node a = small.Activation("a", 1), b = small.Activation("b", 1);
        Node[] inputs =
        [
            a,
            .. function.Arity == 1 ? [] : function.Arity == 2 ? new[] { b } : [small.Builder.Number(0), small.Builder.Number(4)],
        ];
        Node y = small.Builder.Add(new Elementwise(function), "y", inputs);
        Graph.Graph graph = small.WithGradients(small.LossOf(small.Builder.Add(
            new Elementwise(ElementwiseFunctions.Add), "z", y,
            small.Builder.Add(new Elementwise(ElementwiseFunctions.Multiply), "zero", b, small.Builder.Number(0)))));
        Evaluation run = small.NewEvaluation();
        Array.Clear(run.Parameters["a_table"]);
        Array.Clear(run.Parameters["b_table"]);
        var values = Interpreter.Evaluate(graph, run);
        double Of(string gradient) => values[graph.Nodes.Single(n => n.Name == gradient)][0][0];
        double dy = Of("dz"), ofFirst = values[graph.Outputs[1]][0][0], ofSecond = values[graph.Outputs[2]][0][0];
        Assert.NotEqual(0, dy);
        Assert.Equal(first * dy, ofFirst);
        if (function.Arity == 2)
        {
            Assert.Equal(second * dy, ofSecond);
        }
    }

    [Fact]
    public void FormulasHaveTheParenthesesThatTheyNeed()
    {
        Formula a = Formula.Atom("a"), b = Formula.Atom("b"), c = Formula.Atom("c");
        Formula sum = ElementwiseFunctions.Add.Write(a, b), difference = ElementwiseFunctions.Subtract.Write(a, b);
        Assert.Equal("(a + b) * c", ElementwiseFunctions.Multiply.Write(sum, c).Text);
        Assert.Equal("c - (a - b)", ElementwiseFunctions.Subtract.Write(c, difference).Text);
        Assert.Equal("a - b - c", ElementwiseFunctions.Subtract.Write(difference, c).Text);
        Assert.Equal("c / (a / b)", ElementwiseFunctions.Divide.Write(c, ElementwiseFunctions.Divide.Write(a, b)).Text);
        Assert.Equal("-(a + b)", ElementwiseFunctions.Negate.Write(sum).Text);
        Assert.Equal("(-a)²", ElementwiseFunctions.Square.Write(ElementwiseFunctions.Negate.Write(a)).Text);
        Assert.Equal("max(a + b, c)", ElementwiseFunctions.Max.Write(sum, c).Text);
        Assert.Equal("(a where b > 0, else 0) + c", ElementwiseFunctions.Add.Write(ElementwiseFunctions.Gate.Write(a, b), c).Text);
    }

    [Fact]
    public void NamesAreUnique() => Assert.Equal(
        ElementwiseFunctions.All.Select(f => f.Name), ElementwiseFunctions.All.Select(f => f.Name).Distinct());

    [Fact]
    public void RefusesShapesThatDoNotFit()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node x = small.Activation("x", 6), rate = small.Builder.Add(new Input(InputKind.LearningRate), "learning_rate");
        var add = new Elementwise(ElementwiseFunctions.Add);
        ShapeErrors.AssertRefused(small, add, "same shape", x, small.Activation("narrow", 5));
        ShapeErrors.AssertRefused(small, add, "same shape", x, small.Activation("heads", new Axis(2, 3)));
        ShapeErrors.AssertRefused(small, add, "same shape", x, small.Vector("vector", 6));
        ShapeErrors.AssertRefused(small, add, "same shape", small.Builder.Number(1), small.Builder.Number(2));
        ShapeErrors.AssertRefused(small, add, "must be a constant", x, rate);
        ShapeErrors.AssertRefused(small, add, "takes 2 inputs", x);
        ShapeErrors.AssertRefused(
            small, new Elementwise(ElementwiseFunctions.Clamp), "bounds must be constants", x, x, small.Builder.Number(1));
        ShapeErrors.AssertRefused(small, add, "activations, vectors and matrices", small.Tokens, small.Tokens);
    }

    private static void AssertMatchesDifferences(SmallGraph small, ElementwiseFunction function, Node[] inputs)
    {
        Node y = small.Builder.Add(new Elementwise(function), "y", inputs);
        GradientCheck.AssertMatchesDifferences(
            small, small.LossOf(small.Builder.Add(new Concat(), "all", [y, .. inputs.Where(i => i.Shape.Kind == ShapeKind.Rows)])));
    }

    private static Node[] Inputs(
        SmallGraph small, ElementwiseFunction function, Func<int, Node> make, double low, double high) => function.Arity == 3
        ? [make(0), small.Builder.Number(low), small.Builder.Number(high)]
        : [.. Enumerable.Range(0, function.Arity).Select(make)];

    /// <summary>exp(x / 2): within the domain of every function, and far from where one breaks off.</summary>
    private static Node Positive(SmallGraph small, Node x) => small.Builder.Add(
        new Elementwise(ElementwiseFunctions.Exp),
        "positive_" + x.Local,
        small.Builder.Add(new Elementwise(ElementwiseFunctions.Multiply), "half_" + x.Local, x, small.Builder.Number(0.5)));
}
