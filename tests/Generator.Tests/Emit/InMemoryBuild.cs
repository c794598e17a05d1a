using System.Collections.Immutable;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Xunit;

namespace MicroGpt.Generator.Tests.Emit;

/// <summary>Builds generated code as a user's project does in Release, in memory.</summary>
internal static class InMemoryBuild
{
    internal static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal))
            .Append(typeof(ModelEntry).Assembly.Location)
            .Distinct()
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    // What eager runs would call, which nothing here does.
    private const string Forward = " { public global::MicroGpt.Tensor Forward(global::MicroGpt.Tokens tokens) "
        + "=> throw new global::System.InvalidOperationException(); }";

    /// <summary>The bytes of an assembly with these models. Fails the test on an error or a warning.</summary>
    public static byte[] Compile(IReadOnlyCollection<ModelSpec> specs) => Compile(
        specs, [.. specs.SelectMany(s => s.Compile()), .. specs.CompileKernels()]);

    /// <summary>The same, with files that were generated for the models before.</summary>
    public static byte[] Compile(IReadOnlyCollection<ModelSpec> specs, IEnumerable<GeneratedFile> files)
    {
        var options = new CSharpParseOptions(LanguageVersion.CSharp13);
        IEnumerable<SyntaxTree> declarations = specs.Select(spec => CSharpSyntaxTree.ParseText(
            $"namespace {spec.Namespace};\npublic sealed partial "
                + $"class {spec.Name}{(spec.Architecture == Architecture.OwnText ? Forward : ";")}\n", options, spec.Name + ".cs"));
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Models",
            declarations.Concat(files.Select(file => CSharpSyntaxTree.ParseText(file.Text, options, file.HintName))),
            References,
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, allowUnsafe: true));
        using var image = new MemoryStream();
        EmitResult result = compilation.Emit(image);
        string[] problems = [.. result.Diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Warning).Select(d => d.ToString())];
        Assert.True(result.Success && problems.Length == 0, string.Join("\n", problems.Take(20)));
        return image.ToArray();
    }
}
