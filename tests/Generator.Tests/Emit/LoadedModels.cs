namespace MicroGpt.Generator.Tests.Emit;

using System.Runtime.Loader;
using MicroGpt.Generator.Targets.Cpu;
using MicroGpt.Generator.Targets.Cpu.Lowering;

/// <summary>Planned models, compiled into one assembly, each made to use one width of vectors whatever the machine has.</summary>
internal sealed class LoadedModels : IDisposable
{
    private readonly AssemblyLoadContext _context;
    private readonly Dictionary<string, Type> _types;

    /// <summary>Compiles and loads the models. Fails the test on an error or a warning.</summary>
    /// <param name="name">That of the fixture, for whoever looks at what is loaded.</param>
    /// <param name="models">Models and their widths.</param>
    public LoadedModels(string name, IEnumerable<(CompiledModel Plan, int Bits)> models)
    {
        (CompiledModel Plan, int Bits)[] all = [.. models];
        using var image = new MemoryStream(InMemoryBuild.Compile(
            [.. all.Select(m => m.Plan.Spec)],
            [
                .. all.SelectMany(m => CpuTarget.Print(m.Plan).Select(file => file with
                {
                    // Not a constant, which would make code unreachable.
                    Text = file.Text.Replace("VectorSupport.PreferredBits", $"int.Parse(\"{m.Bits}\")", StringComparison.Ordinal),
                })),
                .. ModelCompiler.CompileKernels(all.Select(m => m.Plan)),
            ]));
        _context = new AssemblyLoadContext(name, isCollectible: true);
        var assembly = _context.LoadFromStream(image);
        _types = all.Select(m => m.Plan.Spec).ToDictionary(
            s => s.Name, s => assembly.GetType($"{s.Namespace}.{s.Name}", throwOnError: true)!);
    }

    public ICompiledModel Create(string name, int rowCapacity) => (ICompiledModel)Activator.CreateInstance(_types[name], rowCapacity)!;

    public void Dispose() => _context.Unload();
}
