using System;
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
/// Sets arguments of a model's attribute to what the diagnostic says would do: the nearest fitting width, the usual value, an example.
/// </summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(SetArgumentFix)), Shared]
public sealed class SetArgumentFix : ModelCodeFix
{
    /// <summary>
    /// The property in which a diagnostic has its values: <c>NEmbd = 18</c>, one a line; those of a line, separated by commas, belong
    /// together.
    /// </summary>
    public const string Values = "MicroGpt.Values";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } =
        ["MGPT006", "MGPT007", "MGPT008", "MGPT009", "MGPT010", "MGPT011", "MGPT019", "MGPT020", "MGPT243"];

    private protected override void Register(Place place)
    {
        if (place.Node.FirstAncestorOrSelf<AttributeSyntax>() is not { } attribute
            || !place.Diagnostic.Properties.TryGetValue(Values, out string? values) || values is null)
        {
            return;
        }

        foreach (string line in values.Split('\n'))
        {
            string[][] settings = [.. line.Split([", "], StringSplitOptions.None)
                .Select(s => s.Split([" = "], 2, StringSplitOptions.None))];
            AttributeSyntax changed = settings.Aggregate(attribute, (a, setting) => Set(a, setting[0], setting[1]));
            bool adds = settings.Any(setting => Find(attribute, setting[0]) is null);
            place.Offer((adds ? "Add " : "Set ") + line, attribute, changed);
        }
    }

    private static AttributeArgumentSyntax? Find(AttributeSyntax attribute, string name) =>
        attribute.ArgumentList?.Arguments.FirstOrDefault(a => a.NameEquals?.Name.Identifier.ValueText == name);

    private static AttributeSyntax Set(AttributeSyntax attribute, string name, string value)
    {
        ExpressionSyntax expression = ParseExpression(value);
        if (Find(attribute, name) is { } argument)
        {
            return attribute.ReplaceNode(argument.Expression, expression.WithTriviaFrom(argument.Expression));
        }

        AttributeArgumentSyntax added = AttributeArgument(NameEquals(IdentifierName(name)), null, expression).NormalizeWhitespace();
        AttributeArgumentListSyntax list = attribute.ArgumentList ?? AttributeArgumentList();
        return attribute.WithArgumentList(list.Arguments.Count == 0
            ? list.WithArguments(SingletonSeparatedList(added))
            : list.WithArguments(SeparatedList<AttributeArgumentSyntax>(
                list.Arguments.GetWithSeparators().Add(Token(SyntaxKind.CommaToken).WithTrailingTrivia(Space)).Add(added))));
    }
}
