using System.Linq;
using System.Text;
using Microsoft.CodeAnalysis.CSharp;

namespace MicroGpt.Generator.Text;

/// <summary>Names as C# source wants them written.</summary>
internal static class CSharpName
{
    /// <summary>An identifier, with <c>@</c> before a keyword.</summary>
    public static string Escape(string identifier) =>
        SyntaxFacts.GetKeywordKind(identifier) == SyntaxKind.None && SyntaxFacts.GetContextualKeywordKind(identifier) == SyntaxKind.None
            ? identifier
            : "@" + identifier;

    /// <summary>A dotted name, each part escaped.</summary>
    public static string EscapeQualified(string name) => string.Join(".", name.Split('.').Select(Escape));

    /// <summary>A full name that means the same everywhere, such as <c>global::Names.NamesGpt</c>.</summary>
    public static string Global(string @namespace, string name) =>
        "global::" + (@namespace.Length == 0 ? "" : EscapeQualified(@namespace) + ".") + Escape(name);

    /// <summary>Makes a namespace of any text, as an assembly's name may be one that C# does not accept.</summary>
    public static string ToNamespace(string text) =>
        string.Join(".", text.Split('.').Where(part => part.Length > 0).Select(ToIdentifier));

    private static string ToIdentifier(string text)
    {
        var identifier = new StringBuilder();
        foreach (char c in text)
        {
            identifier.Append(SyntaxFacts.IsIdentifierPartCharacter(c) ? c : '_');
        }

        if (!SyntaxFacts.IsIdentifierStartCharacter(identifier[0]))
        {
            identifier.Insert(0, '_');
        }

        return Escape(identifier.ToString());
    }
}
