using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace MicroGpt.Generator.Spec;

/// <summary>
/// Every diagnostic of the generator. An id is never given a second meaning; <c>docs/diagnostics</c> has a page for each,
/// <c>AnalyzerReleases.*.md</c> a line.
/// </summary>
/// <remarks>
/// All are tagged <see cref="WellKnownDiagnosticTags.NotConfigurable"/>: such an error of a generator is always shown, and
/// stops the compiler before it looks at method bodies, so that one mistake gives one error and no page of CS1061.
/// </remarks>
internal static partial class Diagnostics
{
    public static readonly DiagnosticDescriptor NotPartial = Error(
        "MGPT001",
        "The spec class is not partial",
        "'{0}' is not partial, so the compiled model cannot be added to it; write '{1}'");

    public static readonly DiagnosticDescriptor Nested = Error(
        "MGPT002",
        "The spec class is nested",
        "'{0}' is nested in '{1}', but a model is selected by its class name alone; move the class out, directly into a namespace");

    public static readonly DiagnosticDescriptor Generic = Error(
        "MGPT003",
        "The spec class is generic",
        "'{0}' is generic, but every number of a compiled model is a constant; "
            + "remove the type parameters and write one class for each model");

    public static readonly DiagnosticDescriptor WrongKind = Error(
        "MGPT004",
        "The spec class is of a kind that cannot be a model",
        "'{0}' is {1}, but {2}; write '{3}'");

    public static readonly DiagnosticDescriptor TwoArchitectures = Error(
        "MGPT005",
        "The spec class has two model attributes",
        "'{0}' has both {1} and {2}, but a class is one model; remove one of them, or give each its own class");

    public static readonly DiagnosticDescriptor Missing = Error(
        "MGPT006",
        "A number of the spec is missing",
        "{0} does not say {1}; add for example '{2}'");

    public static readonly DiagnosticDescriptor NotPositive = Error(
        "MGPT007",
        "A number of the spec is not positive",
        "{0} = {1} is not positive; {0} must be at least 1");

    public static readonly DiagnosticDescriptor NotDivisible = Error(
        "MGPT008",
        "The width is not divisible by the number of heads",
        "NEmbd = {0} is not divisible by NHead = {1}; each head needs a whole number of channels. Nearest: {2}");

    public static readonly DiagnosticDescriptor InvalidInitStd = Error(
        "MGPT009",
        "InitStd is not a usable standard deviation",
        "InitStd = {0} is not a finite number of at least 0{1}; the usual value is 0.08");

    public static readonly DiagnosticDescriptor InvalidEnum = Error(
        "MGPT010",
        "The value does not exist in its enumeration",
        "{0} = {1} does not exist; use {2}");

    public static readonly DiagnosticDescriptor TooLarge = Error(
        "MGPT011",
        "A buffer of the model would be too large",
        "The model's {0} would have {1} elements ({2}), but a buffer holds at most 2,147,483,647; {3}");

    public static readonly DiagnosticDescriptor DuplicateName = Error(
        "MGPT012",
        "Two specs have the same name",
        "'{0}' has the same name, whatever the case, as '{1}' in {2}, but a model is selected by its class name; rename one of them");

    public static readonly DiagnosticDescriptor MemberDeclared = Error(
        "MGPT013",
        "A member of the compiled model is already declared",
        "'{0}' {1}, which the generator declares in every compiled model; rename or remove it");

    public static readonly DiagnosticDescriptor NameTaken = Error(
        "MGPT014",
        "The spec class has the name of something generated",
        "A spec class cannot be called '{0}', because {1}; rename the class");

    public static readonly DiagnosticDescriptor Constructor = Error(
        "MGPT015",
        "A constructor does not call the generated one",
        "{0} of '{1}' does not call the generated constructor, so the model would have no memory; {2}");

    public static readonly DiagnosticDescriptor BaseClass = Error(
        "MGPT016",
        "The base class cannot be constructed without arguments",
        "The base class '{0}' of '{1}' has no constructor without parameters that the generated constructor could call; add one, "
            + "or remove the base class");

    public static readonly DiagnosticDescriptor UnsafeNotAllowed = Error(
        "MGPT017",
        "The project does not allow unsafe code",
        "Compiled models work on raw memory, but this project does not allow unsafe code; "
            + "reference the package MicroGpt in the project itself, which allows it, "
            + "or add <AllowUnsafeBlocks>true</AllowUnsafeBlocks> to a <PropertyGroup> of the project file");

    public static readonly DiagnosticDescriptor LanguageVersion = Error(
        "MGPT018",
        "The project's C# version is too old",
        "Compiled models need C# {0}, but this project is compiled as C# {1}; "
            + "remove <LangVersion> from the project file or set it to {0} or later");

    public static readonly DiagnosticDescriptor TooManyLayers = Error(
        "MGPT019",
        "The model has too many layers",
        "NLayer = {0} would take the compiler very long, because every layer's code is written out; NLayer must be at most {1}");

    public static readonly DiagnosticDescriptor NothingToPredict = Error(
        "MGPT020",
        "The vocabulary has a single token",
        "VocabSize = {0} leaves nothing to predict, because BOS is one of the tokens; VocabSize must be at least 2, "
            + "the number of distinct characters + 1");

    public static readonly DiagnosticDescriptor InternalFailure = Error(
        "MGPT099",
        "The model compiler failed",
        "The compiler of '{0}' failed in pass {1}{2}: {3}. This is a mistake in MicroGpt and not in the spec; "
            + "please report it with the spec.");

    /// <summary>All of them, in the order of their ids.</summary>
    public static ImmutableArray<DiagnosticDescriptor> All =>
    [
        NotPartial, Nested, Generic, WrongKind, TwoArchitectures, Missing, NotPositive, NotDivisible, InvalidInitStd, InvalidEnum,
        TooLarge, DuplicateName, MemberDeclared, NameTaken, Constructor, BaseClass, UnsafeNotAllowed, LanguageVersion,
        TooManyLayers, NothingToPredict, InternalFailure, .. OfReader,
    ];

    private static DiagnosticDescriptor Error(string id, string title, string message) => new(
        id,
        title,
        message,
        category: "MicroGpt",
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        helpLinkUri: $"{HelpLinks.Folder}{id}.md",
        customTags: [WellKnownDiagnosticTags.NotConfigurable]);
}
