using MicroGpt.Generator.Collections;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Spec;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MicroGpt.Generator.Reader;

/// <summary>A class with <c>[Model]</c>, read.</summary>
/// <param name="Reading">What its attribute says, and what is wrong.</param>
/// <param name="Program">What its text means; null where something is wrong.</param>
internal sealed record ModelSource(SpecReading Reading, Program? Program);

/// <summary>Reads a class with <c>[Model]</c>: rules of the class and the attribute, then the text.</summary>
internal static class ClassReader
{
    public static ModelSource? Read(GeneratorAttributeSyntaxContext context, CancellationToken cancellation)
    {
        var symbol = (INamedTypeSymbol)context.TargetSymbol;
        var node = (TypeDeclarationSyntax)context.TargetNode;
        AttributeData attribute = context.Attributes.FirstOrDefault(a => a.ApplicationSyntaxReference is { } at
            && at.SyntaxTree == node.SyntaxTree && node.Span.Contains(at.Span)) ?? context.Attributes[0];
        if (symbol.TypeKind != TypeKind.Class
            || attribute.ApplicationSyntaxReference?.GetSyntax(cancellation) is not AttributeSyntax syntax
            || !AttributeReader.IsFirst(symbol, attribute))
        {
            return null;
        }

        var name = new ClassName(
            symbol.ContainingNamespace.IsGlobalNamespace ? "" : symbol.ContainingNamespace.ToDisplayString(), symbol.Name);
        ClassFindings findings = ClassRules.Check(
            symbol, node, GeneratedMembers.ContractOf(attribute), hasText: true);
        var diagnostics = findings.Diagnostics.ToList();
        Program? program = null;
        if (new[] { (AttributeReader.GptAttribute, "GptModel"), (AttributeReader.MlpAttribute, "MlpModel") }
            .FirstOrDefault(a => AttributeReader.Has(symbol, a.Item1)) is (not null, { } other))
        {
            diagnostics.Add(DiagnosticInfo.At(SourcePlace.Of(syntax), Diagnostics.TwoArchitectures, symbol.Name, "Model", other));
        }
        else if (diagnostics.Count == 0)
        {
            (program, diagnostics) = ReadText(symbol, attribute, syntax, context.SemanticModel.Compilation, cancellation);
        }

        bool ownConstructor = symbol.InstanceConstructors.Any(c => !c.IsImplicitlyDeclared && c.Parameters.All(p => p.IsOptional));
        ModelSpec spec = AttributeReader.Values(attribute, Architecture.OwnText) with
        {
            Namespace = name.Namespace,
            Name = name.Name,
            Accessibility = symbol.DeclaredAccessibility == Accessibility.Public ? "public" : "internal",
            HasRequiredMembers = AttributeReader.HasRequiredMembers(symbol),
            HasOwnConstructor = ownConstructor,
            Base = ModelReader.HolderOfForward(symbol) is { } holder && !SymbolEqualityComparer.Default.Equals(holder, symbol)
                ? holder.Name : "",
        };
        var reading = new SpecReading
        {
            Class = name,
            NamePlace = SourcePlace.Of(node.Identifier.GetLocation()),
            AttributePlace = SourcePlace.Of(syntax),
            Spec = program is not null && findings.CanExtend && diagnostics.Count == 0 ? spec : null,
            Stub = findings.CanExtend
                ? new Stub(
                    name, diagnostics.FirstOrDefault()?.Descriptor.Id ?? "", findings.Taken.ToEquatableArray(), findings.OwnConstructor)
                {
                    SetsRequiredMembers = spec.HasRequiredMembers,
                    HasOwnConstructor = ownConstructor,
                }
                : null,
            Diagnostics = diagnostics.ToEquatableArray(),
            Warnings = AttributeReader.WarningsOfNaming(symbol).ToEquatableArray(),
        };
        return new ModelSource(reading, reading.Spec is null ? null : program);
    }

    private static (Program? Program, List<DiagnosticInfo> Diagnostics) ReadText(
        INamedTypeSymbol symbol, AttributeData attribute, AttributeSyntax syntax, Compilation compilation, CancellationToken cancellation)
    {
        try
        {
            ModelReading reading = ModelReader.Read(symbol, attribute, syntax, compilation, cancellation);
            return (reading.Program, reading.Diagnostics.ToList());
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            string message = string.Join(" ", $"{failure.GetType().Name}: {failure.Message}".Split('\r', '\n')).TrimEnd('.', ' ');
            return (null, [DiagnosticInfo.At(SourcePlace.Of(syntax), Diagnostics.InternalFailure, symbol.Name, "Read", "", message)]);
        }
    }
}
