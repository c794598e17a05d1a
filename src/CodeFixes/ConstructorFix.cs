using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace MicroGpt.CodeFixes;

/// <summary>Lets a constructor call the generated one, which gives the model its memory.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(ConstructorFix)), Shared]
public sealed class ConstructorFix : ModelCodeFix
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ["MGPT015"];

    private protected override void Register(Place place)
    {
        if (place.Node.FirstAncestorOrSelf<ConstructorDeclarationSyntax>() is not { } constructor)
        {
            return;
        }

        ConstructorInitializerSyntax initializer = ConstructorInitializer(
            SyntaxKind.ThisConstructorInitializer,
            ArgumentList(SingletonSeparatedList(Argument(
                NameColon(IdentifierName("rowCapacity")), default,
                LiteralExpression(SyntaxKind.NumericLiteralExpression, Literal(0)))))).NormalizeWhitespace();
        ParameterListSyntax parameters = constructor.ParameterList;
        place.Offer(
            "Add ': this(rowCapacity: 0)'",
            constructor,
            constructor
                .WithParameterList(parameters.WithTrailingTrivia(Space))
                .WithInitializer(initializer.WithTrailingTrivia(parameters.GetTrailingTrivia())));
    }
}
