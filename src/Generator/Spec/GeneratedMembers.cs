using System.Collections.Immutable;
using System.Linq;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;

namespace MicroGpt.Generator.Spec;

/// <summary>
/// The names that a compiled model declares beside the contract's: a spec class may not declare them itself (MGPT013). A test
/// compares them with what is really generated.
/// </summary>
internal static class GeneratedMembers
{
    /// <summary>The static property by which the registry reads a model's constants without making one.</summary>
    public const string Description = "CompiledDescription";

    /// <summary>The nested class with the graphs as data.</summary>
    public const string Graphs = "CompiledGraphs";

    /// <summary>The registry class of an assembly.</summary>
    public const string Registry = "CompiledModels";

    /// <summary>Metadata name of the contract's interface.</summary>
    public const string Contract = "MicroGpt.ICompiledModel";

    private static readonly ImmutableHashSet<string> FieldsAndTypes =
    [
        Description, Graphs, "PanelWidth", "CachePanel", "Activations", "Weights", "Gradients",
        "Decoder", "_weights", "_decoder", "_step", "_gradients", "_activations", "_rows", "_capacity", "_panel", "_decoded",
        "_moments1", "_moments2", "_beta1Power", "_beta2Power", "_holdsForward", "_team", "_kind",
        "_stepSize", "_epsilon", "_loss",
    ];

    private static readonly ImmutableHashSet<(string Name, int Parameters)> Methods = [("Reserve", 1), ("Load", 1), ("CheckLength", 2), ("StoreGradient", 1), ("Run", 1), ("RunPart", 1)];

    // The schedules, one method a layer and direction, each generic in the kernels.
    private static readonly Regex Schedules = new(
        @"^(RunPart|(Forward|Backward|Gradient|Decode)(Embedding|Layer\d+|Head|Mlp)?(_\d+)?)$", RegexOptions.CultureInvariant);

    /// <summary>Whether a member would stand in the way of a generated one: methods do only with the same parameters, as far as known.</summary>
    public static bool Conflict(ISymbol member) => member is IMethodSymbol method
        ? FieldsAndTypes.Contains(method.Name)
            || (method.Arity == 0 && Methods.Contains((method.Name, method.Parameters.Length)))
            || (method.Arity == 1 && Schedules.IsMatch(method.Name))
        : IsName(member.Name);

    /// <summary>Whether anything generated has this name.</summary>
    public static bool IsName(string name) =>
        FieldsAndTypes.Contains(name) || Methods.Any(m => m.Name == name) || Schedules.IsMatch(name);
}
