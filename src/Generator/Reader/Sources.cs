using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MicroGpt.Generator.Reader;

/// <summary>The operations of methods and initialisers, each bound once. Source counts where the compilation contains its tree.</summary>
internal sealed class Sources(Compilation compilation, CancellationToken cancellation)
{
    private readonly Dictionary<SyntaxNode, IOperation?> _operations = [];
    private readonly Dictionary<SyntaxTree, SemanticModel> _models = [];

    public Compilation Compilation { get; } = compilation;

    /// <summary>Where a member is written, if that is in this compilation.</summary>
    public SyntaxNode? Syntax(ISymbol symbol)
    {
        ISymbol written = symbol is IMethodSymbol { PartialImplementationPart: { } part } ? part : symbol;
        return written.DeclaringSyntaxReferences.Where(r => Compilation.ContainsSyntaxTree(r.SyntaxTree))
            .Select(r => r.GetSyntax(cancellation)).FirstOrDefault();
    }

    /// <summary>The operation of a piece of text; null where it has none.</summary>
    /// <exception cref="Halt">The text does not compile: the C# compiler says so.</exception>
    public IOperation? Operation(SyntaxNode syntax)
    {
        if (_operations.TryGetValue(syntax, out IOperation? known))
        {
            return known;
        }

        if (!_models.TryGetValue(syntax.SyntaxTree, out SemanticModel? model))
        {
            _models.Add(syntax.SyntaxTree, model = Compilation.GetSemanticModel(syntax.SyntaxTree));
        }

        if (model.GetDiagnostics(syntax.Span, cancellation).Any(d => d.Severity == DiagnosticSeverity.Error))
        {
            throw new Halt(null);
        }

        IOperation? operation = model.GetOperation(syntax, cancellation);
        _operations.Add(syntax, operation);
        return operation;
    }

    /// <summary>The text of a field's or property's initialiser; null where it has none.</summary>
    public EqualsValueClauseSyntax? Initializer(ISymbol member) => Syntax(member) switch
    {
        VariableDeclaratorSyntax field => field.Initializer,
        PropertyDeclarationSyntax property => property.Initializer,
        _ => null,
    };

    /// <summary>The text of a method or accessor that can be read; null where it has none, as an abstract or automatic one.</summary>
    public SyntaxNode? Body(IMethodSymbol method) => Syntax(method) switch
    {
        BaseMethodDeclarationSyntax declaration => declaration.Body is null && declaration.ExpressionBody is null ? null : declaration,
        AccessorDeclarationSyntax accessor => accessor.Body is null && accessor.ExpressionBody is null ? null : accessor,
        ArrowExpressionClauseSyntax arrow => arrow,
        LocalFunctionStatementSyntax function => function,
        _ => null,
    };

    /// <summary>Whether a property has no code of its own.</summary>
    public bool IsAutomatic(IPropertySymbol property) => Syntax(property) switch
    {
        PropertyDeclarationSyntax { ExpressionBody: null, AccessorList: { } list } =>
            list.Accessors.All(a => a.Body is null && a.ExpressionBody is null),
        ParameterSyntax => true,
        _ => false,
    };

    /// <summary>The text of a constructor: its declaration, or for a primary one that of its class.</summary>
    public static bool IsPrimary(SyntaxNode? constructor) => constructor is TypeDeclarationSyntax;
}
