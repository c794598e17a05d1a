namespace MicroGpt.Generator.Spec;

/// <summary>Identity of a spec class in its assembly.</summary>
/// <param name="Namespace">Namespace; empty for the global namespace.</param>
/// <param name="Name">Class name.</param>
internal sealed record ClassName(string Namespace, string Name)
{
    /// <summary>Name with its namespace, for messages and as a key.</summary>
    public string Full => Namespace.Length == 0 ? Name : Namespace + "." + Name;
}

/// <summary>Everything that is read at one attributed class.</summary>
internal sealed record SpecReading
{
    public ClassName Class { get; init; } = new("", "");

    /// <summary>The class's name in its declaration.</summary>
    public SourcePlace NamePlace { get; init; } = null!;

    /// <summary>The attribute.</summary>
    public SourcePlace AttributePlace { get; init; } = null!;

    /// <summary>The spec, if every rule about this class alone holds.</summary>
    public ModelSpec? Spec { get; init; }

    /// <summary>What stands in for the model if it cannot be compiled; null where nothing can be added to the class.</summary>
    public Stub? Stub { get; init; }

    public EquatableArray<DiagnosticInfo> Diagnostics { get; init; }

    /// <summary>Warnings that the class's own attributes cause wherever it is named: it is obsolete, or experimental.</summary>
    public EquatableArray<string> Warnings { get; init; }
}
