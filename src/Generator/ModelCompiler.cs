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
    public static CompiledModel Plan(ModelSpec spec) => Plan(spec, () => BuiltIn.Build(spec));

    /// <summary>The same for a forward graph of any architecture.</summary>
    /// <exception cref="CompilerException">A pass failed; says which, and on which op.</exception>
    public static CompiledModel Plan(ModelSpec spec, Func<ForwardGraph> build)
    {
        var target = new CpuTarget(spec.Precision);
        return target.Compile(spec, Pipeline.Run(build, spec.Optimizer, target));
    }

    /// <summary>Compiles a program: a forward pass of any architecture, under the name and with the choices of a spec.</summary>
    public static ImmutableArray<GeneratedFile> Compile(ModelSpec spec, Program program) => CpuTarget.Print(Plan(spec, program));

    /// <summary>Everything but the printing of a program.</summary>
    public static CompiledModel Plan(ModelSpec spec, Program program) =>
        Plan(spec with { Architecture = Architecture.Program, VocabSize = program.VocabSize, BlockSize = program.BlockSize }, program.ToGraph) with
        {
            Starts = program.Parameters,
        };

    /// <summary>Compiles the kernels of planned models, each once.</summary>
    public static ImmutableArray<GeneratedFile> CompileKernels(IEnumerable<CompiledModel> models)
    {
        var kernels = models.SelectMany(m => m.Kernels.Select(k => (m.Spec.Precision, Kernel: k))).Distinct()
            .OrderBy(k => k.Kernel.Name, StringComparer.Ordinal).ToLookup(k => k.Precision, k => k.Kernel);
        return
        [
            .. CpuTarget.Print(Precision.Single, [.. kernels[Precision.Single]]),
            .. CpuTarget.Print(Precision.Double, [.. kernels[Precision.Double]]),
        ];
    }

    /// <summary>Compiles a model of either kind.</summary>
    public static ImmutableArray<GeneratedFile> Compile(ModelToCompile model) =>
        model.Program is { } program ? Compile(model.Spec, program) : Compile(model.Spec);

    /// <summary>Compiles the kernels of models of either kind.</summary>
    public static ImmutableArray<GeneratedFile> CompileKernels(IEnumerable<ModelToCompile> models) =>
        CompileKernels(models.Select(m => m.Program is { } program ? TryPlan(() => Plan(m.Spec, program)) : TryPlan(() => Plan(m.Spec))).OfType<CompiledModel>());

    /// <summary>A model that fails to compile has been reported, and adds no kernels.</summary>
    private static CompiledModel? TryPlan(Func<CompiledModel> plan)
    {
        try
        {
            return plan();
        }
        catch (CompilerException)
        {
            return null;
        }
    }

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
