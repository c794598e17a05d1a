namespace MicroGpt.Generator.Tests.Language;

using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Language;
using Xunit;
using static MicroGpt.Generator.Language.Functions;
using Parameter = MicroGpt.Generator.Language.Parameter;

/// <summary>What repeats over what, on vectors, whose values are short.</summary>
public sealed class BroadcastingTests
{
    [Theory]
    [InlineData(3, 1, 3, 1, "11 22 33")]
    [InlineData(6, 2, 6, 2, "11 22 33 44 55 66")]
    [InlineData(6, 2, 6, 1, "11 22 33 44 55 66")]
    [InlineData(6, 1, 6, 3, "11 22 33 44 55 66")]
    [InlineData(3, 1, 1, 1, "11 12 13")]
    [InlineData(1, 1, 3, 1, "11 21 31")]
    [InlineData(4, 2, 1, 1, "11 12 13 14")]
    [InlineData(4, 2, 2, 2, "11 12 23 24")]
    [InlineData(2, 2, 4, 2, "11 21 32 42")]
    [InlineData(6, 3, 2, 1, "11 22 13 24 15 26")]
    [InlineData(2, 1, 6, 3, "11 22 31 42 51 62")]
    public void RepeatsOverWhatIsLacking(int a, int groupsOfA, int b, int groupsOfB, string expected)
    {
        using var recording = Recording.Begin(2, 2, 0.1);
        Tensor sum = Vector(a, name: "a").Heads(groupsOfA) + Vector(b, name: "b").Heads(groupsOfB);
        Assert.Equal(Math.Max(groupsOfA, groupsOfB), sum.Groups);
        double[] values = Evaluate(
            sum, ("a", [.. Enumerable.Range(1, a).Select(i => (double)i)]), ("b", [.. Enumerable.Range(1, b).Select(i => 10.0 * i)]));
        Assert.Equal(expected, string.Join(" ", values));
    }

    [Fact]
    public void NumbersStandOnEitherSide()
    {
        using var recording = Recording.Begin(2, 2, 0.1);
        Parameter a = Vector(2, name: "a");
        Assert.Equal([0.5, 0.25], Evaluate(1 / a, ("a", [2, 4])));
        Assert.Equal([1, 2], Evaluate(a / 2, ("a", [2, 4])));
        Assert.Equal([-1, 1], Evaluate(a - 3, ("a", [2, 4])));
        Assert.Equal([1, -1], Evaluate(3 - a, ("a", [2, 4])));
        Assert.Equal([3, 4], Evaluate(Max(a, 3), ("a", [2, 4])));
        Assert.Equal([2, 3], Evaluate(Min(3, a), ("a", [2, 4])));
        Assert.Equal([2.5, 3.5], Evaluate(Clamp(a, 2.5, 3.5), ("a", [2, 4])));
        Assert.Equal([-2, -4], Evaluate(-a, ("a", [2, 4])));
    }

    // Gelu's values are x (1 + math.erf(x / sqrt(2))) / 2 in Python; the others are written out.
    [Fact]
    public void CompositionsHaveTheValuesOfTheirDefinitions()
    {
        using var recording = Recording.Begin(2, 2, 0.1);
        Parameter a = Vector(3, name: "a");
        (string, double[]) values = ("a", [-1, 0.5, 2]);
        void AssertClose(Tensor tensor, Func<double, double> expected) => Assert.All(
            Evaluate(tensor, values).Zip(values.Item2), pair => Assert.Equal(expected(pair.Second), pair.First, 14));

        AssertClose(Silu(a), x => x / (1 + Math.Exp(-x)));
        AssertClose(GeluTanh(a), x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))));
        Assert.Equal(
            [-0.15865525393145707, 0.34573123063700656, 1.9544997361036416], Evaluate(Gelu(a), values), (e, v) => Math.Abs(e - v) < 1e-15);
        double total = Math.Exp(-1) + Math.Exp(0.5) + Math.Exp(2);
        AssertClose(Softmax(a), x => Math.Exp(x) / total);
        AssertClose(RmsNorm(a), x => x / Math.Sqrt((5.25 / 3) + 1e-5));
        AssertClose(LayerNorm(a), x => (x - 0.5) / Math.Sqrt(1.5 + 1e-5));
        AssertClose(Mean(a) + (0 * a), _ => 0.5);
        AssertClose(LayerNorm(a, gain: a, bias: a, epsilon: 0.75), x => ((x - 0.5) / 1.5 * x) + x);
    }

    [Fact]
    public void RowsTakeVectors()
    {
        using var recording = Recording.Begin(3, 2, 0.1);
        Tensor x = Matrix(3, 2, name: "table")[recording.Tokens];
        Tensor sum = Vector(2, name: "v") + x;
        Assert.Equal(Shape.Rows(2), sum.Node.Shape);
        Assert.Equal([112, 203, 111, 103], Evaluate(sum, ("table", [1, 2, 11, 3, 12, 103]), ("v", [100, 100]))[2..]);
    }

    /// <summary>Evaluated on the tokens 0, 2, 1 in two documents.</summary>
    private static double[] Evaluate(Tensor tensor, params (string Name, double[] Values)[] parameters)
    {
        var nodes = new List<Node>();
        void Visit(Node node)
        {
            if (!nodes.Contains(node))
            {
                node.Inputs.ToList().ForEach(Visit);
                nodes.Add(node);
            }
        }

        Visit(tensor.Node);
        var run = new Evaluation([0, 2, 1], [0, 0, 0], [0, 2, 3], 0, parameters.ToDictionary(p => p.Name, p => p.Values));
        return Interpreter.Evaluate(new Graph([.. nodes], [tensor.Node]), run)[tensor.Node][0];
    }
}
