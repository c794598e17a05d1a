namespace MicroGpt.Generator.Spec;

/// <summary>What a model's attribute names.</summary>
internal enum Architecture
{
    Gpt,
    Mlp,

    /// <summary>None that is built in: the class has a forward pass of its own.</summary>
    OwnText,
}

/// <summary>Mirrors <c>MicroGpt.Precision</c>; the generator does not reference the model library.</summary>
internal enum Precision
{
    Single = 0,
    Double = 1,
}

/// <summary>Mirrors <c>MicroGpt.Optimizer</c>.</summary>
internal enum Optimizer
{
    Sgd = 0,
    Adam = 1,
    Momentum = 2,
    AdamW = 3,
}

/// <summary>Mirrors <c>MicroGpt.ParameterOrder</c>.</summary>
internal enum ParameterOrder
{
    HeadFirst = 0,
    HeadLast = 1,
}

/// <summary>
/// A valid spec: everything the generated code depends on, and nothing else. This is the value that flows through the
/// incremental pipeline, so it must stay small, equatable and free of symbols and locations.
/// </summary>
internal sealed record ModelSpec
{
    /// <summary>Namespace of the spec class; empty for the global namespace.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Name of the spec class.</summary>
    public string Name { get; init; } = "";

    /// <summary>The class's identity.</summary>
    public ClassName Class => new(Namespace, Name);

    /// <summary>"public" or "internal": the accessibility that the generated part repeats.</summary>
    public string Accessibility { get; init; } = "public";

    /// <summary>The file of the spec class, relative to the project's folder; a name alone where that is not known.</summary>
    public string SourceFile { get; init; } = "";

    public Architecture Architecture { get; init; }

    /// <summary>Whether the class holds the text of its forward pass, and may be run eagerly.</summary>
    public bool HasText => Architecture == Architecture.OwnText;

    /// <summary>Of a model with a text of its own: the base class that holds its forward pass; empty where it does so itself.</summary>
    public string Base { get; init; } = "";

    public int VocabSize { get; init; }

    /// <summary>0 for an architecture without a limit on positions.</summary>
    public int BlockSize { get; init; }

    public int NEmbd { get; init; }

    /// <summary>0 for an architecture without attention.</summary>
    public int NHead { get; init; }

    /// <summary>0 for an architecture without layers.</summary>
    public int NLayer { get; init; }

    public Precision Precision { get; init; }

    public Optimizer Optimizer { get; init; }

    /// <summary>Most bytes that logits take at once: a batch with more is divided where it comes to them.</summary>
    public long LogitsBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>
    /// Weights with so many outputs, or more, have no transposed copy, which the backward pass would read. Of fewer the sums that it needs
    /// instead cost more than the copy.
    /// </summary>
    public int LoneFrom { get; init; } = 64;

    public double InitStd { get; init; } = 0.08;

    public ParameterOrder ParameterOrder { get; init; }

    /// <summary>Whether the class has required members: its constructor then says that it leaves them as they are.</summary>
    public bool HasRequiredMembers { get; init; }

    /// <summary>Whether the class has a constructor of its own that needs no arguments, which the generated one then calls.</summary>
    public bool HasOwnConstructor { get; init; }
}
