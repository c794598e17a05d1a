using System.Reflection;
using System.Runtime.Loader;
using MicroGpt.Generator.Tests.Pipeline;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Xunit;

namespace MicroGpt.Generator.Tests.Fuzz;

/// <summary>
/// Random models, compiled by the generator into one assembly, which can use each width of vectors whatever the machine has.
/// </summary>
public sealed class RandomModels : IDisposable
{
    private const int Count = 10, FirstSeed = 7000;

    // Stands in for the machine's width in all generated code.
    private const string Width = "namespace RandomModels { public static class Width { public static int Bits { get; set; } } }";

    private readonly AssemblyLoadContext _context = new("RandomModels", isCollectible: true);
    private readonly PropertyInfo _width;

    public RandomModels()
    {
        string text = "using System; using MicroGpt; using static MicroGpt.Functions;\n" + Width
            + string.Concat(Names.Select((name, i) => "\n" + Make(i, name).Text));
        TestProject project = TestProject.Of(text) with { Compile = TestSpecs.Compile };
        CSharpCompilation input = project.CreateCompilation();
        project.CreateDriver().RunGeneratorsAndUpdateCompilation(input, out Compilation output, out var diagnostics);
        Assert.True(diagnostics.IsEmpty, $"{string.Join("\n", diagnostics)}\n{text}");
        CSharpCompilation build = input.WithOptions(input.Options.WithOptimizationLevel(OptimizationLevel.Release)).AddSyntaxTrees(
            output.SyntaxTrees.Except(input.SyntaxTrees).Select(tree => CSharpSyntaxTree.ParseText(
                tree.ToString().Replace("VectorSupport.PreferredBits", "global::RandomModels.Width.Bits", StringComparison.Ordinal),
                project.ParseOptions,
                tree.FilePath)));
        using var image = new MemoryStream();
        EmitResult result = build.Emit(image);
        Assert.True(
            result.Success, $"{string.Join("\n", result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Take(5))}\n{text}");
        image.Position = 0;
        Assembly assembly = _context.LoadFromStream(image);
        _width = assembly.GetType("RandomModels.Width")!.GetProperty("Bits")!;
        var entries = (IEnumerable<ModelEntry>)assembly.GetType("App.CompiledModels")!.GetProperty("All")!.GetValue(null)!;
        Entries = entries.ToDictionary(e => e.Name);
    }

    internal static IReadOnlyList<string> Names { get; } = [.. Enumerable.Range(0, Count).Select(i => $"Random{FirstSeed + i}")];

    internal IReadOnlyDictionary<string, ModelEntry> Entries { get; }

    /// <summary>Whether a model has derivatives everywhere.</summary>
    internal static bool IsSmooth(string name) => Index(name) % 3 == 0;

    internal static string TextOf(string name) => Make(Index(name), name).Text;

    /// <summary>Sets the width of vectors for all models.</summary>
    internal void Use(int bits) => _width.SetValue(null, bits);

    public void Dispose() => _context.Unload();

    private static int Index(string name) =>
        int.Parse(name["Random".Length..], System.Globalization.CultureInfo.InvariantCulture) - FirstSeed;

    private static RandomModel Make(int index, string name) => new(
        new Random(FirstSeed + index),
        name,
        index % 3 == 0,
        (index % 4 == 3 ? "" : ", Precision = Precision.Double") + (index % 2 == 1 ? ", Optimizer = Optimizer.Adam" : ""));
}
