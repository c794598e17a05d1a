using MicroGpt.CodeFixes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Testing;
using Microsoft.CodeAnalysis.Testing;
using Xunit;

namespace MicroGpt.Generator.Tests.CodeFixes;

/// <summary>What an editor offers where a diagnostic stands: what it leaves has no diagnostic of ours and no error.</summary>
public sealed class CodeFixTests
{
    private const string Spec = "[GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1)]";

    [Theory]
    [InlineData("Set NEmbd = 16", "NEmbd = 16, NHead = 4")]
    [InlineData("Set NEmbd = 20", "NEmbd = 20, NHead = 4")]
    [InlineData("Set NHead = 3", "NEmbd = 18, NHead = 3")]
    [InlineData("Set NHead = 6", "NEmbd = 18, NHead = 6")]
    public Task TheNearestFittingNumbers(string title, string then) => Mends<SetArgumentFix>(
        "[GptModel(VocabSize = 27, BlockSize = 16, {|MGPT008:NEmbd = 18|}, NHead = 4, NLayer = 1)] public partial class NamesGpt;",
        $"[GptModel(VocabSize = 27, BlockSize = 16, {then}, NLayer = 1)] public partial class NamesGpt;",
        title);

    [Theory]
    [InlineData(
        "{|MGPT007:VocabSize = 0|}, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1",
        "VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1")]
    [InlineData(
        "{|MGPT020:VocabSize = 1|}, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1",
        "VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1")]
    [InlineData(
        "VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, {|MGPT019:NLayer = 300|}",
        "VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 256")]
    [InlineData(
        "VocabSize = 27, {|MGPT011:BlockSize = 99_999_999|}, NEmbd = 16, NHead = 4, NLayer = 1",
        "VocabSize = 27, BlockSize = 6391320, NEmbd = 16, NHead = 4, NLayer = 1")]
    [InlineData(
        "VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1, {|MGPT009:InitStd = -1|}",
        "VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1, InitStd = 0.08")]
    [InlineData(
        "VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1, {|MGPT010:Precision = (Precision)7|}",
        "VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1, Precision = Precision.Single")]
    public Task AnArgument(string arguments, string then) => Mends<SetArgumentFix>(
        $"[GptModel({arguments})] public partial class NamesGpt;",
        $"[GptModel({then})] public partial class NamesGpt;");

    [Fact]
    public Task ArgumentsThatAreMissing() => Mends<SetArgumentFix>(
        "[{|MGPT006:GptModel(VocabSize = 27, BlockSize = 16)|}] public partial class NamesGpt;",
        "[GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1)] public partial class NamesGpt;",
        "Add NEmbd = 16, NHead = 4, NLayer = 1");

    [Fact]
    public Task AllArgumentsMissing() => Mends<SetArgumentFix>(
        "[{|MGPT006:MlpModel|}] public partial class NamesGpt;",
        "[MlpModel(VocabSize = 27, NEmbd = 16)] public partial class NamesGpt;");

    [Fact]
    public Task AModelsBlock() => Mends<SetArgumentFix>(
        "[Model(VocabSize = 5, {|MGPT243:BlockSize = -1|})] public partial class NamesGpt { private readonly Parameter wte = "
            + "Functions.Matrix(5, 8); public Tensor Forward(Tokens tokens) => Functions.Linear(wte[tokens], wte); }",
        "[Model(VocabSize = 5, BlockSize = 0)] public partial class NamesGpt { private readonly Parameter wte = Functions.Matrix(5, 8); "
            + "public Tensor Forward(Tokens tokens) => Functions.Linear(wte[tokens], wte); }");

    [Theory]
    [InlineData("public sealed class {|MGPT001:NamesGpt|};", "public sealed partial class NamesGpt;")]
    [InlineData("/* kept */ class {|MGPT001:NamesGpt|} { }", "/* kept */ partial class NamesGpt { }")]
    [InlineData("public static class {|MGPT004:NamesGpt|} { }", "public partial class NamesGpt { }")]
    [InlineData("/* kept */ abstract partial class {|MGPT004:NamesGpt|} { }", "/* kept */ partial class NamesGpt { }")]
    [InlineData("file sealed class {|MGPT004:NamesGpt|};", "sealed partial class NamesGpt;")]
    [InlineData("public partial record {|MGPT004:NamesGpt|} { public int Age; }", "public partial class NamesGpt { public int Age; }")]
    public Task TheDeclaration(string declaration, string then) => Mends<ClassDeclarationFix>($"{Spec} {declaration}", $"{Spec} {then}");

    /// <summary>The generated constructor, which it then calls, is not among the documents.</summary>
    [Fact]
    public Task AConstructorThatCallsNone() => Mends<ConstructorFix>(
        $$"""
        {{Spec}}
        public partial class NamesGpt
        {
            private {|MGPT015:NamesGpt|}(string text)
            {
            }
        }
        """,
        $$"""
        {{Spec}}
        public partial class NamesGpt
        {
            private NamesGpt(string text) : this({|CS1739:rowCapacity|}: 0)
            {
            }
        }
        """);

    [Theory]
    [InlineData("private Parameter {|MGPT204:wte|} = Functions.Matrix(5, 8);", "private readonly Parameter wte = Functions.Matrix(5, 8);")]
    [InlineData("Parameter {|MGPT204:wte|} = Functions.Matrix(5, 8);", "readonly Parameter wte = Functions.Matrix(5, 8);")]
    [InlineData(
        "public Parameter {|MGPT204:wte|} { get; set; } = Functions.Matrix(5, 8);",
        "public Parameter wte { get; } = Functions.Matrix(5, 8);")]
    public Task WhatCouldChange(string member, string then) => Mends<ReadOnlyFix>(
        "[Model(VocabSize = 5)] "
            + $"public partial class NamesGpt {{ {member} public Tensor Forward(Tokens tokens) => Functions.Linear(wte[tokens], wte); }}",
        "[Model(VocabSize = 5)] "
            + $"public partial class NamesGpt {{ {then} public Tensor Forward(Tokens tokens) => Functions.Linear(wte[tokens], wte); }}");

    [Fact]
    public Task AForwardPassToBeginWith() => Mends<ForwardFix>(
        """
        [Model(VocabSize = 5)]
        public partial class {|MGPT240:NamesGpt|};
        """,
        """
        [Model(VocabSize = 5)]
        public partial class NamesGpt
        {
            private readonly Parameter wte = Functions.Matrix(5, 16);

            public Tensor Forward(Tokens tokens)
            {
                Tensor x = wte[tokens];
                return Functions.Linear(x, wte);
            }
        }
        """);

    [Fact]
    public Task AForwardPassBesideOthers() => Mends<ForwardFix>(
        """
        [Model(VocabSize = 2 + 3)]
        public partial class {|MGPT240:NamesGpt|}
        {
            public int wte;
        }
        """,
        """
        [Model(VocabSize = 2 + 3)]
        public partial class NamesGpt
        {
            public int wte;
            private readonly Parameter wte2 = Functions.Matrix(2 + 3, 16);

            public Tensor Forward(Tokens tokens)
            {
                Tensor x = wte2[tokens];
                return Functions.Linear(x, wte2);
            }
        }
        """);

    /// <summary>A Forward of another form is the user's to change.</summary>
    [Fact]
    public Task NoSecondForwardPass()
    {
        const string Text =
            "[Model(VocabSize = 5)] public partial class NamesGpt { public Tensor {|MGPT240:Forward|}(int tokens) => null!; }";
        return Mends<ForwardFix>(Text, Text);
    }

    /// <summary>Every diagnostic leads to its page, which exists.</summary>
    [Fact]
    public void EveryDiagnosticHasItsPage() => Assert.All(Generator.Spec.Diagnostics.All, descriptor =>
        Assert.EndsWith($"/docs/diagnostics/{descriptor.Id}.md", new Uri(descriptor.HelpLinkUri).AbsolutePath, StringComparison.Ordinal));

    private static Task Mends<TFix>(string text, string then, string? title = null)
        where TFix : CodeFixProvider, new() => new Test<TFix>
        {
            TestCode = "using MicroGpt;\n" + text,
            FixedCode = "using MicroGpt;\n" + then,
            CodeActionEquivalenceKey = title,
        }.RunAsync();

    private sealed class Test<TFix> : CSharpCodeFixTest<GeneratorDiagnostics, TFix, DefaultVerifier>
        where TFix : CodeFixProvider, new()
    {
        public Test()
        {
            // None that would have to be fetched.
            ReferenceAssemblies = new ReferenceAssemblies("net10.0");
            TestState.AdditionalReferences.AddRange(Pipeline.TestProject.References);
        }

        protected override ParseOptions CreateParseOptions() => new CSharpParseOptions(LanguageVersion.CSharp13);

        protected override CompilationOptions CreateCompilationOptions() =>
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable);
    }
}
