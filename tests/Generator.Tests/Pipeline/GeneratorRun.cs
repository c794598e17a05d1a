using System.Collections.Immutable;
using System.Text;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Xunit;

namespace MicroGpt.Generator.Tests.Pipeline;

/// <summary>A project for the generator to run in.</summary>
internal sealed record TestProject
{
    public static ImmutableArray<MetadataReference> References { get; } =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var file
                && (file.StartsWith("System.", StringComparison.Ordinal) || file is "netstandard.dll" or "mscorlib.dll"))
            .Append(typeof(ModelEntry).Assembly.Location)
            .Distinct()
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    public ImmutableArray<(string Path, string Text)> Files { get; init; } = [];

    public bool AllowUnsafe { get; init; } = true;

    public LanguageVersion LanguageVersion { get; init; } = LanguageVersion.CSharp13;

    /// <summary>Whether public members without documentation are warned of.</summary>
    public DocumentationMode Documentation { get; init; } = DocumentationMode.Parse;

    public string? RootNamespace { get; init; } = "App";

    /// <summary>Stands in for the model compiler: quick, and its output fulfils the contract.</summary>
    public Func<ModelSpec, ImmutableArray<GeneratedFile>> Compile { get; init; } =
        spec => [Stub.Print([Stub.For(spec, "")], spec.Name + ".g.cs")];

    /// <summary>Stands in for the compiler of the kernels; by default the real one where the models' is.</summary>
    public Func<IEnumerable<ModelSpec>, ImmutableArray<GeneratedFile>>? CompileKernels { get; init; }

    /// <summary>Stands in for the rules of the assembly.</summary>
    public Func<IEnumerable<SpecReading>, MicroGpt.Generator.Spec.Project, AssemblyPlan>? Check { get; init; }

    /// <summary>A project of one file, with the usings that it needs.</summary>
    public static TestProject Of(string source) => new() { Files = [("Spec.cs", source)] };

    // The tests look for the attributes in what they compiled.
    public CSharpParseOptions ParseOptions => new(LanguageVersion, Documentation, preprocessorSymbols: ["MICROGPT_KEEP_ATTRIBUTES"]);

    public CSharpCompilation CreateCompilation() => CSharpCompilation.Create(
        "Test.Assembly",
        Files.Select(f => CSharpSyntaxTree.ParseText(SourceText.From(f.Text, Encoding.UTF8), ParseOptions, f.Path)),
        References,
        new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary,
            allowUnsafe: AllowUnsafe,
            nullableContextOptions: LanguageVersion >= LanguageVersion.CSharp8
                ? NullableContextOptions.Enable : NullableContextOptions.Disable));

    public GeneratorDriver CreateDriver() => CSharpGeneratorDriver.Create(
        [NewGenerator().AsSourceGenerator()],
        parseOptions: ParseOptions,
        optionsProvider: new Options(RootNamespace),
        driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    private MicroGptGenerator NewGenerator()
    {
        if (Compile == TestSpecs.Compile && CompileKernels is null)
        {
            return new MicroGptGenerator();
        }

        return new MicroGptGenerator(m => Compile(m.Spec), all => CompileKernels?.Invoke(all.Select(m => m.Spec)) ?? [], Check);
    }

    /// <summary>Runs the generator, and again on a clone of the compilation, when nothing may be new.</summary>
    public GeneratorRun Run()
    {
        CSharpCompilation compilation = CreateCompilation();
        GeneratorDriver driver = CreateDriver().RunGeneratorsAndUpdateCompilation(compilation, out Compilation output, out var diagnostics);
        var run = new GeneratorRun(driver, compilation, output, diagnostics);
        run.Again(compilation.Clone()).AssertNothingRan();
        return run;
    }

    private sealed class Options(string? rootNamespace) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Global(rootNamespace);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;

        private sealed class Global(string? rootNamespace) : AnalyzerConfigOptions
        {
            public override bool TryGetValue(string key, out string value)
            {
                value = rootNamespace ?? "";
                return key == "build_property.RootNamespace" && rootNamespace is not null;
            }
        }
    }
}

/// <summary>What a run of the generator gave.</summary>
internal sealed record GeneratorRun(
    GeneratorDriver Driver, CSharpCompilation Input, Compilation Output, ImmutableArray<Diagnostic> Diagnostics)
{
    /// <summary>The generated files by hint name.</summary>
    public IReadOnlyDictionary<string, string> Files => Result.GeneratedSources.ToDictionary(s => s.HintName, s => s.SourceText.ToString());

    private GeneratorRunResult Result => Driver.GetRunResult().Results.Single();

    /// <summary>Runs the same driver on another state of the project.</summary>
    public GeneratorRun Again(CSharpCompilation compilation)
    {
        GeneratorDriver driver = Driver.RunGeneratorsAndUpdateCompilation(compilation, out Compilation output, out var diagnostics);
        return new GeneratorRun(driver, compilation, output, diagnostics);
    }

    /// <summary>Runs again after a file has been replaced or, where there is none of that path, added.</summary>
    public GeneratorRun Edit(string path, Func<string, string> change)
    {
        SyntaxTree? old = Input.SyntaxTrees.FirstOrDefault(t => t.FilePath == path);
        var text = SourceText.From(change(old?.ToString() ?? ""), Encoding.UTF8);
        var options = (CSharpParseOptions)Input.SyntaxTrees[0].Options;
        SyntaxTree tree = CSharpSyntaxTree.ParseText(text, options, path);
        return Again(old is null ? Input.AddSyntaxTrees(tree) : Input.ReplaceSyntaxTree(old, tree));
    }

    /// <summary>Why each output of the outputs was or was not made again.</summary>
    public IReadOnlyList<IncrementalStepRunReason> OutputReasons => Reasons(Result.TrackedOutputSteps.Values.SelectMany(s => s));

    /// <summary>Why each value of a named step is there.</summary>
    public IReadOnlyList<IncrementalStepRunReason> StepReasons(string step) =>
        Result.TrackedSteps.TryGetValue(step, out var runs) ? Reasons(runs) : [];

    public void AssertNothingRan() => Assert.All(
        OutputReasons, reason => Assert.Contains(reason, new[] { IncrementalStepRunReason.Cached, IncrementalStepRunReason.Unchanged }));

    private static List<IncrementalStepRunReason> Reasons(IEnumerable<IncrementalGeneratorRunStep> steps) =>
        [.. steps.SelectMany(s => s.Outputs).Select(o => o.Reason)];
}
