using MicroGpt.Generator.Tests.Diagnostics;
using Xunit;
using static MicroGpt.Generator.Tests.Reader.ReadModel;

namespace MicroGpt.Generator.Tests.Reader;

/// <summary>
/// What is not a model's: one error, on the smallest text at fault. Every id has its example in <c>docs/diagnostics</c> as well.
/// </summary>
public sealed class RefusalTests
{
    [Fact]
    public void AForeignMethod() => Reports(
        Text("Console.WriteLine(1); return Linear(wte[tokens], head);"),
        new Expected(
            "MGPT201", "Console.WriteLine(1)",
            "'Console.WriteLine' is not an operation of a model (those are in MicroGpt.Functions), nor a method whose source is here"));

    [Theory]
    [InlineData("return null!;", "null", "null")]
    [InlineData("return lm;", "lm", "a parameter")]
    public void NoTensorIsReturned(string body, string on, string what) => Reports(
        Text(body, "private readonly Parameter lm = Vector(5);"),
        new Expected("MGPT219", on, $"Forward returns {what}, but must return logits [rows, 5], one for each token of the vocabulary"));

    /// <summary>What comes after a return is not come to.</summary>
    [Fact]
    public void TheReturnThatIsComeTo() => Reports(
        Text("Tensor x = Linear(wte[tokens], head); return wte[tokens]; return x;"),
        new Expected(
            "MGPT219", "wte[tokens]",
            "Forward returns the result of reading wte [rows, 8], but must return logits [rows, 5], one for each token of the vocabulary"));

    /// <summary>What an argument by reference would have assigned is no second mistake.</summary>
    [Fact]
    public void AnArgumentByReference() => Reports(
        Text(
            "Tensor x = wte[tokens]; Twice(x, out Tensor doubled); return Linear(doubled, head);",
            "private static void Twice(Tensor x, out Tensor y) => y = 2 * x;"),
        new Expected(
            "MGPT202", "out Tensor doubled",
            "an argument by reference is not understood in a model: return the value, several as a tuple"));

    [Fact]
    public void AForeignClass() => Reports(
        Text("int n = new Random(1).Next(5); return Linear(wte[tokens] * n, head);"),
        new Expected(
            "MGPT201", "new Random(1)",
            "'new Random' is not an operation of a model (those are in MicroGpt.Functions), nor a method whose source is here"));

    [Fact]
    public void AConditionOnATensor() => Reports(
        Text("Tensor x = wte[tokens]; for (int i = 0; x == head; i++) { } return Linear(x, head);"),
        new Expected(
            "MGPT203", "x == head",
            "this condition is not known at build time; the compiled step has no branches: decide on constants, or use Max, Min, Clamp"));

    [Fact]
    public void AFieldThatIsAssigned() => Reports(
        Text("last = wte[tokens]; return Linear(last, head);", "private Tensor? last;"),
        new Expected("MGPT204", "last", "'last' can change after the model is made, but the compiled step is made once: "
            + "declare it readonly, and keep what changes in local variables"));

    [Fact]
    public void AnElementOfTheModelsOwnArray() => Reports(
        Text("kept[0] = wte[tokens]; return Linear(wte[tokens], head);", "private readonly Tensor[] kept = new Tensor[1];"),
        new Expected("MGPT204", "kept[0]", "'kept' can change after the model is made, but the compiled step is made once: "
            + "declare it readonly, and keep what changes in local variables"));

    [Fact]
    public void ALinearThatDoesNotFit() => Reports(
        Text("Tensor h = Concat(wte[tokens], wte[tokens]); return Linear(h, head);"),
        new Expected("MGPT210", "head", "head [5, 8] takes 8 channels, but h [rows, 16] has 16"));

    [Fact]
    public void AMatrixThatIsTooLarge() => Reports(
        Text(
            "return Linear(Sum(Linear(wte[tokens], huge)), thin);",
            "private readonly Parameter huge = Matrix(400_000_000, 8), thin = Matrix(5, 1);"),
        new Expected("MGPT011", "Matrix(400_000_000, 8)", "The model's matrix [400000000, 8] "
            + "would have 3,200,000,000 elements (400000000 x 8), but a buffer holds at most 2,147,483,647; make it smaller"));

    [Fact]
    public void ParametersThatAreTooLargeTogether() => Reports(
        Text(
            "return Linear(Sum(Linear(wte[tokens], huge)) + Sum(Linear(wte[tokens], other)), thin);",
            "private readonly Parameter huge = Matrix(200_000_000, 8), other = Matrix(200_000_000, 8), thin = Matrix(5, 1);"),
        new Expected("MGPT011", "Small", "The model's parameters together would have 3,200,000,085 elements (5 matrices and vectors), "
            + "but a buffer holds at most 2,147,483,647; make some smaller"));

    [Fact]
    public void ABlockThatIsTooLarge() => Reports(
        Text("return Linear(Sum(Linear(wte[tokens], wide)) + wte[tokens], head);", "private readonly Parameter wide = Matrix(100_000, 8);")
            .Replace("BlockSize = 6", "BlockSize = 100_000", StringComparison.Ordinal),
        new Expected(
            "MGPT011", "Small", "The model's values of 100000 channels would have 10,000,000,000 elements (BlockSize x 100000 = 100000 x "
                + "100000), but a buffer holds at most 2,147,483,647; give a smaller BlockSize"));

    /// <summary>The weights of attention over so long a block are never in memory.</summary>
    [Fact]
    public void ALongBlockIsNoMistake() => Accepts(
        Text("return Linear(Attention(wte[tokens], wte[tokens], wte[tokens], tokens, 2), head);", "")
            .Replace("BlockSize = 6", "BlockSize = 100_000", StringComparison.Ordinal));

    [Fact]
    public void TheCallsThatLedThereFollow()
    {
        const string Source = """
            [Model(VocabSize = 5)]
            public sealed partial class Small
            {
                private readonly Parameter wte = Matrix(5, 8);
                private readonly Block[] blocks = Layers<Block>(3);
                public Tensor Forward(Tokens tokens)
                {
                    Tensor x = wte[tokens];
                    foreach (Block b in blocks) { x = b.Forward(x); }
                    return Linear(x, wte);
                }
                private sealed class Block
                {
                    private readonly Parameter w = Matrix(7, 7);
                    public Tensor Forward(Tensor x) => Inner(Relu(x));
                    private Tensor Inner(Tensor y) => Linear(y, w);
                }
            }
            """;
        var compilation = Compile(Source);
        var reading = Read(compilation);
        Spec.DiagnosticInfo error = Assert.Single(reading.Diagnostics);
        Assert.Equal("blocks.0.w [7, 7] takes 7 channels, but the result of Relu [rows, 8] has 8", error.ToDiagnostic().GetMessage());
        Assert.Equal(
            ["Inner(Relu(x))", "b.Forward(x)"],
            error.ToDiagnostic().AdditionalLocations.Select(l => compilation.SyntaxTrees.Single().GetText().ToString(l.SourceSpan)));
    }

    [Fact]
    public void TwoMistakesAreTwoErrorsAndWhatFollowsFromOneIsNone() => Reports(
        Text("Tensor x = wte[tokens].Heads(3); Tensor y = Relu(x) + 1; Console.Beep(); return Linear(y, head);"),
        new Expected(
            "MGPT212", "wte[tokens].Heads(3)",
            "the result of reading wte [rows, 8] has 8 channels, which are not a whole number for each of 3 heads"),
        new Expected(
            "MGPT201", "Console.Beep()",
            "'Console.Beep' is not an operation of a model (those are in MicroGpt.Functions), nor a method whose source is here"));

    [Fact]
    public void AModuleMadeInForward() => Reports(
        Text(
            "return Linear(new Gate().Forward(wte[tokens]), head);",
            "private sealed class Gate { private readonly Parameter g = Vector(8); public Tensor Forward(Tensor x) => x * g; }"),
        new Expected(
            "MGPT221", "new Gate()",
            "parameters and modules are made in field initialisers only, not in a method: their order is that of the fields"));

    [Fact]
    public void AParameterMadeInAConstructor() => Reports(
        Text("return Linear(wte[tokens] * g, head);", "private readonly Parameter g; public Small() { g = Vector(8); }"),
        new Expected(
            "MGPT221", "Vector(8)",
            "parameters and modules are made in field initialisers only, not in a constructor's body: their order is that of the fields"));

    /// <summary>In single precision, which is the default; a number that rounds to the largest one fits.</summary>
    [Theory]
    [InlineData("x * 1e300", "x * 1e300", "1E+300")]
    [InlineData("-3.5e38 - x", "-3.5e38 - x", "-3.5E+38")]
    [InlineData("x + double.MaxValue", "x + double.MaxValue", "1.7976931348623157E+308")]
    [InlineData("Max(x, 3.4028236e38)", "Max(x, 3.4028236e38)", "3.4028236E+38")]
    [InlineData("Clamp(x, -1e39, 1)", "Clamp(x, -1e39, 1)", "-1E+39")]
    [InlineData("RmsNorm(x, epsilon: 1e39)", "RmsNorm(x, epsilon: 1e39)", "1E+39")]
    [InlineData("Attention(x, x, x, tokens, 2, scale: 1e39)", "1e39", "1E+39")]
    [InlineData("Attention(x, x, x, tokens, 2, softcap: 1e39)", "1e39", "1E+39")]
    [InlineData(
        "Attention(x, x, x, tokens, 2, scale: 1e30, softcap: 1e-30)", "1e-30",
        "Attention: the scale divided by the soft cap, 1E+60")]
    public void ANumberBeyondThePrecision(string value, string on, string number)
    {
        string text = Text($"Tensor x = wte[tokens]; return Linear({value}, head);");
        Reports(text, new Expected("MGPT244", on, $"{number} is too large for single precision, whose numbers end at 3.4028235E+38: "
            + "use a smaller one, or set Precision = Precision.Double"));
        Accepts(text.Replace("BlockSize = 6", "BlockSize = 6, Precision = Precision.Double", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("x * 3.4028235e38")]
    [InlineData("Max(x, -3.40282355e38)")]
    [InlineData("x * 1e-320")]
    [InlineData("Clamp(x, double.NegativeInfinity, 1)")]
    [InlineData("x * 1e30 * 1e30")]
    public void ANumberThatFits(string value) => Accepts(Text($"Tensor x = wte[tokens]; return Linear({value}, head);"));

    [Fact]
    public void TheSecondOfTwoNames() => Reports(
        Text("return Linear(wte[tokens] * g, head);", "private readonly Parameter g = Vector(8, name: \"wte\");"),
        new Expected("MGPT224", "\"wte\"", "there are two parameters called 'wte': give one of them another name"));

    [Fact]
    public void ADropoutOfNothingIsCompiled() =>
        Assert.DoesNotContain(
            Read(Compile(Text("return Linear(Dropout(wte[tokens], 0), head);"))).Program!.Operations, o => o.Op.Name == "Dropout");

    [Theory]
    [InlineData("return Linear(wte[tokens], head);")]
    [InlineData("return Linear(wte[tokens] * Detach(g), head);")]
    [InlineData("Tensor unused = wte[tokens] * g; return Linear(wte[tokens], head);")]
    public void AParameterThatDoesNotReachTheLoss(string body) => Reports(
        Text(body, "private readonly Parameter g = Vector(8);"),
        new Expected(
            "MGPT239", "Vector(8)",
            "the loss does not depend on 'g', so it would never change: use it in Forward (not within Detach alone), or remove it"));

    [Fact]
    public void AThrowThatIsReachedSaysWhy() => Reports(
        Text("if (wte[tokens].Channels % 3 != 0) throw new ArgumentException($\"{8} is no multiple of 3\"); "
            + "return Linear(wte[tokens], head);"),
        new Expected(
            "MGPT236", "throw new ArgumentException($\"{8} is no multiple of 3\");", "the model throws here: 8 is no multiple of 3"));

    [Fact]
    public void PrivateForward() => Reports(
        "[Model(VocabSize = 5)] public sealed partial class Small { private Tensor Forward(Tokens tokens) => null!; }",
        new Expected(
            "MGPT240", "Forward",
            "'Small' has a Forward of another form: a model has one method 'public Tensor Forward(Tokens tokens)', its own or inherited"));

    [Fact]
    public void AForwardWithoutText() => Reports(
        "[Model(VocabSize = 5)] public sealed partial class Small { public extern Tensor Forward(Tokens tokens); }",
        new Expected("MGPT240", "Small", "'Small' has a Forward whose text is not in this project: "
            + "a model has one method 'public Tensor Forward(Tokens tokens)', its own or inherited"));

    [Fact]
    public void AForwardThatIsBeingTypedIsTheCompilersToReport() =>
        Assert.Empty(
            Read(Compile("[Model(VocabSize = 5)] public sealed partial class Small { public Tensor Forward(Tokens tokens)")).Diagnostics);

    /// <summary>The parameter reaches nothing because of the mistake.</summary>
    [Fact]
    public void WhatAMistakeLeavesUnreachedIsNoSecondOne() => Reports(
        Text("Tensor x = wte[tokens]; Tensor y = x * g; return Linear(x, head);", "private readonly Parameter g = Vector(7);"),
        new Expected("MGPT211", "x * g", "x [rows, 8] * g [7]: 8 channels do not meet 7; both must have as many, or one of them one"));

    [Fact]
    public void NumbersOfTheAttribute() => Reports(
        "[Model(VocabSize = 0, BlockSize = -1, InitStd = -1)] public sealed partial class Small { public Tensor Forward(Tokens tokens) "
            + "=> null!; }",
        new Expected("MGPT007", "VocabSize = 0", "VocabSize = 0 is not positive; VocabSize must be at least 1"),
        new Expected("MGPT243", "BlockSize = -1", "BlockSize = -1 is negative; give the most positions of a document, or 0 for no limit"),
        new Expected("MGPT009", "InitStd = -1", "InitStd = -1 is not a finite number of at least 0; the usual value is 0.08"));

    /// <summary>A refused construct of each kind, and what is underlined.</summary>
    [Theory]
    [InlineData("MGPT202", "goto end; end: return Linear(wte[tokens], head);", "goto")]
    [InlineData("MGPT202", "lock (wte) { } return Linear(wte[tokens], head);", "lock")]
    [InlineData("MGPT202", "var a = new { X = 1 }; return Linear(wte[tokens], head);", "new { X = 1 }")]
    [InlineData("MGPT202", "dynamic d = 1; return Linear(wte[tokens] * (double)d.X, head);", "d.X")]
    [InlineData("MGPT202", "var a = new double[2, 2]; return Linear(wte[tokens], head);", "new double[2, 2]")]
    [InlineData("MGPT202", "int n = 0; Set(ref n); return Linear(wte[tokens], head); void Set(ref int x) => x = 1;", "ref n")]
    [InlineData("MGPT202", "Type t = typeof(int); return Linear(wte[tokens], head);", "typeof(int)")]
    [InlineData(
        "MGPT205", "var d = new System.Collections.Generic.Dictionary<int, Tensor>(); return Linear(wte[tokens], head);",
        "new System.Collections.Generic.Dictionary<int, Tensor>()")]
    [InlineData("MGPT205", "System.Collections.Generic.List<Tensor> d = [wte[tokens]]; return Linear(wte[tokens], head);", "[wte[tokens]]")]
    [InlineData(
        "MGPT206", "int n = System.Linq.Enumerable.Range(0, 3).GetHashCode(); return Linear(wte[tokens], head);",
        "System.Linq.Enumerable.Range(0, 3)")]
    [InlineData("MGPT207", "try { } catch { } return Linear(wte[tokens], head);", "try")]
    [InlineData("MGPT207", "using (var s = new System.IO.MemoryStream()) { } return Linear(wte[tokens], head);", "using")]
    [InlineData("MGPT233", "int zero = 0; return Linear(wte[tokens] * (1 / zero), head);", "1 / zero")]
    [InlineData("MGPT233", "int big = int.MaxValue; return Linear(wte[tokens] * checked(big + 1), head);", "big + 1")]
    [InlineData("MGPT234", "Parameter? none = null; return Linear(wte[tokens] * none!, head);", "wte[tokens] * none!")]
    [InlineData("MGPT235", "int[] a = [1]; return Linear(wte[tokens] * a[1], head);", "a[1]")]
    [InlineData("MGPT237", "object o = 1; return Linear(wte[tokens] * ((string)o).Length, head);", "(string)o")]
    public void IsOnTheSmallestText(string id, string body, string on)
    {
        var compilation = Compile(Text(body));
        Assert.Empty(compilation.GetDiagnostics().Where(d => d.Severity == Microsoft.CodeAnalysis.DiagnosticSeverity.Error));
        var reading = Read(compilation);
        Spec.DiagnosticInfo error = Assert.Single(reading.Diagnostics);
        Assert.Equal((id, on), (error.Descriptor.Id, compilation.SyntaxTrees.Single().GetText().ToString(error.Place.Span)));
    }

    /// <summary>What the C# compiler reports is reported once.</summary>
    [Theory]
    [InlineData("return Linear(wte[tokens], hea);")]
    [InlineData("return Linear(wte[tokens], )")]
    [InlineData("Tensor x; return Linear(x, head);")]
    [InlineData("Tensor x = 5; return Linear(wte[tokens], head);")]
    [InlineData("x.")]
    public void HalfTypedTextGivesNoErrorOfOurs(string body)
    {
        var reading = Read(Compile(Text(body)));
        Assert.Empty(reading.Diagnostics);
        Assert.Null(reading.Program);
    }

    private static string Text(string body, string members = "") => $$"""
        [Model(VocabSize = 5, BlockSize = 6)]
        public sealed partial class Small
        {
            private readonly Parameter wte = Matrix(5, 8), head = Matrix(5, 8);
            {{members}}
            public Tensor Forward(Tokens tokens) { {{body}} }
        }
        """;
}
