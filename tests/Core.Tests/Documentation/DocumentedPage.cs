using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace MicroGpt.Core.Tests.Documentation;

/// <summary>A page of the documentation, of which the C# is checked: here, and by the generator's tests what is generated.</summary>
/// <param name="Name">Its path in the repository.</param>
/// <param name="Text">All of it.</param>
internal sealed record DocumentedPage(string Name, string Text)
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(Folder(), "../../.."));

    /// <summary>The pages for readers, but for those of the diagnostics, whose examples have a test of their own.</summary>
    public static IReadOnlyList<DocumentedPage> All { get; } =
    [
        .. new[] { "README.md", "CONTRIBUTING.md", "src/Core/PACKAGE.md", "src/Runner/Library/PACKAGE.md" }
            .Concat(Directory.GetFiles(Path.Combine(Root, "docs"), "*.md").Select(file => "docs/" + Path.GetFileName(file)))
            .Order(StringComparer.Ordinal).Select(Of),
    ];

    /// <summary>A page by its path in the repository.</summary>
    public static DocumentedPage Of(string name) => new(name, File.ReadAllText(Path.Combine(Root, name)));

    /// <summary>
    /// Its blocks of C#. A comment in the line before a block, <c>&lt;!-- of FILE --&gt;</c> or <c>&lt;!-- generated: FILE --&gt;</c>, says
    /// that it is an excerpt of a file, in which <c>...</c> and empty lines stand for what is left out. Others are whole.
    /// </summary>
    public IReadOnlyList<DocumentedBlock> Blocks =>
    [
        .. Regex.Matches(Text, @"^(?: *<!-- (.*) -->\n)?( *)```csharp\n((?:.*\n)*?) *```$", RegexOptions.Multiline)
            .Select(block => new DocumentedBlock(
            $"{Name}({Text[..block.Groups[2].Index].Count(c => c == '\n') + 1})",
            block.Groups[1].Value,
            Regex.Replace(block.Groups[3].Value, "^" + block.Groups[2].Value, "", RegexOptions.Multiline))),
    ];

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}

/// <summary>A block of C# on a page.</summary>
/// <param name="Place">Page and line.</param>
/// <param name="Marker">What the comment before it says; empty without one.</param>
/// <param name="Code">Its text.</param>
internal sealed record DocumentedBlock(string Place, string Marker, string Code)
{
    /// <summary>
    /// The first piece of an excerpt that is not in a text, whatever the indentation; null where all are, in their order.
    /// </summary>
    public string? MissingIn(string text)
    {
        string[] lines = [.. text.Split('\n').Select(line => line.Trim())];
        int from = 0;
        foreach (string[] piece in Pieces())
        {
            int at = Enumerable.Range(from, Math.Max(0, lines.Length - piece.Length - from + 1))
                .FirstOrDefault(i => lines.AsSpan(i, piece.Length).SequenceEqual(piece), -1);
            if (at < 0)
            {
                return string.Join('\n', piece);
            }

            from = at + piece.Length;
        }

        return null;
    }

    private IEnumerable<string[]> Pieces() => Regex.Split(Code.Trim(), @"\n(?:\s*(?:\.\.\.)?\s*\n)+")
        .Select(piece => piece.Split('\n').Select(line => line.Trim()).ToArray());
}
