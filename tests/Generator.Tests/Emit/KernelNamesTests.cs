using System.Globalization;
using System.Text.RegularExpressions;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu.Kernels;
using MicroGpt.Generator.Tests.Pipeline;
using MicroGpt.Generator.Tests.Reader;
using Microsoft.CodeAnalysis;
using Xunit;

namespace MicroGpt.Generator.Tests.Emit;

/// <summary>Kernels of one assembly are methods of one class: two that are not equal must not have one name.</summary>
public sealed class KernelNamesTests
{
    private const int Width = 16;

    // What an expression may read, each a field that is declared where it does.
    private static readonly (string Name, string Value)[] Fields =
    [
        ("w", $"Matrix({Width}, {Width})"), ("w1", $"Matrix(1, {Width})"), ("w2", $"Matrix({Width}, 1)"), ("w3", $"Matrix(64, {Width})"),
        ("w4", $"Matrix({Width}, 64)"), ("w5", $"Matrix({Width}, {2 * Width})"), ("b", $"Vector({Width})"), ("c", $"Vector({Width})"),
        ("b1", "Vector(1)"), ("b3", "Vector(64)"),
    ];

    /// <summary>What used to meet, each a value of a model of its own that is added to x.</summary>
    [Theory]
    [InlineData("Linear(Gelu(Linear(x, w1)), w2)", "Linear(Gelu(Linear(x, w3)), w4)")]
    [InlineData("Linear(Gelu(Linear(x, w1, b1)), w2)", "Linear(Gelu(Linear(x, w3, b3)), w4)")]
    [InlineData("Linear(Erf(Linear(x, w1)), w2)", "Linear(Erf(Linear(x, w3)), w4)")]
    [InlineData("Linear(x, w) + b", "Linear(x, w) + Tanh(b)")]
    [InlineData("Tanh(Tanh(Tanh(Exp(Linear(x, w))))) + Tanh(b)", "Tanh(Tanh(Tanh(Exp(Linear(x, w))))) + Tanh(Tanh(x))")]
    [InlineData("Linear(Concat(x, x) * Concat(c, Tanh(b)), w5)", "Linear(Concat(x, x) * Concat(Tanh(c), b), w5)")]
    [InlineData("Max(Linear(x, w), 0.0)", "Max(Linear(x, w), -0.0)")]
    [InlineData("Max(Tanh(x), 0.0)", "Max(Tanh(x), -0.0)")]
    public void DifferentKernelsHaveDifferentNames(string first, string second)
    {
        AssertNames(KernelsOf(Model($"Linear(x + ({first}), head)"), Model($"Linear(x + ({second}), head)")));
        AssertNames(KernelsOf(Model($"Linear({first}, head)"), Model($"Linear({second}, head)")));
        AssertNames(KernelsOf(Model($"Linear((x + ({first})) + ({second}), head)")));
    }

    /// <summary>What the field has a word for is called so however many layers there are, and only where it is just that.</summary>
    [Theory]
    [InlineData("{0} * Rsqrt(Mean(Square({0})) + 1e-5)")]
    [InlineData("{0} * Rsqrt((1.0 / 16) * Sum(Square({0})) + 1e-5)")]
    [InlineData("Rsqrt(Mean({0} * {0}) + 1e-5) * {0}")]
    [InlineData("{0} / Sqrt(1e-5 + Mean(Square({0})))")]
    public void ANormHasItsNameAlone(string norm)
    {
        var gpt = TestSpecs.Gpt(vocabSize: 11, blockSize: 8, nEmbd: 16, nHead: 2, nLayer: 2).RunPasses();
        Assert.Equal(
            ["RmsNormGrad_Add_16", "RmsNormGrad_Add_RmsNormGrad_16", "RmsNorm_16", "RmsNorm_RmsNorm_16"],
            gpt.Kernels.Select(k => k.Name).Where(n => n.StartsWith("RmsNorm", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        string Of(string x) => string.Format(CultureInfo.InvariantCulture, norm, x);
        string[] logits =
        [
            Of("x"), $"Linear({Of("x")}, w)", $"x + Linear({Of("x")}, w)", $"Linear({Of("RmsNorm(x)")}, w)",
            $"RmsNorm(x) + {Of("RmsNorm(x)")}", $"x + Linear(RmsNorm({Of("x")}), w)", "RmsNorm(x)", "Linear(RmsNorm(x), w)",
            "x + Linear(RmsNorm(x), w)",
        ];
        AssertNames(KernelsOf([.. logits.Select(x => Model($"Linear({x}, head)"))]).Concat(gpt.Kernels));
    }

    /// <summary>Both shapes of a block that widens by none or by some, in one model and in two of one assembly.</summary>
    [Fact]
    public void TheirFilesCompile()
    {
        string Class(string name, params string[] logits) => Model(string.Join(" + ", logits.Select(x => $"Linear(x + {x}, head)")))
            .Replace("class Small", "class " + name, StringComparison.Ordinal);
        const string Narrow = "Linear(Gelu(Linear(x, w1)), w2)", Wide = "Linear(Gelu(Linear(x, w3)), w4)";
        string source = ReadModel.Usings + "namespace App;\n" + Class("Both", Narrow, Wide) + Class("One", Narrow) + Class("Other", Wide);
        GeneratorRun run = (TestProject.Of(source) with { Compile = TestSpecs.Compile }).Run();
        Assert.Empty(run.Diagnostics.Select(d => d.ToString()));
        Assert.Empty(run.Output.GetDiagnostics().Where(d => d.Severity >= DiagnosticSeverity.Warning).Select(d => d.ToString()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void SoHaveThoseOfExpressionsThatDifferInLittle(int seed)
    {
        var random = new Random(seed);
        AssertNames(KernelsOf(
            [.. Enumerable.Range(0, 300).Select(_ => Model($"Linear(x + {Expression(random, random.Next(2, 6))}, head)"))]));
    }

    private static string Expression(Random random, int operands)
    {
        string[] leaves = ["x", "b", "c", "Linear(x, w)", "Linear(x, w)", "Mean(x)", "Tanh(b)"];
        if (operands == 1)
        {
            return leaves[random.Next(leaves.Length)];
        }

        if (random.Next(3) == 0)
        {
            string[] functions = ["Tanh", "Erf", "Relu", "-", "2 * ", "0.5 + ", "1 - ", "Square", "Rsqrt", "Gelu"];
            return $"{functions[random.Next(functions.Length)]}({Expression(random, operands - 1)})";
        }

        int left = random.Next(1, operands);
        return $"({Expression(random, left)} {"+*-/"[random.Next(10) switch { < 4 => 0, < 8 => 1, 8 => 2, _ => 3 }]} "
            + $"{Expression(random, operands - left)})";
    }

    private static string Model(string logits)
    {
        string fields = string.Concat(Fields.Where(f => Regex.IsMatch(logits, $@"\b{f.Name}\b"))
            .Select(f => $"private readonly Parameter {f.Name} = {f.Value}; "));
        return $$"""
            [Model(VocabSize = 27, BlockSize = 16)]
            public sealed partial class Small
            {
                private readonly Parameter wte = Matrix(27, {{Width}}), head = Matrix(27, {{Width}});
                {{fields}}
                public Tensor Forward(Tokens tokens) { Tensor x = wte[tokens]; return {{logits}}; }
            }
            """;
    }

    private static IEnumerable<KernelSpec> KernelsOf(params string[] models) => models.SelectMany(text => ModelCompiler.Plan(
        new ModelSpec { Namespace = "App", Name = "Small" }, ReadModel.Accepts(text)).Kernels);

    private static void AssertNames(IEnumerable<KernelSpec> kernels)
    {
        var all = new List<KernelSpec>();
        void Add(KernelSpec kernel)
        {
            all.Add(kernel);
            VectorSet.All(sizeof(float)).SelectMany(v => kernel.Parts(v)).ToList().ForEach(Add);
        }

        kernels.ToList().ForEach(Add);
        Assert.Empty(all.Distinct().GroupBy(k => k.Name).Where(g => g.Count() > 1)
            .Select(g => $"{g.Key}: {string.Join(" | ", g.Select(k => k.Summary))}"));
        Assert.Empty(all.GroupBy(k => k, k => k.Name).Where(g => g.Distinct().Count() > 1).Select(g => string.Join(" | ", g.Distinct())));
    }
}
