using System.Reflection;

namespace MicroGpt.Core.Tests.Language;

/// <summary>
/// Each function, alone in a model, against central differences: odd widths, one head and several, several documents, one row.
/// </summary>
public class GradientTests
{
    private sealed record Case(string Function, int Channels, int Results, Func<Probe, Tokens, Tensor> Build);

    private static readonly Case[] s_cases =
    [
        new("op_Addition", 5, 5, (p, t) => p.A[t] + p.B[t]),
        new("op_Addition", 5, 5, (p, t) => (p.A[t] + p.Bias) + (1 + p.One)),
        new("op_Subtraction", 5, 5, (p, t) => (p.A[t] - p.B[t]) - (1 - p.Bias) - 0.5),
        new("op_Multiply", 6, 6, (p, t) => p.A[t] * p.B[t] * (p.Gain * 2)),
        new("op_Multiply", 6, 6, (p, t) => p.A[t] * Sum(p.B[t])),
        new("op_Multiply", 6, 6, (p, t) => p.A[t].Heads(3) * Sum(p.B[t].Heads(3))),
        new("op_Multiply", 6, 6, (p, t) => p.A[t].Heads(3) * p.Gain[1..3]),
        new("op_Multiply", 6, 6, (p, t) => p.A[t].Heads(3) * p.B[t]),
        new("op_Division", 5, 5, (p, t) => p.A[t] / (1 + Square(p.B[t])) / (2 + Square(p.One)) + 1 / (1 + Square(p.Bias))),
        new("op_UnaryNegation", 3, 3, (p, t) => -p.A[t]),
        new("Exp", 3, 3, (p, t) => Exp(p.A[t])),
        new("Log", 3, 3, (p, t) => Log(0.3 + Square(p.A[t]))),
        new("Sqrt", 3, 3, (p, t) => Sqrt(0.3 + Square(p.A[t]))),
        new("Rsqrt", 3, 3, (p, t) => Rsqrt(0.3 + Square(p.A[t]))),
        new("Square", 3, 3, (p, t) => Square(p.A[t])),
        new("Abs", 3, 3, (p, t) => Abs(p.A[t])),
        new("Tanh", 3, 3, (p, t) => Tanh(p.A[t])),
        new("Sigmoid", 3, 3, (p, t) => Sigmoid(p.A[t])),
        new("Erf", 3, 3, (p, t) => Erf(p.A[t])),
        new("Relu", 3, 3, (p, t) => Relu(p.A[t])),
        new("Silu", 3, 3, (p, t) => Silu(p.A[t])),
        new("Gelu", 3, 3, (p, t) => Gelu(p.A[t])),
        new("GeluTanh", 3, 3, (p, t) => GeluTanh(p.A[t])),
        new("Max", 4, 4, (p, t) => Max(Max(Max(p.A[t], p.B[t]), -0.4), p.Bias) + Max(0.1, p.A[t])),
        new("Min", 4, 4, (p, t) => Min(Min(Min(p.A[t], p.B[t]), 0.4), p.Bias) + Min(0.1, p.A[t])),
        new("Clamp", 4, 4, (p, t) => Clamp(p.A[t], -0.5, 0.6)),
        new("Detach", 4, 4, (p, t) => p.A[t] * Detach((p.Gain * 0) + 2)),
        new("Sum", 6, 7, (p, t) => Concat(Sum(p.A[t]), Sum(p.A[t].Heads(2)).Heads(1), Sum(p.Gain) * p.A[t][..4])),
        new("Mean", 6, 3, (p, t) => Mean(p.A[t].Heads(3))),
        new("Largest", 6, 4, (p, t) => Concat(Largest(p.A[t]), Largest(p.A[t].Heads(3)).Heads(1))),
        new("Softmax", 5, 5, (p, t) => Softmax(p.A[t]) * 3),
        new("Softmax", 6, 6, (p, t) => Softmax(p.A[t].Heads(2)) * 3),
        new("RmsNorm", 7, 7, (p, t) => RmsNorm(p.A[t]) + RmsNorm(p.B[t], p.Gain, 1e-2)),
        new("RmsNorm", 6, 6, (p, t) => RmsNorm(p.A[t].Heads(2), p.Gain[..3]) + RmsNorm(p.A[t].Heads(2), p.Gain)),
        new("LayerNorm", 7, 7, (p, t) => LayerNorm(p.A[t]) + LayerNorm(p.B[t], p.Gain, p.Bias, 1e-2)),
        new("LayerNorm", 6, 6, (p, t) => LayerNorm(p.A[t].Heads(2), p.Gain, p.Bias)),
        new("Concat", 5, 12, (p, t) => Concat(p.A[t], p.Gain[1..], p.B[t][2..])),
        new("Concat", 6, 10, (p, t) => Concat(p.A[t].Heads(2), p.B[t].Heads(2)[2..], p.Gain[..2].Heads(2))),
        new("Item", 7, 3, (p, t) => p.A[t][2..^2]),
        new("Item", 5, 5, (p, t) => p.A[t] + p.C[t.Positions]),
        new("Heads", 6, 6, (p, t) => p.A[t].Heads(2) + p.A[t].Heads(2).Heads(3).Heads(2)[..3]),
        new("Named", 3, 3, (p, t) => p.A[t].Named("a")),
        new("Linear", 3, 5, (p, t) => Linear(p.A[t], p.W)),
        new("Linear", 5, 5, (p, t) => Linear(Linear(p.A[t], p.W, p.Bias), p.W, p.Gain)),
        new("Rope", 6, 6, (p, t) => Rope(p.A[t], t, 3) + Rope(p.B[t], t, 1, theta: 50, interleaved: true)),
        new("Attention", 5, 5, (p, t) => Attention(p.A[t], p.B[t], p.A[t] * p.Gain, t, 1)),
        new("Attention", 6, 6, (p, t) => Attention(p.A[t], p.B[t] + p.C[t.Positions], p.A[t] * p.Gain, t, 3, scale: 0.9)),
        new("Attention", 6, 6, (p, t) => Attention(p.A[t], p.B[t][..2], (p.A[t] * p.Gain)[3..5], t, 3, keyHeads: 1, softcap: 0.8)),
        new("Attention", 8, 4, (p, t) => Attention(p.A[t], p.B[t][..4], (p.C[t.Positions] * p.Gain)[..2], t, 4, keyHeads: 2, window: 3)),
        new("Dropout", 5, 5, (p, t) => Dropout(p.A[t], 0.25)),
    ];

    /// <summary>Number of the case and its function.</summary>
    public static TheoryData<int, string> Cases
    {
        get
        {
            var data = new TheoryData<int, string>();
            for (int i = 0; i < s_cases.Length; i++)
            {
                data.Add(i, s_cases[i].Function);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gradients_are_those_of_the_losses(int index, string function)
    {
        Case of = s_cases[index];
        Assert.Equal(of.Function, function);
        var random = new Random(index);
        EagerModel model = Probe.Model(of.Channels, of.Results, of.Build);
        foreach (Packed documents in new[] { Packed.Random(random, Probe.Vocabulary, 1, 5, 8), Packed.Random(random, Probe.Vocabulary, 1) })
        {
            Differences.Check(model, documents, Probe.Parameters(random, of.Channels, of.Results));
        }
    }

    [Fact]
    public void Every_function_has_a_case()
    {
        const BindingFlags Own = BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        string[] construction = ["Matrix", "Vector", "Layers"], reading = ["ToArray", "Dump", "ToString", "Channels"];
        IEnumerable<string> functions = typeof(Functions).GetMethods(Own).Concat(typeof(Tensor).GetMethods(Own))
            .Where(m => !m.IsSpecialName || m.Name.StartsWith("op_", StringComparison.Ordinal))
            .Select(m => m.Name)
            .Concat(typeof(Tensor).GetProperties(Own).Select(p => p.Name));
        Assert.Empty(functions.Except(construction).Except(reading).Except(s_cases.Select(of => of.Function)));
    }
}
