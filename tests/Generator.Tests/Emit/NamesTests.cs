using MicroGpt.Generator.Tests.Pipeline;
using Microsoft.CodeAnalysis;
using Xunit;

namespace MicroGpt.Generator.Tests.Emit;

/// <summary>Whatever a user's classes and members are called, what is generated for a valid spec compiles without a warning.</summary>
public sealed class NamesTests
{
    private const string Gpt = "[GptModel(VocabSize = 5, BlockSize = 4, NEmbd = 4, NHead = 2, NLayer = 1)]";

    [Theory]
    [InlineData("public sealed partial class SingleKernels;")]
    [InlineData("public sealed partial class doublekernels256;")]
    [InlineData("public sealed partial class compiledmodels;")]
    [InlineData("public sealed partial class invalidspecs;")]
    [InlineData("public sealed partial class Part;")]
    [InlineData("public sealed partial class Batch;")]
    [InlineData("public sealed partial class @nint;")]
    [InlineData("public sealed partial class Weights;")]
    [InlineData("public sealed partial class A; public class Part; public class Batch; public class VectorSupport; public class Span; "
        + "public class System;")]
    [InlineData("public sealed partial class A { private sealed class VectorSupport; private sealed class Decoder; public int Weights; "
        + "private void Forward() { } public int Part => 1; }")]
    [InlineData("public sealed partial class A { public required int Size { get; init; } }")]
    [InlineData("public sealed partial class A { public required string Title { get; init; } }")]
    [InlineData("public class Base { public required int Size; } public sealed partial class A : Base;")]
    [InlineData("[global::System.Obsolete] public sealed partial class A;")]
    [InlineData("[global::System.Obsolete(\"old\")] public sealed partial class A;")]
    [InlineData("[global::System.Diagnostics.CodeAnalysis.Experimental(\"TRY1\")] public sealed partial class A;")]
    [InlineData("[global::System.Obsolete(\"old\", true)] public sealed partial class A;")]
    public void Compiles(string source) => AssertCompiles($"using MicroGpt; namespace App;\n{Attributed(source)}");

    /// <summary>Without a namespace the class hides what has its name in every other one.</summary>
    [Theory]
    [InlineData("@nuint")]
    [InlineData("@dynamic")]
    [InlineData("@scoped")]
    [InlineData("Span")]
    [InlineData("Math")]
    [InlineData("Part")]
    [InlineData("Vector256")]
    public void CompilesWithoutANamespace(string name) => AssertCompiles($"using MicroGpt; {Gpt} public sealed partial class {name};");

    /// <summary>The same of a class with a text of its own, which generated code makes instances of.</summary>
    [Theory]
    [InlineData("global::System.Obsolete")]
    [InlineData("global::System.Obsolete(\"old\", error: true)")]
    [InlineData("global::System.Diagnostics.CodeAnalysis.Experimental(\"TRY1\")")]
    public void CompilesWithATextOfItsOwn(string attribute) => AssertCompiles($$"""
        using MicroGpt;
        using static MicroGpt.Functions;
        namespace App;
        [Model(VocabSize = 5)]
        [{{attribute}}]
        public sealed partial class A
        {
            private readonly Parameter wte = Matrix(5, 8);
            public Tensor Forward(Tokens tokens) => Linear(wte[tokens], wte);
        }
        """);

    /// <summary>Fields are called as the user likes, and so are the variables of generated code that hold their values.</summary>
    [Theory]
    [InlineData("rows", "part")]
    [InlineData("panel", "K")]
    [InlineData("learningRate", "_weights")]
    [InlineData("Weights", "Activations")]
    [InlineData("@int", "@this")]
    [InlineData("w", "w_T")]
    [InlineData("w", "d_w")]
    public void CompilesWithParametersOfThoseNames(string first, string second) => AssertCompiles($$"""
        using MicroGpt;
        using static MicroGpt.Functions;
        namespace App;
        [Model(VocabSize = 5)]
        public sealed partial class A
        {
            private readonly Parameter {{first}} = Matrix(5, 8), {{second}} = Matrix(5, 8);
            public Tensor Forward(Tokens tokens) => Linear(Tanh({{first}}[tokens] * 2), {{second}});
        }
        """);

    /// <summary>A name that is given is any text; here as it stands between quotes.</summary>
    [Theory]
    [InlineData("say \\\"hi\\\"")]
    [InlineData("C:\\\\dir")]
    [InlineData("a\\nb")]
    [InlineData("a\\u2028b")]
    [InlineData("int")]
    public void CompilesWithANameOf(string name) => AssertCompiles($$"""
        using MicroGpt;
        using static MicroGpt.Functions;
        namespace App;
        [Model(VocabSize = 5)]
        public sealed partial class A
        {
            private readonly Parameter wte = Matrix(5, 8, name: "{{name}}");
            public Tensor Forward(Tokens tokens) => Linear(Tanh(wte[tokens] * 2), wte);
        }
        """);

    /// <summary>Numbers at the ends of single precision, and what becomes of them on the way.</summary>
    [Theory]
    [InlineData("x * 3.4028235e38")]
    [InlineData("x * 1e-320 / -0.0")]
    [InlineData("x * 1e30 * 1e30")]
    [InlineData("Sum(1e30 * x * x) * 1e30")]
    [InlineData("1e30 * Sum(1e30 * Relu(x)) * x * Mean(x) * 1e30")]
    [InlineData("Gelu(2e38 * x) * 3e38 + GeluTanh(3e38 * x)")]
    [InlineData("Clamp(x * double.PositiveInfinity, double.NegativeInfinity, 1)")]
    [InlineData("Square(1e30 * x) * 1e30 + 1e30 / (1e-30 * x) - Rsqrt(x * 1e30) * 1e30")]
    [InlineData("Attention(x, x, x, tokens, 2, scale: 1e-30, softcap: 1e30)")]
    public void CompilesWithNumbersOfAnySize(string value) => AssertCompiles($$"""
        using MicroGpt;
        using static MicroGpt.Functions;
        namespace App;
        [Model(VocabSize = 5, BlockSize = 4)]
        public sealed partial class A
        {
            private readonly Parameter wte = Matrix(5, 8), vector = Vector(8, value: 1e300);
            public Tensor Forward(Tokens tokens) { Tensor x = Tanh(wte[tokens]); return Linear({{value}} + vector, wte); }
        }
        """);

    /// <summary>Parts of a pass without headings are called Model, and so ends the name of the class that they are in.</summary>
    [Theory]
    [InlineData("Forward")]
    [InlineData("Backward")]
    public void CompilesWithTheNameOfAPass(string name) =>
        AssertCompiles($"using MicroGpt; namespace App; [MlpModel(VocabSize = 5, NEmbd = 6)] public sealed partial class {name};");

    [Theory]
    [InlineData("public class Part; public class VectorMath; public class PanelLayout;")]
    [InlineData("public class Vector256; public class Arena;")]
    public void CompilesBesideTypesInTheLibrarysNamespace(string types) =>
        AssertCompiles($"namespace MicroGpt {{ {types} }} namespace App {{ using MicroGpt; {Gpt} public sealed partial class A; }}");

    [Fact]
    public void ALongNameFitsAFileSystem()
    {
        string name = new('x', 300);
        GeneratorRun run = AssertCompiles($"using MicroGpt; namespace App; {Gpt} partial class {name}; {Gpt} partial class {name}y;");
        Assert.All(run.Files.Keys, file => Assert.True(file.Length < 100, file));
    }

    /// <summary>The C# compiler says that the attribute is there twice, and nobody says more.</summary>
    [Fact]
    public void TheAttributeOnTwoParts()
    {
        GeneratorRun run = Run($"using MicroGpt; namespace App; {Gpt} public sealed partial class A; {Gpt} partial class A;");
        Assert.Empty(run.Diagnostics);
        Assert.Equal("CS0579", Assert.Single(run.Output.GetDiagnostics(), d => d.Severity == DiagnosticSeverity.Error).Id);
    }

    [Fact]
    public void AModelOfAModel() => Diagnostics.DiagnosticAssertions.Reports(
        $"using MicroGpt; namespace App; {Gpt} public partial class First; {Gpt} public partial class NamesGpt : First;",
        new Diagnostics.Expected(
            "MGPT242", "NamesGpt",
            "'NamesGpt' derives from 'First', which is a model itself: keep what they share in a base class without the attribute"));

    private static string Attributed(string source)
    {
        int at = source.IndexOf("public sealed partial", StringComparison.Ordinal);
        return source.Insert(at, Gpt + " ");
    }

    private static GeneratorRun AssertCompiles(string source)
    {
        GeneratorRun run = Run(source);
        Assert.Empty(run.Diagnostics.Select(d => d.ToString()));
        Assert.Empty(run.Output.GetDiagnostics().Where(d => d.Severity >= DiagnosticSeverity.Warning).Select(d => d.ToString()));
        return run;
    }

    private static GeneratorRun Run(string source) => (TestProject.Of(source) with { Compile = TestSpecs.Compile }).Run();
}
