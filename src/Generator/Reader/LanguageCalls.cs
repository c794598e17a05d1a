using System.Globalization;
using MicroGpt.Generator.Language;
using MicroGpt.Generator.Spec;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace MicroGpt.Generator.Reader;

/// <summary>
/// Where a model's text calls the language, its twin is called: the members of <c>Functions</c>, <c>Tensor</c>, <c>Parameter</c> and
/// <c>Tokens</c>, known by symbol.
/// </summary>
internal sealed class LanguageCalls(IAssemblySymbol library)
{
    private readonly INamedTypeSymbol? _functions = library.GetTypeByMetadataName("MicroGpt.Functions");
    private readonly INamedTypeSymbol? _tensor = library.GetTypeByMetadataName("MicroGpt.Tensor");
    private readonly INamedTypeSymbol? _parameter = library.GetTypeByMetadataName("MicroGpt.Parameter");
    private readonly INamedTypeSymbol? _tokens = library.GetTypeByMetadataName("MicroGpt.Tokens");
    private readonly INamedTypeSymbol? _positions = library.GetTypeByMetadataName("MicroGpt.Positions");
    private readonly Stack<Graph.Scope> _scopes = new();

    /// <summary>What the forward pass is recorded into; null while the model is constructed.</summary>
    public Recording? Recording { get; set; }

    /// <summary>The type that a forward pass takes.</summary>
    public INamedTypeSymbol? TokensType => _tokens;

    /// <summary>The type that a forward pass returns.</summary>
    public INamedTypeSymbol? TensorType => _tensor;

    public bool IsFunction(IMethodSymbol method) => Is(method.ContainingType, _functions) || IsValue(method.ContainingType);

    /// <summary>What a parameter is, in messages.</summary>
    public static string Shape(ParameterValue parameter) => parameter.Rows is { } rows
        ? string.Format(CultureInfo.InvariantCulture, "[{0}, {1}]", rows, parameter.Columns)
        : string.Format(CultureInfo.InvariantCulture, "[{0}]", parameter.Columns);

    /// <summary>The part of the model whose text is read next.</summary>
    public void Enter(string? path)
    {
        if (Recording is null)
        {
            return;
        }

        _scopes.Push(Recording.Scope);
        if (path is not null)
        {
            Recording.Scope = path.Length == 0 ? new Graph.Scope("", "") : Recording.ScopeOf(path + ".x", out _);
        }
    }

    public void Leave()
    {
        if (Recording is not null)
        {
            Recording.Scope = _scopes.Pop();
        }
    }

    /// <summary>A tensor bears the name of the variable that holds it.</summary>
    public void SetName(object? value, string name)
    {
        if (value is Tensor tensor and not Language.Parameter)
        {
            Recording?.SetName(tensor, name);
        }
    }

    public bool IsOf(object? value, ITypeSymbol type) => value switch
    {
        ParameterValue or Language.Parameter => Is(type, _parameter) || Is(type, _tensor),
        Tensor => Is(type, _tensor),
        Tokens => Is(type, _tokens),
        Positions => Is(type, _positions),
        _ => false,
    };

    /// <summary>Reads a property or an indexer of the language's types.</summary>
    public bool TryRead(
        IPropertySymbol property, object? self, object?[] arguments, IPropertyReferenceOperation at, Evaluator evaluator, out object? value)
    {
        value = null;
        if (!IsValue(property.ContainingType))
        {
            return false;
        }

        if (self is null)
        {
            throw evaluator.Refuse(at, Diagnostics.Null, Refusals.Receiver(at));
        }

        value = Twin(self, at, evaluator) switch
        {
            Tokens tokens when property.Name == "Positions" => tokens.Positions,
            Tensor tensor when property.Name == "Channels" => Record(() => tensor.Channels, Diagnostics.MatrixMisplaced, at, evaluator),
            Language.Parameter table when arguments is [Tokens tokens] => Record(() => table[tokens], Diagnostics.Table, at, evaluator),
            Language.Parameter table when arguments is [Positions positions] =>
                Record(() => table[positions], Diagnostics.Table, at, evaluator),
            Tensor tensor when arguments is [Range range] => Record(() => tensor[range], Diagnostics.Slice, at, evaluator),
            _ => throw evaluator.Refuse(at, Diagnostics.NotForForward, Refusals.NameOf(property)),
        };
        return true;
    }

    /// <summary>Calls a function of the language.</summary>
    public object? Call(IMethodSymbol method, object? self, object?[] arguments, IOperation call, Evaluator evaluator)
    {
        object?[] a = [.. arguments.Select(x => x is ArrayValue ? x : x is null ? null : Twin(x, call, evaluator))];
        object? receiver = self is null ? null : Twin(self, call, evaluator);
        return (method.Name, a) switch
        {
            ("op_Implicit", [Tensor tensor]) => tensor,
            ("op_Implicit", [var number]) when Arithmetic.IsNumber(number) => number,
            ("op_UnaryNegation", [Tensor x]) => Shaped(() => -x),
            ("op_UnaryPlus", [Tensor x]) => x,
            ("op_Addition", [Tensor x, Tensor y]) => Shaped(() => x + y),
            ("op_Addition", [Tensor x, double y]) => Shaped(() => x + y),
            ("op_Addition", [double x, Tensor y]) => Shaped(() => x + y),
            ("op_Subtraction", [Tensor x, Tensor y]) => Shaped(() => x - y),
            ("op_Subtraction", [Tensor x, double y]) => Shaped(() => x - y),
            ("op_Subtraction", [double x, Tensor y]) => Shaped(() => x - y),
            ("op_Multiply", [Tensor x, Tensor y]) => Shaped(() => x * y),
            ("op_Multiply", [Tensor x, double y]) => Shaped(() => x * y),
            ("op_Multiply", [double x, Tensor y]) => Shaped(() => x * y),
            ("op_Division", [Tensor x, Tensor y]) => Shaped(() => x / y),
            ("op_Division", [Tensor x, double y]) => Shaped(() => x / y),
            ("op_Division", [double x, Tensor y]) => Shaped(() => x / y),
            ("Heads", [int groups]) when receiver is Tensor x => Record(() => x.Heads(groups), Diagnostics.Heads, call, evaluator),
            ("Linear", [Tensor x, Language.Parameter w, Tensor bias]) =>
                Record(() => Functions.Linear(x, w, bias), Diagnostics.LinearShape, call, evaluator),
            ("Linear", [Tensor x, Language.Parameter w, null]) =>
                Record(() => Functions.Linear(x, w), Diagnostics.LinearShape, call, evaluator),
            ("Exp", [Tensor x]) => Shaped(() => Functions.Exp(x)),
            ("Log", [Tensor x]) => Shaped(() => Functions.Log(x)),
            ("Sqrt", [Tensor x]) => Shaped(() => Functions.Sqrt(x)),
            ("Rsqrt", [Tensor x]) => Shaped(() => Functions.Rsqrt(x)),
            ("Square", [Tensor x]) => Shaped(() => Functions.Square(x)),
            ("Abs", [Tensor x]) => Shaped(() => Functions.Abs(x)),
            ("Tanh", [Tensor x]) => Shaped(() => Functions.Tanh(x)),
            ("Sigmoid", [Tensor x]) => Shaped(() => Functions.Sigmoid(x)),
            ("Erf", [Tensor x]) => Shaped(() => Functions.Erf(x)),
            ("Relu", [Tensor x]) => Shaped(() => Functions.Relu(x)),
            ("Silu", [Tensor x]) => Shaped(() => Functions.Silu(x)),
            ("Gelu", [Tensor x]) => Shaped(() => Functions.Gelu(x)),
            ("GeluTanh", [Tensor x]) => Shaped(() => Functions.GeluTanh(x)),
            ("Max", [Tensor x, Tensor y]) => Shaped(() => Functions.Max(x, y)),
            ("Max", [Tensor x, double y]) => Shaped(() => Functions.Max(x, y)),
            ("Max", [double x, Tensor y]) => Shaped(() => Functions.Max(x, y)),
            ("Min", [Tensor x, Tensor y]) => Shaped(() => Functions.Min(x, y)),
            ("Min", [Tensor x, double y]) => Shaped(() => Functions.Min(x, y)),
            ("Min", [double x, Tensor y]) => Shaped(() => Functions.Min(x, y)),
            ("Clamp", [Tensor x, double low, double high]) =>
                Record(() => Functions.Clamp(x, low, high), Diagnostics.Argument, call, evaluator),
            ("Detach", [Tensor x]) => Shaped(() => Functions.Detach(x)),
            ("Sum", [Tensor x]) => Shaped(() => Functions.Sum(x)),
            ("Mean", [Tensor x]) => Shaped(() => Functions.Mean(x)),
            ("Largest", [Tensor x]) => Shaped(() => Functions.Largest(x)),
            ("Softmax", [Tensor x]) => Shaped(() => Functions.Softmax(x)),
            ("RmsNorm", [Tensor x, var gain, double epsilon]) => Shaped(() => Functions.RmsNorm(x, (Tensor?)gain, epsilon)),
            ("LayerNorm", [Tensor x, var gain, var bias, double epsilon]) =>
                Shaped(() => Functions.LayerNorm(x, (Tensor?)gain, (Tensor?)bias, epsilon)),
            ("Concat", [ArrayValue parts]) => Concat(parts, call, evaluator),
            ("Rope", [Tensor x, Tokens tokens, int heads, double theta, bool interleaved]) =>
                Record(() => Functions.Rope(x, tokens, heads, theta, interleaved), Diagnostics.RopeShape, call, evaluator),
            ("Attention", [Tensor q, Tensor k, Tensor v, Tokens tokens, int heads, var keyHeads, var scale, var window, var softcap]) =>
                Record(
                    () => Functions.Attention(q, k, v, tokens, heads, (int?)keyHeads, (double?)scale, (int?)window, (double?)softcap),
                    Diagnostics.AttentionShape,
                    call,
                    evaluator),
            ("Named", [string name]) when receiver is Tensor x => Named(x, name),
            ("Dropout", [Tensor x, double rate]) => Dropout(x, rate, call, evaluator),
            _ when receiver is null && self is null && !method.IsStatic =>
                throw evaluator.Refuse(call, Diagnostics.Null, Refusals.Receiver(call)),
            _ when a.Any(x => x is null) => throw evaluator.Refuse(
                Argument(call, Array.IndexOf(a, null)), Diagnostics.Null, Argument(call, Array.IndexOf(a, null)).Syntax.ToString()),
            _ => throw evaluator.Refuse(call, Diagnostics.NotForForward, Refusals.NameOf(method)),
        };

        Tensor Shaped(Func<Tensor> record) => Record(record, Diagnostics.Shapes, call, evaluator);
    }

    private Tensor Named(Tensor tensor, string name)
    {
        SetName(tensor, name);
        return tensor;
    }

    /// <summary>A rate of 0 drops nothing, but is a call that counts.</summary>
    private static Tensor Dropout(Tensor x, double rate, IOperation call, Evaluator evaluator)
    {
        Tensor y = Record(() => Functions.Dropout(x, rate), Diagnostics.Argument, call, evaluator);
        return rate == 0 ? x : y;
    }

    private Tensor Concat(ArrayValue parts, IOperation call, Evaluator evaluator)
    {
        if (parts.Items.Any(p => p is Unknown))
        {
            throw new Fault(null);
        }

        Tensor[] tensors = [.. parts.Items.Select(
            p => p is null ? throw evaluator.Refuse(call, Diagnostics.Null, "a part") : (Tensor)Twin(p, call, evaluator))];
        return Record(() => Functions.Concat(tensors), Diagnostics.ConcatShape, call, evaluator);
    }

    /// <summary>The twin of a parameter; other values are their own.</summary>
    private object Twin(object value, IOperation at, Evaluator evaluator)
    {
        if (value is not ParameterValue parameter)
        {
            return value;
        }

        if (Recording is null)
        {
            throw evaluator.Refuse(at, Diagnostics.ComputedWhileMade);
        }

        return parameter.Twin ?? throw new Fault(null);
    }

    /// <summary>Records, and puts what does not fit on the argument at fault.</summary>
    private static T Record<T>(Func<T> record, DiagnosticDescriptor descriptor, IOperation at, Evaluator evaluator)
    {
        try
        {
            return record();
        }
        catch (LanguageException problem)
        {
            throw evaluator.Refuse(
                problem.Argument is { } name && at is IInvocationOperation call
                    && call.Arguments.FirstOrDefault(a => a.Parameter?.Name == name) is { ArgumentKind: ArgumentKind.Explicit } argument
                    ? argument.Value
                    : at,
                problem.IsMisplacedMatrix ? Diagnostics.MatrixMisplaced : problem.IsTooLarge ? Diagnostics.NumberTooLarge : descriptor,
                problem.Message);
        }
    }

    private static IOperation Argument(IOperation call, int ordinal) =>
        call is IInvocationOperation invocation
            ? invocation.Arguments.FirstOrDefault(a => a.Parameter?.Ordinal == ordinal)?.Value ?? call : call;

    private bool IsValue(ITypeSymbol? type) => Is(type, _tensor) || Is(type, _parameter) || Is(type, _tokens) || Is(type, _positions);

    private static bool Is(ITypeSymbol? type, INamedTypeSymbol? known) =>
        known is not null && SymbolEqualityComparer.Default.Equals(type?.OriginalDefinition, known);
}
