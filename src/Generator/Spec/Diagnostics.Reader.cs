using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace MicroGpt.Generator.Spec;

/// <summary>What can be wrong with a model's own text: its fields and its forward pass.</summary>
internal static partial class Diagnostics
{
    public static readonly DiagnosticDescriptor NotAnOperation = Error(
        "MGPT201",
        "What is called is not an operation of a model",
        "'{0}' is not an operation of a model (those are in MicroGpt.Functions), nor a method whose source is here");

    public static readonly DiagnosticDescriptor NotInLanguage = Error(
        "MGPT202",
        "A construct is not understood in a model",
        "{0} is not understood in a model: {1}");

    public static readonly DiagnosticDescriptor ConditionUnknown = Error(
        "MGPT203",
        "A condition is not known at build time",
        "this condition is not known at build time; the compiled step has no branches: decide on constants, or use Max, Min, Clamp");

    public static readonly DiagnosticDescriptor MutableField = Error(
        "MGPT204",
        "A model changes while it runs",
        "'{0}' can change after the model is made, but the compiled step is made once: declare it readonly, "
            + "and keep what changes in local variables");

    public static readonly DiagnosticDescriptor Collection = Error(
        "MGPT205",
        "A collection is not an array",
        "'{0}' is not understood in a model: use an array");

    public static readonly DiagnosticDescriptor Linq = Error(
        "MGPT206",
        "A model uses LINQ",
        "LINQ ('{0}') is not understood in a model: write a loop over an array");

    public static readonly DiagnosticDescriptor Exceptions = Error(
        "MGPT207",
        "A model handles exceptions or resources",
        "'{0}' is not understood in a model: nothing in a compiled step can fail or needs closing; remove it");

    public static readonly DiagnosticDescriptor Asynchronous = Error(
        "MGPT208",
        "A method of a model is asynchronous or an iterator",
        "{0} is {1}, which a model cannot be: make it an ordinary method");

    public static readonly DiagnosticDescriptor NotForForward = Error(
        "MGPT209",
        "A number of a tensor is asked for",
        "'{0}' cannot be used in a forward pass, where tensors have no numbers yet: use it after the pass, on what an eager run gives");

    public static readonly DiagnosticDescriptor LinearShape = Error("MGPT210", "The operands of Linear do not fit", "{0}");

    public static readonly DiagnosticDescriptor Shapes = Error("MGPT211", "Tensors do not fit each other", "{0}");

    public static readonly DiagnosticDescriptor Heads = Error("MGPT212", "Channels are not a whole number for each head", "{0}");

    public static readonly DiagnosticDescriptor Slice = Error("MGPT213", "A slice asks for channels that are not there", "{0}");

    public static readonly DiagnosticDescriptor ConcatShape = Error("MGPT214", "The parts of Concat do not fit each other", "{0}");

    public static readonly DiagnosticDescriptor RopeShape = Error("MGPT215", "The operands of Rope do not fit", "{0}");

    public static readonly DiagnosticDescriptor AttentionShape = Error("MGPT216", "The operands of Attention do not fit", "{0}");

    public static readonly DiagnosticDescriptor Table = Error("MGPT217", "A table cannot be read by these indices", "{0}");

    public static readonly DiagnosticDescriptor Argument = Error("MGPT218", "An argument is out of range", "{0}");

    public static readonly DiagnosticDescriptor Logits = Error("MGPT219", "Forward does not return logits", "{0}");

    public static readonly DiagnosticDescriptor MatrixMisplaced = Error("MGPT220", "A matrix stands where a tensor must", "{0}");

    public static readonly DiagnosticDescriptor MadeElsewhere = Error(
        "MGPT221",
        "A parameter is not made in a field initialiser",
        "parameters and modules are made in field initialisers only, not {0}: their order is that of the fields");

    public static readonly DiagnosticDescriptor ParameterSize = Error(
        "MGPT222",
        "A parameter has no elements",
        "a parameter {0} has no elements: every size must be at least 1");

    public static readonly DiagnosticDescriptor ParameterStart = Error(
        "MGPT223",
        "A parameter does not start from finite numbers",
        "a parameter must start from finite numbers, with a deviation of at least 0");

    public static readonly DiagnosticDescriptor ParameterName = Error(
        "MGPT224",
        "Two parameters have the same name",
        "there are two parameters called '{0}': give one of them another name");

    public static readonly DiagnosticDescriptor TwoParts = Error(
        "MGPT225",
        "Parameters stand in two parts of a class",
        "the parameters of '{0}' stand in two parts of the class, which have no order: put all of them into one");

    public static readonly DiagnosticDescriptor Unheld = Error(
        "MGPT226",
        "No field holds a parameter",
        "no field holds this parameter, so it has no name: put it into a field of the model or of a module");

    public static readonly DiagnosticDescriptor StaticParameter = Error(
        "MGPT227",
        "A static field holds a parameter",
        "a static field cannot hold parameters, since each model has its own: remove 'static'");

    public static readonly DiagnosticDescriptor ComputedWhileMade = Error(
        "MGPT228",
        "A tensor is computed while the model is made",
        "parameters have no numbers while the model is made: compute with them in Forward");

    public static readonly DiagnosticDescriptor TooDeep = Error(
        "MGPT230",
        "Calls nest too deeply",
        "calls nest more than {0} deep: a model's calls must end, whatever the input");

    public static readonly DiagnosticDescriptor TooLong = Error(
        "MGPT231",
        "A forward pass is too long",
        "reading this model takes more than {0} steps: does a loop end?");

    public static readonly DiagnosticDescriptor TooManyOperations = Error(
        "MGPT232",
        "A forward pass has too many operations",
        "the forward pass has more than {0} operations, more than a step can hold: use fewer layers or wider operations");

    public static readonly DiagnosticDescriptor Arithmetic = Error(
        "MGPT233",
        "Arithmetic at build time fails",
        "this {0}");

    public static readonly DiagnosticDescriptor Null = Error(
        "MGPT234",
        "A value is null",
        "'{0}' is null here: give it a value, or ask with 'is null' first");

    public static readonly DiagnosticDescriptor OutOfRange = Error(
        "MGPT235",
        "An index or length is out of range",
        "{0} is not {1}");

    public static readonly DiagnosticDescriptor Thrown = Error(
        "MGPT236",
        "The model throws an exception",
        "the model throws here{0}");

    public static readonly DiagnosticDescriptor InvalidCast = Error(
        "MGPT237",
        "A cast fails",
        "this is a '{0}', not a '{1}'");

    public static readonly DiagnosticDescriptor UnusedParameter = Error(
        "MGPT239",
        "A parameter does not reach the loss",
        "the loss does not depend on '{0}', so it would never change: use it in Forward (not within Detach alone), or remove it");

    public static readonly DiagnosticDescriptor NoForward = Error(
        "MGPT240",
        "A model has no forward pass",
        "'{0}' {1}: a model has one method 'public Tensor Forward(Tokens tokens)', its own or inherited");

    public static readonly DiagnosticDescriptor ModelConstructor = Error(
        "MGPT241",
        "A model cannot be made without arguments",
        "'{0}' cannot be made without arguments: give the parameters of its constructor default values");

    public static readonly DiagnosticDescriptor BaseModel = Error(
        "MGPT242",
        "A model derives from a model",
        "'{0}' derives from '{1}', which is a model itself: keep what they share in a base class without the attribute");

    public static readonly DiagnosticDescriptor NegativeBlockSize = Error(
        "MGPT243",
        "BlockSize is negative",
        "BlockSize = {0} is negative; give the most positions of a document, or 0 for no limit");

    public static readonly DiagnosticDescriptor NumberTooLarge = Error("MGPT244", "A number is too large for the model's precision", "{0}");

    /// <summary>Those of the reader, in the order of their ids.</summary>
    public static ImmutableArray<DiagnosticDescriptor> OfReader =>
    [
        NotAnOperation, NotInLanguage, ConditionUnknown, MutableField, Collection, Linq, Exceptions, Asynchronous, NotForForward,
        LinearShape, Shapes, Heads, Slice, ConcatShape, RopeShape, AttentionShape, Table, Argument, Logits, MatrixMisplaced,
        MadeElsewhere, ParameterSize, ParameterStart, ParameterName, TwoParts, Unheld, StaticParameter, ComputedWhileMade,
        TooDeep, TooLong, TooManyOperations, Arithmetic, Null, OutOfRange, Thrown, InvalidCast, UnusedParameter,
        NoForward, ModelConstructor, BaseModel, NegativeBlockSize, NumberTooLarge,
    ];
}
