using MicroGpt.Generator.Spec;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace MicroGpt.Generator.Reader;

/// <summary>What is not understood, in the user's terms, and what to write instead.</summary>
internal static class Refusals
{
    /// <summary>A refused construct by its C# name, and advice.</summary>
    public static (string What, string Advice) Describe(IOperation operation) => operation switch
    {
        IBranchOperation => ("goto", "use loops, break and continue"),
        ILockOperation => ("lock", "a forward pass runs on one thread: remove it"),
        IEventAssignmentOperation or IEventReferenceOperation => ("an event", "call the method itself"),
        IDynamicInvocationOperation or IDynamicMemberReferenceOperation or IDynamicObjectCreationOperation
            or IDynamicIndexerAccessOperation =>
            ("dynamic", "give the type"),
        IAnonymousObjectCreationOperation => ("an anonymous object", "use a tuple"),
        IWithOperation => ("with", "construct the object with all its values"),
        ITypeOfOperation => ("typeof", "decide on constants"),
        IAddressOfOperation => ("a pointer", "use tensors and arrays"),
        ISizeOfOperation => ("sizeof", "use a constant"),
        IArrayCreationOperation => ("an array of several dimensions", "use arrays of arrays"),
        IArrayElementReferenceOperation => ("an array of several dimensions", "use arrays of arrays"),
        IListPatternOperation => ("a list pattern", "compare lengths and elements"),
        ISimpleAssignmentOperation { IsRef: true } => ("a reference to a variable", "copy the value"),
        IInstanceReferenceOperation => ("this place's 'this'", "name the object"),
        IUtf8StringOperation => ("a UTF-8 string", "use a string"),
        ITypeParameterObjectCreationOperation => ("an object initialiser here", "use a constructor"),
        _ => operation.Syntax.Kind() switch
        {
            SyntaxKind.UnsafeStatement or SyntaxKind.FixedStatement or SyntaxKind.PointerIndirectionExpression =>
                ("unsafe code", "use tensors and arrays"),
            SyntaxKind.StackAllocArrayCreationExpression or SyntaxKind.ImplicitStackAllocArrayCreationExpression =>
                ("stackalloc", "use an array"),
            SyntaxKind.RefExpression => ("a reference to a variable", "copy the value"),
            var kind => ($"this construct ({Words(kind)})", "write it with variables, calls, loops and conditions known at build time"),
        },
    };

    /// <summary>The name by which a user calls a member, such as <c>Console.WriteLine</c>.</summary>
    public static string NameOf(ISymbol member)
    {
        string owner = member.ContainingType is { } type ? TypeName(type) : "";
        return member switch
        {
            IMethodSymbol { MethodKind: MethodKind.Constructor } => "new " + owner,
            IMethodSymbol { MethodKind: MethodKind.UserDefinedOperator or MethodKind.Conversion } => $"an operator of {owner}",
            IPropertySymbol { IsIndexer: true } => $"the indexer of {owner}",
            IMethodSymbol { AssociatedSymbol: { } property } => NameOf(property),
            IMethodSymbol { MethodKind: MethodKind.LocalFunction } => member.Name,
            _ => owner.Length == 0 ? member.Name : owner + "." + member.Name,
        };
    }

    /// <summary>A type as a user writes it.</summary>
    public static string TypeName(ITypeSymbol? type) =>
        type?.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat.WithMiscellaneousOptions(
            SymbolDisplayMiscellaneousOptions.UseSpecialTypes)) ?? "this";

    /// <summary>The text of what a member is asked of.</summary>
    public static string Receiver(IOperation operation) => (operation switch
    {
        IInvocationOperation call => call.Instance,
        IMemberReferenceOperation member => member.Instance,
        IArrayElementReferenceOperation element => element.ArrayReference,
        _ => null,
    } ?? operation).Syntax.ToString();

    public static bool IsLinq(IMethodSymbol method) =>
        method.ContainingType.ToDisplayString() is "System.Linq.Enumerable" or "System.Linq.Queryable" or "System.MemoryExtensions";

    /// <summary>Whether it is one of .NET's collections, which are not understood.</summary>
    public static bool IsCollection(ITypeSymbol type) =>
        type.ContainingNamespace?.ToDisplayString() is "System.Collections.Generic" or "System.Collections"
            or "System.Collections.Concurrent"
            or "System.Collections.Immutable" or "System.Collections.ObjectModel";

    /// <summary>Whether a value of the type can be an array.</summary>
    public static bool IsArrayLike(ITypeSymbol? type) => type is IArrayTypeSymbol
        || (type is INamedTypeSymbol named && (named.ToDisplayString().StartsWith("System.Span<", StringComparison.Ordinal)
            || named.ToDisplayString().StartsWith("System.ReadOnlySpan<", StringComparison.Ordinal)
            || named.SpecialType is SpecialType.System_Object or SpecialType.System_Collections_IEnumerable or SpecialType.System_Array
            || named.OriginalDefinition.SpecialType is SpecialType.System_Collections_Generic_IEnumerable_T
                or SpecialType.System_Collections_Generic_IReadOnlyList_T or SpecialType.System_Collections_Generic_IReadOnlyCollection_T));

    /// <summary>The word by which a statement begins.</summary>
    public static SourcePlace Keyword(SyntaxNode statement) =>
        statement is StatementSyntax ? SourcePlace.Of(statement.GetFirstToken().GetLocation()) : SourcePlace.Of(statement);

    /// <summary>Whether a method gives its results one by one.</summary>
    public static bool IsIterator(this IMethodSymbol method) =>
        method.DeclaringSyntaxReferences.Any(r => r.GetSyntax()
            .DescendantNodes(n => n is not (LocalFunctionStatementSyntax or AnonymousFunctionExpressionSyntax) || n == r.GetSyntax())
            .Any(n => n is YieldStatementSyntax));

    private static string Words(SyntaxKind kind)
    {
        string name = kind.ToString();
        return string.Concat(
            name.Select((c, i) => i > 0 && char.IsUpper(c) ? " " + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString()));
    }
}
