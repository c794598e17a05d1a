using System.Collections.Immutable;

namespace MicroGpt.Generator;

/// <summary>
/// The names that a compiled model declares beside the contract's: a spec class may not declare them itself (MGPT013). A test
/// compares them with what is really generated.
/// </summary>
internal static class GeneratedMembers
{
    /// <summary>The static property by which the registry reads a model's constants without making one.</summary>
    public const string Description = "CompiledDescription";

    /// <summary>The registry class of an assembly.</summary>
    public const string Registry = "CompiledModels";

    /// <summary>Metadata name of the contract's interface.</summary>
    public const string Contract = "MicroGpt.ICompiledModel";

    /// <summary>Everything else.</summary>
    public static ImmutableArray<string> Names { get; } = [Description];
}
