using System.Collections.Immutable;
using MicroGpt.Generator.Emit;
using MicroGpt.Generator.Kernels;
using MicroGpt.Generator.Passes;
using MicroGpt.Generator.Spec;

namespace MicroGpt.Generator;

/// <summary>One file of generated C#.</summary>
/// <param name="HintName">Its name, such as <c>NamesGpt.Forward.g.cs</c>.</param>
/// <param name="Text">Its content, with <c>\n</c> newlines.</param>
internal sealed record GeneratedFile(string HintName, string Text);

/// <summary>
/// The compiler: pure functions from a valid spec to the files of one model, and from all valid specs of an assembly to the
/// kernels that their models share.
/// </summary>
internal static class ModelCompiler
{
    /// <summary>Compiles one model. Throws <see cref="CompilerException"/> on an internal failure.</summary>
    public static ImmutableArray<GeneratedFile> Compile(ModelSpec spec) => ModelPrinter.Print(Pipeline.Run(spec));

    /// <summary>Compiles the kernels that models call, each once. A spec that fails to compile has been reported and adds none.</summary>
    public static ImmutableArray<GeneratedFile> CompileKernels(IEnumerable<ModelSpec> specs)
    {
        var kernels = specs.SelectMany(KernelsOf).Distinct().OrderBy(k => k.Kernel.Name, StringComparer.Ordinal)
            .ToLookup(k => k.Precision, k => k.Kernel);
        return
        [
            .. KernelFilesPrinter.Print(Precision.Single, [.. kernels[Precision.Single]]),
            .. KernelFilesPrinter.Print(Precision.Double, [.. kernels[Precision.Double]]),
        ];
    }

    private static IEnumerable<(Precision Precision, KernelSpec Kernel)> KernelsOf(ModelSpec spec)
    {
        try
        {
            return Pipeline.Run(spec).Kernels.Select(k => (spec.Precision, k));
        }
        catch (CompilerException)
        {
            return [];
        }
    }
}

/// <summary>An internal failure, with the pass and the op in which it happened (reported as MGPT099).</summary>
internal sealed class CompilerException(string pass, string op, string message, System.Exception? inner = null)
    : System.Exception(message, inner)
{
    /// <summary>Name of the pass, such as <c>PlanMemory</c>.</summary>
    public string Pass { get; } = pass;

    /// <summary>Name of the op or node, or an empty string.</summary>
    public string Op { get; } = op;
}
