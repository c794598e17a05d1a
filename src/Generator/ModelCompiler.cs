using System.Collections.Immutable;
using MicroGpt.Generator.Architectures;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Passes;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu;
using MicroGpt.Generator.Targets.Cpu.Kernels;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using MicroGpt.Generator.Text;

namespace MicroGpt.Generator;

/// <summary>
/// The compiler: pure functions from a valid spec to the files of one model, and from all valid specs of an assembly to the
/// kernels that their models share.
/// </summary>
internal static class ModelCompiler
{
    /// <summary>Compiles one model. Throws <see cref="CompilerException"/> on an internal failure.</summary>
    public static ImmutableArray<GeneratedFile> Compile(ModelSpec spec) => CpuTarget.Print(Plan(spec));

    /// <summary>Everything but the printing: passes, kernels, offsets.</summary>
    /// <exception cref="CompilerException">A pass failed; says which, and on which op.</exception>
    public static CompiledModel Plan(ModelSpec spec) =>
        new CpuTarget(spec.Precision).Compile(spec, Pipeline.Run(() => BuiltIn.Build(spec), spec.Optimizer));

    /// <summary>Compiles the kernels that models call, each once. A spec that fails to compile has been reported and adds none.</summary>
    public static ImmutableArray<GeneratedFile> CompileKernels(IEnumerable<ModelSpec> specs)
    {
        var kernels = specs.SelectMany(KernelsOf).Distinct().OrderBy(k => k.Kernel.Name, StringComparer.Ordinal)
            .ToLookup(k => k.Precision, k => k.Kernel);
        return
        [
            .. CpuTarget.Print(Precision.Single, [.. kernels[Precision.Single]]),
            .. CpuTarget.Print(Precision.Double, [.. kernels[Precision.Double]]),
        ];
    }

    private static IEnumerable<(Precision Precision, KernelSpec Kernel)> KernelsOf(ModelSpec spec)
    {
        try
        {
            return Plan(spec).Kernels.Select(k => (spec.Precision, k));
        }
        catch (CompilerException)
        {
            return [];
        }
    }
}
