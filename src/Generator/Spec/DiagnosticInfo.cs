using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace MicroGpt.Generator.Spec;

/// <summary>A place in the source as plain values: a <see cref="Location"/> would keep a whole syntax tree alive.</summary>
internal sealed record SourcePlace(string Path, TextSpan Span, LinePositionSpan Lines)
{
    /// <summary>"file.cs(line)", as a message refers to another place. Only the file's name: paths differ between machines.</summary>
    public string Brief => $"{System.IO.Path.GetFileName(Path)}({Lines.Start.Line + 1})";

    public static SourcePlace Of(SyntaxNode node) => Of(node.GetLocation());

    public static SourcePlace Of(Location location) =>
        new(location.SourceTree?.FilePath ?? "", location.SourceSpan, location.GetLineSpan().Span);

    public Location ToLocation() => Location.Create(Path, Span, Lines);

    /// <summary>Order of two places: by path (ordinal), then by position.</summary>
    public static int Compare(SourcePlace a, SourcePlace b)
    {
        int byPath = string.CompareOrdinal(a.Path, b.Path);
        return byPath != 0 ? byPath : a.Span.Start.CompareTo(b.Span.Start);
    }
}

/// <summary>A diagnostic that is still a value: it may flow through the pipeline and be compared.</summary>
internal sealed record DiagnosticInfo(DiagnosticDescriptor Descriptor, SourcePlace Place, EquatableArray<string> Arguments)
{
    /// <summary>The calls that led there, from the innermost.</summary>
    public EquatableArray<SourcePlace> Further { get; init; }

    /// <summary>Settings of the attribute that would mend it: <c>NEmbd = 18</c>; several of a text belong together.</summary>
    public EquatableArray<string> Values { get; init; }

    /// <summary>The property that brings them to the code fixes, one a line.</summary>
    public const string ValuesProperty = "MicroGpt.Values";

    public static DiagnosticInfo At(SourcePlace place, DiagnosticDescriptor descriptor, params string[] arguments) =>
        new(descriptor, place, arguments.ToEquatableArray());

    public Diagnostic ToDiagnostic() => Diagnostic.Create(
        Descriptor,
        Place.ToLocation(),
        Further.Select(f => f.ToLocation()),
        Values.Count == 0 ? null : ImmutableDictionary<string, string?>.Empty.Add(ValuesProperty, string.Join("\n", Values)),
        Arguments.Cast<object>().ToArray());
}
