using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace MicroGpt.Generator.Tests.Rooms;

/// <summary>What an <c>if</c>, an <c>else</c> or a loop does stands in braces, as .editorconfig has it.</summary>
public sealed class BracesTests
{
    [Fact]
    public void EveryBodyHasBraces()
    {
        string[] found = [.. SourceTexts.All.SelectMany(
            source => WithoutBraces(source.Text).Select(line => $"{source.File}({line}): no braces"))];

        Assert.NotEmpty(SourceTexts.All);
        Assert.True(found.Length == 0, string.Join("\n", found));
    }

    [Fact]
    public void ABodyWithoutBracesIsSaidWithItsLine()
    {
        Assert.Equal([2, 4], WithoutBraces("while (true)\n    if (a)\n    {\n    } else b();\n"));
        Assert.Empty(WithoutBraces("if (a)\n{\n}\nelse if (b)\n{\n}\nusing (c)\nusing (d)\n{\n}\n"));
    }

    private static IEnumerable<int> WithoutBraces(string text) => CSharpSyntaxTree.ParseText(text).GetRoot().DescendantNodes()
        .Select(Body).Where(body => body is not (null or BlockSyntax))
        .Select(body => body!.GetLocation().GetLineSpan().StartLinePosition.Line + 1);

    // 'else if' is a chain, and several 'using' or 'fixed' may stand above one block.
    private static StatementSyntax? Body(SyntaxNode node) => node switch
    {
        IfStatementSyntax branch => branch.Statement,
        ElseClauseSyntax { Statement: not IfStatementSyntax } branch => branch.Statement,
        ForStatementSyntax loop => loop.Statement,
        CommonForEachStatementSyntax loop => loop.Statement,
        WhileStatementSyntax loop => loop.Statement,
        DoStatementSyntax loop => loop.Statement,
        LockStatementSyntax { Statement: var body } => body,
        UsingStatementSyntax { Statement: not UsingStatementSyntax } held => held.Statement,
        FixedStatementSyntax { Statement: not FixedStatementSyntax } held => held.Statement,
        _ => null,
    };
}
