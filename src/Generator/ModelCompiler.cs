using System.Collections.Immutable;
using MicroGpt.Generator.Emit;
using MicroGpt.Generator.Passes;
using MicroGpt.Generator.Spec;

namespace MicroGpt.Generator;

/// <summary>One file of generated C#.</summary>
/// <param name="HintName">Its name, such as <c>NamesGpt.Forward.g.cs</c>.</param>
/// <param name="Text">Its content, with <c>\n</c> newlines.</param>
internal sealed record GeneratedFile(string HintName, string Text);

/// <summary>The compiler: a pure function from a valid spec to the files of one model.</summary>
internal static class ModelCompiler
{
    /// <summary>Compiles one model. Throws <see cref="CompilerException"/> on an internal failure.</summary>
    public static ImmutableArray<GeneratedFile> Compile(ModelSpec spec) => ModelPrinter.Print(Pipeline.Run(spec));
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
