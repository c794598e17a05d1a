using System.Collections.Immutable;
using System.Runtime.CompilerServices;
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
    /// <summary>The kernels of the models that were compiled, so that nothing is planned twice; the graphs are not kept.</summary>
    private static readonly ConditionalWeakTable<ModelToCompile, StrongBox<ImmutableArray<KernelSpec>>> KnownKernels = new();

    /// <summary>Compiles a model.</summary>
    /// <exception cref="CompilerException">A pass failed; says which, and on which op.</exception>
    public static ImmutableArray<GeneratedFile> Compile(ModelToCompile model)
    {
        var plan = Plan(model);
        KnownKernels.GetValue(model, _ => new StrongBox<ImmutableArray<KernelSpec>>(plan.Kernels));
        return CpuTarget.Print(plan);
    }

    /// <summary>Everything but the printing: passes, kernels, offsets.</summary>
    /// <exception cref="CompilerException">A pass failed; says which, and on which op.</exception>
    public static CompiledModel Plan(ModelToCompile model) => Plan(model.Spec, model.Program ?? BuiltIn.Record(model.Spec));

    /// <summary>The same for a program, under the name and with the choices of a spec.</summary>
    public static CompiledModel Plan(ModelSpec spec, Program program) =>
        Plan(
            spec with
            {
                Architecture = program.Construction.Length > 0 ? spec.Architecture : Architecture.OwnText,
                VocabSize = program.VocabSize,
                BlockSize = program.BlockSize,
            },
            program.ToGraph) with
        {
            Architecture = program.Architecture,
            Construction = program.Construction.Length > 0 ? program.Construction : CSharpName.Global(spec.Namespace, spec.Name) + "()",
            Starts = program.Parameters,
        };

    /// <summary>The same for a forward graph that is no program's.</summary>
    public static CompiledModel Plan(ModelSpec spec, Func<ForwardGraph> build)
    {
        var target = new CpuTarget(spec.Precision, spec.LogitsBytes, spec.LoneFrom);
        return target.Compile(spec, Pipeline.Run(build, spec.Optimizer, target));
    }

    /// <summary>Compiles the kernels of planned models, each once.</summary>
    public static ImmutableArray<GeneratedFile> CompileKernels(IEnumerable<CompiledModel> models) =>
        CompileKernels(models.SelectMany(m => m.Kernels.Select(k => (m.Spec.Precision, k))));

    /// <summary>Compiles the kernels that models call, each once.</summary>
    public static ImmutableArray<GeneratedFile> CompileKernels(IEnumerable<ModelToCompile> models) =>
        CompileKernels(models.SelectMany(m => KernelsOf(m).Select(k => (m.Spec.Precision, k))));

    private static ImmutableArray<GeneratedFile> CompileKernels(IEnumerable<(Precision Precision, KernelSpec Kernel)> all)
    {
        var kernels = all.Distinct().OrderBy(k => k.Kernel.Name, StringComparer.Ordinal).ToLookup(k => k.Precision, k => k.Kernel);
        return
        [
            .. CpuTarget.Print(Precision.Single, [.. kernels[Precision.Single]]),
            .. CpuTarget.Print(Precision.Double, [.. kernels[Precision.Double]]),
        ];
    }

    /// <summary>A model that fails to compile has been reported, and adds no kernels.</summary>
    private static ImmutableArray<KernelSpec> KernelsOf(ModelToCompile model)
    {
        if (KnownKernels.TryGetValue(model, out var known))
        {
            return known.Value;
        }

        try
        {
            return Plan(model).Kernels;
        }
        catch (CompilerException)
        {
            return [];
        }
    }
}
