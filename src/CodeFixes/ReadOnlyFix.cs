using System.Collections.Immutable;
using System.Composition;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace MicroGpt.CodeFixes;

/// <summary>
/// Declares what a forward pass reads so that it cannot change once the model is made: a field readonly, a property without a set.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(ReadOnlyFix)), Shared]
public sealed class ReadOnlyFix : ModelCodeFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ["MGPT204"];

    private protected override void Register(Place place)
    {
        // On a declaration it is about reading; on an assignment no declaration would help.
        if (place.Node is VariableDeclaratorSyntax { Parent.Parent: FieldDeclarationSyntax field } variable)
        {
            place.Offer($"Make '{variable.Identifier.ValueText}' readonly", field, ReadOnly(field));
        }
        else if (place.Node is PropertyDeclarationSyntax { AccessorList: { } accessors } property
            && accessors.Accessors.FirstOrDefault(a => a.IsKind(SyntaxKind.SetAccessorDeclaration)) is { } set)
        {
            place.Offer(
                $"Remove the set of '{property.Identifier.ValueText}'",
                property,
                property.WithAccessorList(accessors.RemoveNode(set, SyntaxRemoveOptions.KeepNoTrivia)!));
        }
    }

    private static FieldDeclarationSyntax ReadOnly(FieldDeclarationSyntax field)
    {
        SyntaxToken modifier = Token(SyntaxKind.ReadOnlyKeyword).WithTrailingTrivia(Space);
        return field.Modifiers.Count > 0
            ? field.AddModifiers(modifier)
            : field.WithDeclaration(field.Declaration.WithoutLeadingTrivia())
                .WithModifiers(TokenList(modifier.WithLeadingTrivia(field.Declaration.GetLeadingTrivia())));
    }
}
