using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MicroGpt.Generator.Spec;

/// <summary>What the rules about a spec class found.</summary>
/// <param name="Diagnostics">The broken rules.</param>
/// <param name="CanExtend">Whether a generated part can be added to the class at all.</param>
/// <param name="Taken">Generated members that the class declares or inherits.</param>
/// <param name="OwnConstructor">Whether a constructor of the class excludes the generated one.</param>
internal sealed record ClassFindings(
    ImmutableArray<DiagnosticInfo> Diagnostics, bool CanExtend, ImmutableArray<string> Taken, bool OwnConstructor);

/// <summary>The rules about the class that carries an attribute: the generated part must fit into it.</summary>
internal static class ClassRules
{
    public static ClassFindings Check(
        INamedTypeSymbol symbol, TypeDeclarationSyntax node, ImmutableArray<INamedTypeSymbol> contract, bool hasText = false)
    {
        var place = SourcePlace.Of(node.Identifier.GetLocation());
        var shape = CheckShape(symbol, node, place).ToImmutableArray();

        // A part without 'partial' beside one that has it: the C# compiler reports that itself (CS0260).
        bool canExtend = shape.IsEmpty && !symbol.IsFileLocal && IsPartial(symbol);
        var taken = new List<string>();
        if (BaseModel(symbol) is { } baseModel)
        {
            // What the generated parts of both would say of each other follows from this.
            return new ClassFindings(
                [.. shape, DiagnosticInfo.At(place, Diagnostics.BaseModel, symbol.Name, baseModel.Name)],
                canExtend,
                [GeneratedMembers.Description, .. ModelContract.Members.Select(m => m.Name).Distinct()],
                OwnConstructor: false);
        }

        var members = CheckMembers(symbol, place, contract, taken).ToImmutableArray();
        var constructors = (hasText ? CheckTakesOneInt(symbol, place) : CheckConstructors(symbol, place)).ToImmutableArray();

        // Beside a text of its own, a generated constructor can call a primary one that needs no arguments.
        bool ownConstructor = symbol.InstanceConstructors.Any(c => !c.IsImplicitlyDeclared
            && (TakesOneInt(c) || (IsPrimary(c) && !(hasText && c.Parameters.All(p => p.IsOptional)))));
        return new ClassFindings([.. shape, .. members, .. constructors], canExtend, [.. taken], ownConstructor);
    }

    /// <summary>The nearest base class that is a model itself.</summary>
    public static INamedTypeSymbol? BaseModel(INamedTypeSymbol model)
    {
        for (var type = model.BaseType; type is not null; type = type.BaseType)
        {
            if (AttributeReader.ModelAttributes.Any(a => AttributeReader.Has(type, a)))
            {
                return type;
            }
        }

        return null;
    }

    private static IEnumerable<DiagnosticInfo> CheckShape(INamedTypeSymbol symbol, TypeDeclarationSyntax node, SourcePlace place)
    {
        if (symbol.ContainingType is { } outer)
        {
            yield return DiagnosticInfo.At(place, Diagnostics.Nested, symbol.Name, outer.Name);
        }

        if (symbol.Arity > 0)
        {
            yield return DiagnosticInfo.At(place, Diagnostics.Generic, symbol.Name);
        }

        if (WrongKind(symbol, node) is var (kind, why))
        {
            yield return DiagnosticInfo.At(place, Diagnostics.WrongKind, symbol.Name, kind, why, Declaration(symbol, node));
        }
        else if (symbol.DeclaringSyntaxReferences.Length == 1 && !IsPartial(symbol))
        {
            yield return DiagnosticInfo.At(place, Diagnostics.NotPartial, symbol.Name, Declaration(symbol, node));
        }
    }

    private static (string Kind, string Why)? WrongKind(INamedTypeSymbol symbol, TypeDeclarationSyntax node)
    {
        if (node is RecordDeclarationSyntax)
        {
            return ("a record", "a model is not a value that is compared and copied");
        }

        if (symbol.IsStatic)
        {
            return ("static", "a model is an object that owns its parameters");
        }

        if (symbol.IsAbstract)
        {
            return ("abstract", "the registry makes instances of it");
        }

        return symbol.IsFileLocal ? ("local to its file", "the generated part lies in a file of its own") : null;
    }

    /// <summary>The declaration as it should read.</summary>
    private static string Declaration(INamedTypeSymbol symbol, TypeDeclarationSyntax node)
    {
        var modifiers = node.Modifiers
            .Where(m => !m.IsKind(SyntaxKind.PartialKeyword) && !m.IsKind(SyntaxKind.StaticKeyword)
                && !m.IsKind(SyntaxKind.AbstractKeyword) && !m.IsKind(SyntaxKind.FileKeyword))
            .Select(m => m.Text);
        return string.Join(" ", modifiers.Concat(["partial", "class", symbol.Name]));
    }

    private static bool IsPartial(INamedTypeSymbol symbol) => symbol.DeclaringSyntaxReferences.All(
        r => r.GetSyntax() is TypeDeclarationSyntax declaration && declaration.Modifiers.Any(SyntaxKind.PartialKeyword));

    private static IEnumerable<DiagnosticInfo> CheckMembers(
        INamedTypeSymbol symbol, SourcePlace place, ImmutableArray<INamedTypeSymbol> contract, List<string> taken)
    {
        var needed = contract.SelectMany(part => part.AllInterfaces.Add(part))
            .SelectMany(i => i.GetMembers()).Where(m => !IsAccessor(m)).ToImmutableArray();
        if (GeneratedMembers.IsName(symbol.Name) || needed.Any(m => m.Name == symbol.Name))
        {
            taken.Add(symbol.Name);
            yield return DiagnosticInfo.At(place, Diagnostics.NameTaken, symbol.Name, "the generator declares a member of that name");
        }
        else if (symbol.Name == GeneratedMembers.Registry)
        {
            yield return DiagnosticInfo.At(
                place, Diagnostics.NameTaken, symbol.Name, "the generator declares the list of all models, a class of that name");
        }
        else if (symbol.ContainingNamespace.IsGlobalNamespace && symbol.Name is "var" or "nint")
        {
            taken.Add(symbol.Name);
            yield return DiagnosticInfo.At(
                place, Diagnostics.NameTaken, symbol.Name,
                $"outside of a namespace it hides C#'s own '{symbol.Name}' from the generated code");
        }

        foreach (var member in symbol.GetMembers().Where(m => !m.IsImplicitlyDeclared && !IsAccessor(m)))
        {
            if (GeneratedMembers.Conflict(member) || needed.Any(n => Conflicts(member, n)))
            {
                taken.Add(member.Name);
                yield return DiagnosticInfo.At(
                    PlaceOf(member, place), Diagnostics.MemberDeclared, symbol.Name, "declares " + member.Name);
            }
        }

        for (var type = symbol.BaseType; type is { SpecialType: SpecialType.None }; type = type.BaseType)
        {
            foreach (string name in type.GetMembers()
                .Where(m => !IsAccessor(m) && m.DeclaredAccessibility != Accessibility.Private)
                .Where(m => GeneratedMembers.Conflict(m) || needed.Any(n => Conflicts(m, n)))
                .Select(m => m.Name))
            {
                taken.Add(name);
                yield return DiagnosticInfo.At(
                    place, Diagnostics.MemberDeclared, symbol.Name, $"inherits {name} from '{type.Name}'");
            }
        }
    }

    private static bool IsAccessor(ISymbol member) => member is IMethodSymbol { AssociatedSymbol: not null };

    /// <summary>Whether a class cannot declare both: the same name, unless both are methods with different parameters.</summary>
    private static bool Conflicts(ISymbol member, ISymbol needed)
    {
        if (member.Name != needed.Name)
        {
            return false;
        }

        return !(member is IMethodSymbol a && needed is IMethodSymbol b)
            || (a.Arity == b.Arity
                && a.Parameters.Length == b.Parameters.Length
                && a.Parameters.Zip(b.Parameters, (p, q) =>
                    SymbolEqualityComparer.Default.Equals(p.Type, q.Type)
                        && p.RefKind == RefKind.None == (q.RefKind == RefKind.None)).All(same => same));
    }

    private static IEnumerable<DiagnosticInfo> CheckConstructors(INamedTypeSymbol symbol, SourcePlace place)
    {
        if (symbol.BaseType is { SpecialType: SpecialType.None, TypeKind: TypeKind.Class } baseType
            && !baseType.InstanceConstructors.Any(
                c => c.DeclaredAccessibility != Accessibility.Private && c.Parameters.All(p => p.IsOptional)))
        {
            // The class's own constructors have to call the base's with arguments, so what follows would be the same mistake.
            yield return DiagnosticInfo.At(place, Diagnostics.BaseClass, baseType.Name, symbol.Name);
            yield break;
        }

        foreach (var constructor in symbol.InstanceConstructors.Where(c => !c.IsImplicitlyDeclared))
        {
            if (IsPrimary(constructor))
            {
                yield return DiagnosticInfo.At(
                    place, Diagnostics.Constructor, "The primary constructor", symbol.Name, "remove the parameters after the class's name");
            }
            else if (TakesOneInt(constructor))
            {
                yield return DiagnosticInfo.At(
                    PlaceOf(constructor, place), Diagnostics.MemberDeclared, symbol.Name, $"declares the constructor {symbol.Name}(int)");
            }
            else if (Syntax(constructor)
                is not ConstructorDeclarationSyntax { Initializer.RawKind: (int)SyntaxKind.ThisConstructorInitializer })
            {
                yield return DiagnosticInfo.At(
                    PlaceOf(constructor, place), Diagnostics.Constructor, "A constructor", symbol.Name, "add ': this(rowCapacity: 0)'");
            }
        }
    }

    /// <summary>A model with a text of its own may have constructors of its own, beside the generated one.</summary>
    private static IEnumerable<DiagnosticInfo> CheckTakesOneInt(INamedTypeSymbol symbol, SourcePlace place) =>
        from constructor in symbol.InstanceConstructors
        where !constructor.IsImplicitlyDeclared && TakesOneInt(constructor)
        select DiagnosticInfo.At(
            PlaceOf(constructor, place), Diagnostics.MemberDeclared, symbol.Name, $"declares the constructor {symbol.Name}(int)");

    private static bool IsPrimary(IMethodSymbol constructor) => Syntax(constructor) is TypeDeclarationSyntax;

    private static bool TakesOneInt(IMethodSymbol constructor) =>
        constructor.Parameters.Length == 1
            && constructor.Parameters[0] is { Type.SpecialType: SpecialType.System_Int32, RefKind: RefKind.None };

    private static SyntaxNode? Syntax(ISymbol symbol) => symbol.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax();

    private static SourcePlace PlaceOf(ISymbol member, SourcePlace otherwise) =>
        member.Locations.FirstOrDefault(l => l.IsInSource) is { } location ? SourcePlace.Of(location) : otherwise;
}
