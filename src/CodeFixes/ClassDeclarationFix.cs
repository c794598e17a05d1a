using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace MicroGpt.CodeFixes;

/// <summary>Makes a model's class partial, and takes away what no model can be: static, abstract, local to a file, a record.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(ClassDeclarationFix)), Shared]
public sealed class ClassDeclarationFix : ModelCodeFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ["MGPT001", "MGPT004"];

    private protected override void Register(Place place)
    {
        if (place.Node.FirstAncestorOrSelf<TypeDeclarationSyntax>() is not { } declaration)
        {
            return;
        }

        if (place.Diagnostic.Id == "MGPT001")
        {
            place.Offer("Make it partial", declaration, WithPartial(declaration));
        }
        else if (declaration is RecordDeclarationSyntax { RawKind: (int)SyntaxKind.RecordDeclaration } record)
        {
            place.Offer("Make it a partial class", record, WithPartial(ToClass(record)));
        }
        else if (declaration.Modifiers.FirstOrDefault(IsWrong) is { RawKind: not 0 } wrong)
        {
            place.Offer($"Remove '{wrong.Text}'", declaration, WithPartial(Without(declaration)));
        }
    }

    private static bool IsWrong(SyntaxToken modifier) =>
        modifier.IsKind(SyntaxKind.StaticKeyword) || modifier.IsKind(SyntaxKind.AbstractKeyword) || modifier.IsKind(SyntaxKind.FileKeyword);

    private static TypeDeclarationSyntax WithPartial(TypeDeclarationSyntax declaration)
    {
        if (declaration.Modifiers.Any(SyntaxKind.PartialKeyword))
        {
            return declaration;
        }

        SyntaxToken partial = Token(SyntaxKind.PartialKeyword).WithTrailingTrivia(Space);
        if (declaration.Modifiers.Count > 0)
        {
            return (TypeDeclarationSyntax)declaration.WithModifiers(declaration.Modifiers.Add(partial));
        }

        // The first token of the declaration after its attributes: what stands before it stays there.
        SyntaxToken keyword = declaration.Keyword;
        return (TypeDeclarationSyntax)declaration.WithKeyword(keyword.WithLeadingTrivia())
            .WithModifiers(TokenList(partial.WithLeadingTrivia(keyword.LeadingTrivia)));
    }

    private static TypeDeclarationSyntax Without(TypeDeclarationSyntax declaration)
    {
        SyntaxTriviaList leading = declaration.Modifiers[0].LeadingTrivia;
        SyntaxTokenList kept = TokenList(declaration.Modifiers.Where(m => !IsWrong(m)));
        return kept.Count == 0
            ? (TypeDeclarationSyntax)declaration.WithModifiers(kept).WithKeyword(declaration.Keyword.WithLeadingTrivia(leading))
            : (TypeDeclarationSyntax)declaration.WithModifiers(kept.Replace(kept[0], kept[0].WithLeadingTrivia(leading)));
    }

    private static ClassDeclarationSyntax ToClass(RecordDeclarationSyntax record) => ClassDeclaration(
        record.AttributeLists,
        record.Modifiers,
        Token(SyntaxKind.ClassKeyword).WithLeadingTrivia(record.Keyword.LeadingTrivia).WithTrailingTrivia(Space),
        record.Identifier,
        record.TypeParameterList,
        record.ParameterList,
        record.BaseList,
        record.ConstraintClauses,
        record.OpenBraceToken,
        record.Members,
        record.CloseBraceToken,
        record.SemicolonToken);
}
