using System.Globalization;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Language;
using MicroGpt.Generator.Spec;

namespace MicroGpt.Generator.Architectures;

/// <summary>
/// The architectures that an attribute names: their texts, which <c>src/Core</c> runs eagerly, run here over the language's twins, which
/// records them. Behind this, a built-in model is a program like any other.
/// </summary>
internal static class BuiltIn
{
    /// <summary>The program of a spec.</summary>
    /// <exception cref="CompilerException">The text cannot be recorded with these numbers.</exception>
    public static Program Record(ModelSpec spec) => CompilerException.Guard("Record", () =>
    {
        using var recording = Recording.Begin(spec.VocabSize, spec.BlockSize, spec.InitStd);
        bool headLast = spec.ParameterOrder == ParameterOrder.HeadLast;
        var (name, arguments, logits) = spec.Architecture switch
        {
            Architecture.Gpt => (
                "GPT",
                $"Gpt({Text(spec.VocabSize)}, {Text(spec.BlockSize)}, {Text(spec.NEmbd)}, {Text(spec.NHead)}, {Text(spec.NLayer)}, "
                    + $"headLast: {(headLast ? "true" : "false")})",
                new Gpt(spec.VocabSize, spec.BlockSize, spec.NEmbd, spec.NHead, spec.NLayer, headLast).Forward(recording.Tokens)),
            Architecture.Mlp => (
                "MLP",
                $"Mlp({Text(spec.VocabSize)}, {Text(spec.NEmbd)})",
                new Mlp(spec.VocabSize, spec.NEmbd).Forward(recording.Tokens)),
            _ => throw new GraphException($"{spec.Architecture} is no built-in architecture"),
        };
        return Parts.Divide(recording.Finish(logits)) with
        {
            Architecture = name,
            Construction = "global::MicroGpt.Architectures." + arguments,
        };
    });

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
