using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace MicroGpt.Generator.Reader;

// What an expression of a model's text can be, beside the twins of the language's types: numbers, booleans and strings are themselves,
// null is null.

/// <summary>An object of a class of the user's: the model, a module of it, or a bundle of settings.</summary>
internal sealed class Instance(INamedTypeSymbol type)
{
    public INamedTypeSymbol Type { get; } = type;

    /// <summary>Fields, and parameters of primary constructors, by their definitions.</summary>
    public Dictionary<ISymbol, object?> Fields { get; } = new(SymbolEqualityComparer.Default);

    /// <summary>Fields in the order in which they were given their values: a derived class's before its base's.</summary>
    public List<IFieldSymbol> Order { get; } = [];

    /// <summary>The fields by which the model reaches it, such as <c>layers.0</c>; null before that is known.</summary>
    public string? Path { get; set; }

    /// <summary>Whether constructing it made a parameter.</summary>
    public bool HoldsParameters { get; set; }

    public override string ToString() => Type.Name;
}

/// <summary>An array, or a span over one.</summary>
internal sealed class ArrayValue(object?[] items)
{
    public object?[] Items { get; } = items;

    /// <summary>How the elements are named in a parameter's path; null for <c>field.0</c>.</summary>
    public string? NameFormat { get; init; }

    /// <summary>Whether it belongs to the model, and so is the same in every forward pass.</summary>
    public bool IsFixed { get; set; }
}

/// <summary>A tuple.</summary>
internal sealed record TupleValue(object?[] Items);

/// <summary>A delegate: a method or a lambda, with what it captured.</summary>
/// <param name="Method">The method; of a lambda, its symbol.</param>
/// <param name="Lambda">The lambda; null for a method.</param>
/// <param name="Scope">What is visible from the lambda.</param>
/// <param name="Target">The object that the method is called on; null for a static one.</param>
internal sealed record Closure(IMethodSymbol Method, IAnonymousFunctionOperation? Lambda, Frame? Scope, object? Target);

/// <summary>A description of a parameter, as the user's text made it; it has no name before the whole model is constructed.</summary>
internal sealed class ParameterValue(IOperation creation, int? rows, int columns, double value, double? std, string? name)
{
    /// <summary>The call that made it.</summary>
    public IOperation Creation { get; } = creation;

    /// <summary>Rows of a matrix; null for a vector.</summary>
    public int? Rows { get; } = rows;

    /// <summary>Columns of a matrix, length of a vector.</summary>
    public int Columns { get; } = columns;

    /// <summary>What a vector starts at, or around.</summary>
    public double Value { get; } = value;

    /// <summary>Deviation of the normal distribution it starts from; null where the text gives none.</summary>
    public double? Std { get; } = std;

    /// <summary>What stands in place of the field's name.</summary>
    public string? Name { get; } = name;

    /// <summary>Its whole name, once the model is constructed.</summary>
    public string? Canonical { get; set; }

    /// <summary>The language's twin of it, once the model is constructed.</summary>
    public Language.Parameter? Twin { get; set; }
}

/// <summary>What an expression at fault gives: whatever is made from it is not looked at, so that one mistake is one error.</summary>
internal sealed class Unknown
{
    public static readonly Unknown Value = new();
}

/// <summary>A variable. Lambdas share it.</summary>
internal sealed class Cell(object? value)
{
    public object? Value { get; set; } = value;
}

/// <summary>The variables that a method sees while it is read.</summary>
internal sealed class Frame(Frame? outer, object? self, IMethodSymbol? method)
{
    private readonly Dictionary<ISymbol, Cell> _cells = new(SymbolEqualityComparer.Default);

    public object? This { get; } = self;

    /// <summary>The method, with its type arguments.</summary>
    public IMethodSymbol? Method { get; } = method;

    public Frame? Outer { get; } = outer;

    /// <summary>What the method returned.</summary>
    public object? Result { get; set; }

    /// <summary>A new variable: each turn of a loop has its own.</summary>
    public void Declare(ISymbol symbol, object? value) => _cells[symbol] = new Cell(value);

    public Cell? Find(ISymbol symbol)
    {
        for (Frame? frame = this; frame is not null; frame = frame.Outer)
        {
            if (frame._cells.TryGetValue(symbol, out Cell? cell))
            {
                return cell;
            }
        }

        return null;
    }

    /// <summary>What a lambda made here keeps: the variables as they are now, shared, not copied.</summary>
    public Frame Capture()
    {
        var captured = new Frame(Outer?.Capture(), This, Method);
        foreach (KeyValuePair<ISymbol, Cell> cell in _cells)
        {
            captured._cells[cell.Key] = cell.Value;
        }

        return captured;
    }
}
