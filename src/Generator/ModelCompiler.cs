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
    /// <summary>Compiles a model.</summary>
    /// <exception cref="CompilerException">A pass failed; says which, and on which op.</exception>
    public static ImmutableArray<GeneratedFile> Compile(ModelToCompile model) => CpuTarget.Print(Plan(model));

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
        var target = new CpuTarget(spec.Precision);
        return target.Compile(spec, Pipeline.Run(build, spec.Optimizer, target));
    }

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

    /// <summary>Compiles the kernels that models call, each once.</summary>
    public static ImmutableArray<GeneratedFile> CompileKernels(IEnumerable<ModelToCompile> models) =>
        CompileKernels(models.Select(m => TryPlan(() => Plan(m))).OfType<CompiledModel>());

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
}
