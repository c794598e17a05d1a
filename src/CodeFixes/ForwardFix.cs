using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace MicroGpt.CodeFixes;

/// <summary>
/// Adds a forward pass to begin with: a table of tokens that is read again for the logits, which compiles and learns pairs of tokens.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(ForwardFix)), Shared]
public sealed class ForwardFix : ModelCodeFix
{
    private const int Width = 16;

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ["MGPT240"];

    private protected override void Register(Place place)
    {
        // A Forward that is there, but not as it should be, is the user's to change.
        if (place.Node.FirstAncestorOrSelf<ClassDeclarationSyntax>() is not { } declaration
            || declaration.Members.OfType<MethodDeclarationSyntax>().Any(m => m.Identifier.ValueText == "Forward")
            || Vocabulary(declaration) is not { } vocabulary)
        {
            return;
        }

        string table = Enumerable.Range(0, declaration.Members.Count + 1)
            .Select(i => i == 0 ? "wte" : "wte" + (i + 1)).First(name => !Declares(declaration, name));
        MemberDeclarationSyntax[] added =
        [
            Member($"private readonly global::MicroGpt.Parameter {table} = global::MicroGpt.Functions.Matrix({vocabulary}, {Width});\n"),
            Member($$"""

                public global::MicroGpt.Tensor Forward(global::MicroGpt.Tokens tokens)
                {
                    global::MicroGpt.Tensor x = {{table}}[tokens];
                    return global::MicroGpt.Functions.Linear(x, {{table}});
                }

                """),
        ];
        ClassDeclarationSyntax open = declaration.SemicolonToken.IsKind(SyntaxKind.None) ? declaration : WithBraces(declaration);
        place.Offer("Add a forward pass", declaration, open.AddMembers(added).WithAdditionalAnnotations(Formatter.Annotation));
    }

    /// <summary>The expression of VocabSize.</summary>
    private static ExpressionSyntax? Vocabulary(ClassDeclarationSyntax declaration) => declaration.AttributeLists
        .SelectMany(list => list.Attributes)
        .SelectMany(attribute => attribute.ArgumentList?.Arguments ?? [])
        .FirstOrDefault(argument => argument.NameEquals?.Name.Identifier.ValueText == "VocabSize")?.Expression;

    private static bool Declares(ClassDeclarationSyntax declaration, string name) =>
        declaration.DescendantTokens().Any(token => token.IsKind(SyntaxKind.IdentifierToken) && token.ValueText == name);

    private static MemberDeclarationSyntax Member(string text) =>
        ParseMemberDeclaration(text)!
            .WithAdditionalAnnotations(Formatter.Annotation, Microsoft.CodeAnalysis.Simplification.Simplifier.Annotation);

    private static ClassDeclarationSyntax WithBraces(ClassDeclarationSyntax declaration)
    {
        SyntaxToken semicolon = declaration.SemicolonToken;
        SyntaxToken last = semicolon.GetPreviousToken();
        return declaration
            .ReplaceToken(last, last.WithTrailingTrivia(ElasticLineFeed))
            .WithSemicolonToken(default)
            .WithOpenBraceToken(Token(SyntaxKind.OpenBraceToken).WithTrailingTrivia(ElasticLineFeed))
            .WithCloseBraceToken(Token(SyntaxKind.CloseBraceToken).WithTrailingTrivia(semicolon.TrailingTrivia));
    }
}
