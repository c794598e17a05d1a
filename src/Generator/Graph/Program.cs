using MicroGpt.Generator.Collections;

namespace MicroGpt.Generator.Graph;

/// <summary>A parameter of a program.</summary>
/// <param name="Name">Canonical name, such as <c>layers.0.attention.wq.weight</c>.</param>
/// <param name="Shape">A matrix or a vector.</param>
/// <param name="Mean">What its elements start at, or around.</param>
/// <param name="Std">Standard deviation of the normal distribution they start from; 0 draws nothing.</param>
internal sealed record ProgramParameter(string Name, Shape Shape, double Mean, double Std);

/// <summary>One operation of a program.</summary>
/// <param name="Op">What it computes.</param>
/// <param name="Inputs">Of what: places in the list of operations, all before its own.</param>
/// <param name="Scope">The part of the model that it belongs to.</param>
/// <param name="Local">Its name there.</param>
internal sealed record ProgramOperation(Op Op, EquatableArray<int> Inputs, Scope Scope, string Local);

/// <summary>
/// A forward pass as a value: equal to another where it is the same text, so that it can flow through the incremental pipeline. Whoever
/// reads an architecture, from a method or from an attribute, ends with one of these, and nobody behind asks what kind of model it is.
/// </summary>
internal sealed record Program
{
    /// <summary>What kind of model it is, for whoever reads of it: the name of an architecture, or of the class.</summary>
    public string Architecture { get; init; } = "";

    /// <summary>The construction, in C#, of the object whose <c>Forward</c> computes the same eagerly.</summary>
    public string Construction { get; init; } = "";

    public int VocabSize { get; init; }

    /// <summary>Most positions of a document; 0 where there is no limit.</summary>
    public int BlockSize { get; init; }

    /// <summary>In canonical order.</summary>
    public EquatableArray<ProgramParameter> Parameters { get; init; }

    /// <summary>In the order of the text; what nothing reads is not among them, but for parameters.</summary>
    public EquatableArray<ProgramOperation> Operations { get; init; }

    /// <summary>Place of the operation that gives the logits.</summary>
    public int Logits { get; init; }
}
