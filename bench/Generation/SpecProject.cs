using System.Collections.Immutable;
using System.Text;
using MicroGpt.Generator;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace MicroGpt.Bench.Generation;

/// <summary>The spec of a GPT as a user writes it.</summary>
public sealed record GptSpec(string Title, int VocabSize, int BlockSize, int NEmbd, int NHead, int NLayer)
{
    public static GptSpec Default { get; } = new("default", VocabSize: 27, BlockSize: 16, NEmbd: 16, NHead: 4, NLayer: 1);

    public static GptSpec Large { get; } = new("768 wide, 12 layers", VocabSize: 50304, BlockSize: 1024, NEmbd: 768, NHead: 12, NLayer: 12);

    /// <summary>One that has nothing in common with the others; it only brings the generator into the process.</summary>
    public static GptSpec Other { get; } = new("other", VocabSize: 5, BlockSize: 3, NEmbd: 6, NHead: 2, NLayer: 1);

    public string Source =>
        $$"""
        using MicroGpt;
        namespace App;
        [GptModel(VocabSize = {{VocabSize}}, BlockSize = {{BlockSize}}, NEmbd = {{NEmbd}}, NHead = {{NHead}}, NLayer = {{NLayer}})]
        public sealed partial class Model;
        """;

    public override string ToString() => Title;
}

/// <summary>A user's project with one spec and a program, as the compiler hands it to the generator.</summary>
internal static class SpecProject
{
    private static readonly CSharpParseOptions s_options = new(LanguageVersion.CSharp13);

    private static readonly ImmutableArray<MetadataReference> s_references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal))
            .Append(typeof(ModelEntry).Assembly.Location)
            .Distinct()
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    public static CSharpCompilation Create(GptSpec spec) => CSharpCompilation.Create(
        "App",
        [Parse(spec.Source, "Model.cs"), Parse("class Program { static void Main() { } }", "Program.cs")],
        s_references,
        new CSharpCompilationOptions(OutputKind.ConsoleApplication, allowUnsafe: true));

    /// <summary>The project after somebody typed in its program.</summary>
    public static CSharpCompilation EditProgram(CSharpCompilation project) => project.ReplaceSyntaxTree(
        project.SyntaxTrees[1], Parse("class Program { static void Main() => System.Console.WriteLine(); }", "Program.cs"));

    /// <summary>A driver that has not run.</summary>
    public static GeneratorDriver CreateDriver() =>
        CSharpGeneratorDriver.Create([new MicroGptGenerator().AsSourceGenerator()], parseOptions: s_options);

    /// <summary>Runs the generator, and nothing of the compilation that follows it.</summary>
    /// <exception cref="InvalidOperationException">The generator reports an error.</exception>
    public static GeneratorDriver Run(GeneratorDriver driver, CSharpCompilation project)
    {
        GeneratorDriver ran = driver.RunGenerators(project);
        GeneratorDriverRunResult result = ran.GetRunResult();
        return result.Diagnostics.IsEmpty ? ran : throw new InvalidOperationException(result.Diagnostics[0].ToString());
    }

    private static SyntaxTree Parse(string source, string path) =>
        CSharpSyntaxTree.ParseText(SourceText.From(source, Encoding.UTF8), s_options, path);
}
