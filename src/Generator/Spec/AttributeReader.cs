using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MicroGpt.Generator.Spec;

/// <summary>Reads an attributed class: the only code that sees symbols and syntax, of which nothing leaves it.</summary>
internal static class AttributeReader
{
    public const string GptAttribute = "MicroGpt.GptModelAttribute";

    public const string MlpAttribute = "MicroGpt.MlpModelAttribute";

    public const string ModelAttribute = "MicroGpt.ModelAttribute";

    /// <summary>The attributes that make a class a model.</summary>
    public static ImmutableArray<string> ModelAttributes { get; } = [GptAttribute, MlpAttribute, ModelAttribute];

    /// <summary>Which nodes an attribute is looked for on. On others the C# compiler itself rejects it.</summary>
    public static bool IsCandidate(SyntaxNode node, CancellationToken cancellation) =>
        node is ClassDeclarationSyntax or RecordDeclarationSyntax;

    public static SpecReading? ReadGpt(GeneratorAttributeSyntaxContext context, CancellationToken cancellation) =>
        Read(context, Architecture.Gpt);

    public static SpecReading? ReadMlp(GeneratorAttributeSyntaxContext context, CancellationToken cancellation) =>
        Read(context, Architecture.Mlp);

    private static SpecReading? Read(GeneratorAttributeSyntaxContext context, Architecture architecture)
    {
        try
        {
            return ReadClass(context, architecture);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            var symbol = (INamedTypeSymbol)context.TargetSymbol;
            var at = context.Attributes[0].ApplicationSyntaxReference?.GetSyntax() ?? context.TargetNode;
            return new SpecReading
            {
                Class = new ClassName(
                    symbol.ContainingNamespace.IsGlobalNamespace ? "" : symbol.ContainingNamespace.ToDisplayString(), symbol.Name),
                NamePlace = SourcePlace.Of(((TypeDeclarationSyntax)context.TargetNode).Identifier.GetLocation()),
                AttributePlace = SourcePlace.Of(at),
                Diagnostics = new[]
                {
                    DiagnosticInfo.At(
                        SourcePlace.Of(at), Diagnostics.InternalFailure, symbol.Name, "Read", "",
                        $"{failure.GetType().Name}: {failure.Message}".TrimEnd('.')),
                }.ToEquatableArray(),
            };
        }
    }

    private static SpecReading? ReadClass(GeneratorAttributeSyntaxContext context, Architecture architecture)
    {
        var symbol = (INamedTypeSymbol)context.TargetSymbol;
        var node = (TypeDeclarationSyntax)context.TargetNode;

        // All attributes of the class are given at each of its parts: the one that stands on this part is meant.
        var attribute = context.Attributes.FirstOrDefault(a => a.ApplicationSyntaxReference is { } at
            && at.SyntaxTree == node.SyntaxTree && node.Span.Contains(at.Span)) ?? context.Attributes[0];
        if (symbol.TypeKind != TypeKind.Class
            || attribute.ApplicationSyntaxReference?.GetSyntax() is not AttributeSyntax syntax
            || !IsFirst(symbol, attribute))
        {
            return null;
        }

        bool two = Has(symbol, GptAttribute) && Has(symbol, MlpAttribute);
        if ((two && architecture == Architecture.Mlp) || Has(symbol, ModelAttribute))
        {
            return null; // Reported once, at the other attribute.
        }

        var attributePlace = SourcePlace.Of(syntax);
        var findings = ClassRules.Check(symbol, node, GeneratedMembers.ContractOf(attribute));
        var diagnostics = findings.Diagnostics.ToList();
        var spec = Values(attribute, architecture) with
        {
            Namespace = symbol.ContainingNamespace.IsGlobalNamespace ? "" : symbol.ContainingNamespace.ToDisplayString(),
            Name = symbol.Name,
            Accessibility = symbol.DeclaredAccessibility == Accessibility.Public ? "public" : "internal",
            HasRequiredMembers = HasRequiredMembers(symbol),
        };

        // Where an argument does not compile, the C# compiler says so, and its value is not known.
        bool understood = IsUnderstood(attribute, syntax, context.SemanticModel);
        if (two)
        {
            diagnostics.Add(DiagnosticInfo.At(attributePlace, Diagnostics.TwoArchitectures, symbol.Name, "GptModel", "MlpModel"));
        }
        else if (understood)
        {
            var given = new HashSet<string>(attribute.NamedArguments.Select(a => a.Key));
            diagnostics.AddRange(SpecRules.Check(spec, given).Select(v => v.At(syntax)));
        }

        var name = new ClassName(spec.Namespace, spec.Name);
        return new SpecReading
        {
            Class = name,
            NamePlace = SourcePlace.Of(node.Identifier.GetLocation()),
            AttributePlace = attributePlace,
            Spec = understood && findings.CanExtend && diagnostics.Count == 0 ? spec : null,
            Stub = findings.CanExtend
                ? new Stub(name, diagnostics.FirstOrDefault()?.Descriptor.Id
                    ?? "", findings.Taken.ToEquatableArray(), findings.OwnConstructor) { SetsRequiredMembers = spec.HasRequiredMembers }
                : null,
            Diagnostics = diagnostics.ToEquatableArray(),
            Warnings = WarningsOfNaming(symbol).ToEquatableArray(),
        };
    }

    /// <summary>Whether a class has, or inherits, required members.</summary>
    public static bool HasRequiredMembers(INamedTypeSymbol symbol)
    {
        for (var type = symbol; type is not null; type = type.BaseType)
        {
            if (type.GetMembers().Any(m => m is IFieldSymbol { IsRequired: true } or IPropertySymbol { IsRequired: true }))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// The error of naming a class that is obsolete to the point of an error, which nothing silences but being obsolete oneself.
    /// </summary>
    public const string MayNotBeNamed = "CS0619";

    /// <summary>Warnings that the class's own attributes cause wherever it is named, or the error <see cref="MayNotBeNamed"/>.</summary>
    public static IEnumerable<string> WarningsOfNaming(INamedTypeSymbol symbol)
    {
        foreach (var attribute in symbol.GetAttributes())
        {
            switch (attribute.AttributeClass?.ToDisplayString())
            {
                case "System.ObsoleteAttribute":
                    yield return "CS0612";
                    yield return "CS0618";
                    if (attribute.ConstructorArguments.Any(a => a.Value is true))
                    {
                        yield return MayNotBeNamed;
                    }

                    break;
                case "System.Diagnostics.CodeAnalysis.ExperimentalAttribute"
                    when attribute.ConstructorArguments.FirstOrDefault().Value is string id && SyntaxFacts.IsValidIdentifier(id):
                    yield return id;
                    break;
            }
        }
    }

    /// <summary>A repeated attribute is the C# compiler's to report (CS0579); it must only not be compiled twice.</summary>
    public static bool IsFirst(INamedTypeSymbol symbol, AttributeData attribute) =>
        symbol.GetAttributes().First(a => SymbolEqualityComparer.Default.Equals(a.AttributeClass, attribute.AttributeClass))
            .ApplicationSyntaxReference?.Span == attribute.ApplicationSyntaxReference?.Span
        && symbol.GetAttributes().First(a => SymbolEqualityComparer.Default.Equals(a.AttributeClass, attribute.AttributeClass))
            .ApplicationSyntaxReference?.SyntaxTree == attribute.ApplicationSyntaxReference?.SyntaxTree;

    /// <summary>Whether a class bears an attribute.</summary>
    public static bool Has(INamedTypeSymbol symbol, string attribute) =>
        symbol.GetAttributes().Any(a => a.AttributeClass?.ToDisplayString() == attribute);

    /// <summary>Whether every argument compiles.</summary>
    public static bool IsUnderstood(AttributeData attribute, AttributeSyntax syntax, SemanticModel model)
    {
        var arguments = syntax.ArgumentList?.Arguments ?? default;
        return attribute.AttributeConstructor is not null
            && attribute.NamedArguments.Length == arguments.Count
            && attribute.NamedArguments.Select(a => a.Key).Distinct().Count() == arguments.Count
            && attribute.NamedArguments.All(a => a.Value is { Kind: not TypedConstantKind.Error, Value: not null })
            && arguments.All(a => FitsProperty(attribute, a, model));
    }

    /// <summary>
    /// A value of another type, such as 1.5 for a number of channels, is handed over converted, though it does not compile.
    /// </summary>
    private static bool FitsProperty(AttributeData attribute, AttributeArgumentSyntax argument, SemanticModel model) =>
        attribute.AttributeClass!.GetMembers(argument.NameEquals?.Name.Identifier.ValueText ?? "")
            .OfType<IPropertySymbol>().FirstOrDefault() is { } property
            && model.ClassifyConversion(argument.Expression, property.Type) is { Exists: true, IsImplicit: true };

    /// <summary>The values of an attribute's arguments.</summary>
    public static ModelSpec Values(AttributeData attribute, Architecture architecture)
    {
        var spec = new ModelSpec { Architecture = architecture };
        foreach (var argument in attribute.NamedArguments.Where(
            a => a.Value.Kind != TypedConstantKind.Error))
        {
            object? value = argument.Value.Value;
            spec = (argument.Key, value) switch
            {
                ("VocabSize", int number) => spec with { VocabSize = number },
                ("BlockSize", int number) => spec with { BlockSize = number },
                ("NEmbd", int number) => spec with { NEmbd = number },
                ("NHead", int number) => spec with { NHead = number },
                ("NLayer", int number) => spec with { NLayer = number },
                ("Precision", int number) => spec with { Precision = (Precision)number },
                ("Optimizer", int number) => spec with { Optimizer = (Optimizer)number },
                ("ParameterOrder", int number) => spec with { ParameterOrder = (ParameterOrder)number },
                ("InitStd", double number) => spec with { InitStd = number },
                _ => spec,
            };
        }

        return spec;
    }

    /// <summary>The argument as it is written, or the whole attribute where it is not.</summary>
    public static SourcePlace PlaceOf(AttributeSyntax syntax, string? argument) => SourcePlace.Of(
        (SyntaxNode?)syntax.ArgumentList?.Arguments.FirstOrDefault(a => a.NameEquals?.Name.Identifier.ValueText == argument) ?? syntax);
}
