using System.Collections.Immutable;
using System.Runtime.Loader;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Text;

namespace MicroGpt.Generator.Tests.Emit;

/// <summary>
/// Models of awkward shapes, each made to use one width of vectors whatever the machine has, compiled into one assembly.
/// </summary>
public sealed class AwkwardModels : IDisposable
{
    private readonly AssemblyLoadContext _context = new("AwkwardModels", isCollectible: true);
    private readonly Dictionary<string, Type> _types;

    public AwkwardModels()
    {
        ModelSpec[] specs = [.. All.Values.Select(m => m.Spec)];
        using var image = new MemoryStream(InMemoryBuild.Compile(
            specs, [.. All.Values.SelectMany(m => CompileFor(m.Spec, m.VectorBits)), .. specs.CompileKernels()]));
        var assembly = _context.LoadFromStream(image);
        _types = specs.ToDictionary(s => s.Name, s => assembly.GetType($"{s.Namespace}.{s.Name}", throwOnError: true)!);
    }

    internal static IReadOnlyDictionary<string, (ModelSpec Spec, int VectorBits)> All { get; } = new[]
    {
        (Double(TestSpecs.Gpt(6, 5, 6, 6, 1)) with { Name = "HeadPerChannel" }, 256),
        (Double(TestSpecs.Gpt(5, 1, 8, 2, 2)) with { Name = "BlockSizeOne" }, 512),
        (TestSpecs.Gpt(11, 8, 40, 2, 1) with { Name = "HeadsWiderThanAPanel" }, 256),
        (Double(TestSpecs.Gpt(11, 7, 9, 3, 2)) with { Name = "WithAdam", Optimizer = Spec.Optimizer.Adam }, 128),
        (Double(TestSpecs.Mlp(17, 5)) with { Name = "NarrowMlp" }, 256),
        (Double(TestSpecs.Gpt(11, 7, 9, 3, 2)) with { Name = "WithMomentum", Optimizer = Spec.Optimizer.Momentum }, 512),
        (Double(TestSpecs.Gpt(11, 7, 9, 3, 2)) with { Name = "WithAdamW", Optimizer = Spec.Optimizer.AdamW }, 256),
        (TestSpecs.Random(1) with { Name = "Random1" }, 128),
        (TestSpecs.Random(2) with { Name = "Random2" }, 256),
        (TestSpecs.Random(3) with { Name = "Random3" }, 512),
        (TestSpecs.Random(4) with { Name = "Random4" }, 128),
        (TestSpecs.Random(5) with { Name = "Random5" }, 512),
    }.ToDictionary(m => m.Item1.Name);

    internal ICompiledModel Create(string name, int rowCapacity) => (ICompiledModel)Activator.CreateInstance(_types[name], rowCapacity)!;

    public void Dispose() => _context.Unload();

    private static IEnumerable<GeneratedFile> CompileFor(ModelSpec spec, int vectorBits) => spec.Compile().Select(file => file with
    {
        // Not a constant, which would make code unreachable.
        Text = file.Text.Replace("VectorSupport.PreferredBits", $"int.Parse(\"{vectorBits}\")", StringComparison.Ordinal),
    });

    private static ModelSpec Double(ModelSpec spec) => spec with { Precision = Spec.Precision.Double };
}
