using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace MicroGpt.Generator.Spec;

/// <summary>
/// The names that the generated part of a spec class declares beside the contract's: the class may not declare them itself (MGPT013).
/// A test compares them with what is really generated. Everything else lies in a class of its own, so that the user's names are free.
/// </summary>
internal static class GeneratedMembers
{
    /// <summary>The static property by which the registry reads a model's constants without making one.</summary>
    public const string Description = "CompiledDescription";

    /// <summary>The nested class with the graphs as data.</summary>
    public const string Graphs = "CompiledGraphs";

    /// <summary>The registry class of an assembly.</summary>
    public const string Registry = "CompiledModels";

    /// <summary>Metadata names of the contract's interfaces.</summary>
    public static readonly ImmutableArray<string> Contract = ["MicroGpt.ICompiledModel", "MicroGpt.IModelState"];

    /// <summary>Metadata name of the part of the contract that only models with dropout fulfil.</summary>
    public const string Dropout = "MicroGpt.IModelDropout";

    /// <summary>
    /// The contract's interfaces in the library that an attribute is from; none where the library is not what it should be.
    /// </summary>
    public static ImmutableArray<INamedTypeSymbol> ContractOf(AttributeData attribute) =>
        [.. Contract.Select(part => attribute.AttributeClass?.ContainingAssembly.GetTypeByMetadataName(part)).OfType<INamedTypeSymbol>()];

    /// <summary>The field that holds what was compiled.</summary>
    public const string Compiled = "_compiledModel";

    /// <summary>The property that makes it when it is first asked for.</summary>
    public const string Made = "_madeModel";

    /// <summary>Whether a member would stand in the way of a generated one.</summary>
    public static bool Conflict(ISymbol member) => IsName(member.Name);

    /// <summary>Whether anything generated has this name.</summary>
    public static bool IsName(string name) => name is Description or Compiled or Made;
}
