using MicroGpt.Generator.Spec;
using Microsoft.CodeAnalysis;

namespace MicroGpt.Generator.Reader;

/// <summary>The text at a place is not a model's. Unwinds to the statement, which goes on without its value.</summary>
internal sealed class Fault(DiagnosticInfo? diagnostic) : Exception(diagnostic?.Descriptor.Id)
{
    /// <summary>What to report; null where the mistake behind it has been reported.</summary>
    public DiagnosticInfo? Diagnostic { get; } = diagnostic;
}

/// <summary>Reading cannot go on at all: a condition is unknown, or a limit is reached.</summary>
internal sealed class Halt(DiagnosticInfo? diagnostic) : Exception(diagnostic?.Descriptor.Id)
{
    /// <summary>What to report; null where the C# compiler reports it, or it has been reported.</summary>
    public DiagnosticInfo? Diagnostic { get; } = diagnostic;
}
