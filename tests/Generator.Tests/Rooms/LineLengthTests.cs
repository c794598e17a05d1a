using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;
using Xunit;

namespace MicroGpt.Generator.Tests.Rooms;

/// <summary>
/// A line of C# has at most 140 columns. Text of a raw string may go on: it is data or another language, which a break would change.
/// </summary>
public sealed class LineLengthTests
{
    private const int Most = 140;

    [Fact]
    public void NoLineIsLonger()
    {
        string[] found = [.. SourceTexts.All.SelectMany(source => TooLong(source.Text).Select(
            line => $"{source.File}({line.Number}): {line.Columns} columns, more than {Most}"))];

        Assert.NotEmpty(SourceTexts.All);
        Assert.True(found.Length == 0, string.Join("\n", found));
    }

    [Fact]
    public void ALongerLineIsSaidWithItsNumber()
    {
        string words = new('x', Most);

        Assert.Equal([(2, Most + 3)], TooLong($"class A;\n// {words}\n"));
        Assert.Equal([(1, Most + 11)], TooLong($"string s = {words};"[..^1]));
        Assert.Empty(TooLong($"// {words}"[..Most]));
        Assert.Empty(TooLong($"string s = \"\"\"{words}\"\"\";"));
        Assert.Equal([(1, Most + 13)], TooLong($"string s = \"{words}\""));
    }

    private static IEnumerable<(int Number, int Columns)> TooLong(string text)
    {
        SourceText source = SourceText.From(text);
        TextLine[] lines = [.. source.Lines.Where(line => line.Span.Length > Most)];
        if (lines.Length == 0)
        {
            return [];
        }

        SyntaxNode root = CSharpSyntaxTree.ParseText(source).GetRoot();
        return lines
            .Where(line => !root.FindToken(line.Start + Most).Kind().ToString().Contains("RawString", StringComparison.Ordinal)
                && root.FindToken(line.Start + Most).Parent?.IsKind(SyntaxKind.InterpolatedStringText) != true)
            .Select(line => (line.LineNumber + 1, line.Span.Length));
    }
}
