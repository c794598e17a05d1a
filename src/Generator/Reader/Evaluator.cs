using System.Collections.Immutable;
using MicroGpt.Generator.Collections;
using MicroGpt.Generator.Spec;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace MicroGpt.Generator.Reader;

/// <summary>
/// Follows the text of a model over Roslyn's operations, with twins in place of tensors, and everything else computed. It accepts by
/// list: what no case here understands is refused, on the very node.
/// </summary>
internal sealed partial class Evaluator(Sources sources, LanguageCalls language, CancellationToken cancellation)
{
    /// <summary>How deep calls nest.</summary>
    public const int DeepestCall = 64;

    /// <summary>How many operations of the text a model takes to construct and to read.</summary>
    public const int MostSteps = 1_000_000;

    private readonly List<DiagnosticInfo> _diagnostics = [];
    private readonly HashSet<(string, SourcePlace)> _reported = [];
    private readonly List<IOperation> _calls = [];
    private readonly Dictionary<ISymbol, object?> _statics = new(SymbolEqualityComparer.Default);
    private int _steps;

    /// <summary>What was found at fault, in the order in which it was read.</summary>
    public IReadOnlyList<DiagnosticInfo> Diagnostics => _diagnostics;

    /// <summary>Calls a method of an object from outside the text.</summary>
    /// <exception cref="Halt">Reading could not go on.</exception>
    public object? Run(IMethodSymbol method, Instance self, params object?[] arguments) => Invoke(method, self, arguments, null);

    /// <summary>What the last return that was come to returns: after a method has run, its own.</summary>
    public SyntaxNode? LastReturned { get; private set; }

    /// <summary>Reports a mistake: one place, one error.</summary>
    public void Report(DiagnosticInfo? diagnostic)
    {
        if (diagnostic is not null && _reported.Add((diagnostic.Descriptor.Id, diagnostic.Place)))
        {
            _diagnostics.Add(diagnostic);
        }
    }

    /// <summary>A mistake at a place, with the calls that led there.</summary>
    public DiagnosticInfo At(SyntaxNode place, DiagnosticDescriptor descriptor, params string[] arguments) =>
        DiagnosticInfo.At(SourcePlace.Of(place), descriptor, arguments) with
        {
            Further = _calls.AsEnumerable().Reverse().Select(c => SourcePlace.Of(c.Syntax)).Distinct().Take(8).ToEquatableArray(),
        };

    /// <summary>A mistake that leaves the rest of the text worth reading.</summary>
    public Fault Refuse(IOperation at, DiagnosticDescriptor descriptor, params string[] arguments) =>
        new(At(at.Syntax, descriptor, arguments));

    private Halt Stop(IOperation at, DiagnosticDescriptor descriptor, params string[] arguments) =>
        new(_diagnostics.Count > 0 ? null : At(at.Syntax, descriptor, arguments));

    /// <summary>Counts an operation, so that nothing hangs.</summary>
    private void Step(IOperation operation)
    {
        if (++_steps > MostSteps)
        {
            throw Stop(operation, Spec.Diagnostics.TooLong, MostSteps.ToString("N0", System.Globalization.CultureInfo.InvariantCulture));
        }

        if ((_steps & 255) == 0)
        {
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Whether the text of a method can be read.</summary>
    public bool HasText(IMethodSymbol method) => sources.Body(method) is not null;

    /// <summary>Runs the text of a method whose arguments are known, on an object or statically.</summary>
    private object? Invoke(IMethodSymbol method, object? self, object?[] arguments, IOperation? call)
    {
        if (sources.Body(method) is not { } syntax)
        {
            throw Refuse(call!, Spec.Diagnostics.NotAnOperation, Refusals.NameOf(method));
        }

        if (method.IsAsync || method.IsIterator())
        {
            throw Refuse(call ?? sources.Operation(syntax)!, Spec.Diagnostics.Asynchronous, method.Name, method.IsAsync
                ? "asynchronous" : "an iterator");
        }

        var frame = new Frame(null, self, method);
        DeclareParameters(frame, method, arguments);
        return Enter(call, frame, syntax);
    }

    private static void DeclareParameters(Frame frame, IMethodSymbol method, object?[] arguments)
    {
        IMethodSymbol written = (method.PartialImplementationPart ?? method).OriginalDefinition;
        for (int i = 0; i < written.Parameters.Length; i++)
        {
            frame.Declare(written.Parameters[i], arguments[i]);
        }
    }

    private object? Enter(IOperation? call, Frame frame, SyntaxNode syntax)
    {
        if (_calls.Count >= DeepestCall)
        {
            throw Stop(call ?? _calls[_calls.Count - 1], Spec.Diagnostics.TooDeep, DeepestCall.ToString(
                System.Globalization.CultureInfo.InvariantCulture));
        }

        if (call is not null)
        {
            _calls.Add(call);
        }

        language.Enter((frame.This as Instance)?.Path);
        try
        {
            switch (sources.Operation(syntax))
            {
                case IMethodBodyOperation body:
                    RunBody((body.BlockBody ?? body.ExpressionBody)!, frame);
                    break;
                case ILocalFunctionOperation { Body: { } body }:
                    RunBody(body, frame);
                    break;
                case IBlockOperation body:
                    RunBody(body, frame);
                    break;
                case { } other:
                    throw Refuse(other, Spec.Diagnostics.NotInLanguage, Refusals.Describe(other).What, Refusals.Describe(other).Advice);
                default:
                    throw new Halt(null);
            }
        }
        finally
        {
            language.Leave();
            if (call is not null)
            {
                _calls.RemoveAt(_calls.Count - 1);
            }
        }

        return frame.Result is Unknown ? throw new Fault(null) : frame.Result;
    }

    private void RunBody(IBlockOperation body, Frame frame) => RunAll(body.Operations, frame);

    private object? CallClosure(Closure closure, object?[] arguments, IOperation call)
    {
        if (closure.Lambda is not { } lambda)
        {
            return CallMethod(closure.Method, closure.Target, arguments, call);
        }

        if (lambda.Symbol.IsAsync)
        {
            throw Refuse(lambda, Spec.Diagnostics.Asynchronous, "this lambda", "asynchronous");
        }

        if (_calls.Count >= DeepestCall)
        {
            throw Stop(call, Spec.Diagnostics.TooDeep, DeepestCall.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        var frame = new Frame(closure.Scope, closure.Scope?.This, closure.Scope?.Method);
        for (int i = 0; i < lambda.Symbol.Parameters.Length; i++)
        {
            frame.Declare(lambda.Symbol.Parameters[i], arguments[i]);
        }

        _calls.Add(call);
        language.Enter((frame.This as Instance)?.Path);
        try
        {
            RunBody(lambda.Body, frame);
        }
        finally
        {
            language.Leave();
            _calls.RemoveAt(_calls.Count - 1);
        }

        return frame.Result is Unknown ? throw new Fault(null) : frame.Result;
    }

    /// <summary>Calls a method, the language's own by symbol before any look for source.</summary>
    private object? CallMethod(IMethodSymbol method, object? self, object?[] arguments, IOperation call, bool isVirtual = true)
    {
        if (language.IsFunction(method))
        {
            return CallFunction(method, arguments, call, self);
        }

        if (method.ContainingType.SpecialType == SpecialType.None && method.ContainingType.ToDisplayString() == "System.Math")
        {
            return Computed(call, () => MathCalls.Call(method.Name, arguments))
                ?? throw Refuse(call, Spec.Diagnostics.NotAnOperation, Refusals.NameOf(method));
        }

        if (method.MethodKind == MethodKind.LocalFunction)
        {
            throw new InvalidOperationException("a local function is called with its scope");
        }

        if (method.IsStatic)
        {
            return Invoke(method, null, arguments, call);
        }

        switch (self)
        {
            case null:
                throw Refuse(call, Spec.Diagnostics.Null, Refusals.Receiver(call));
            case Closure closure when method.MethodKind == MethodKind.DelegateInvoke:
                return CallClosure(closure, arguments, call);
            case Instance instance:
                return Invoke(isVirtual ? Implementation(instance, method) : method, instance, arguments, call);
            default:
                throw Refuse(call, Spec.Diagnostics.NotAnOperation, Refusals.NameOf(method));
        }
    }

    /// <summary>The method that a call of a virtual or interface's method reaches.</summary>
    private static IMethodSymbol Implementation(Instance instance, IMethodSymbol method)
    {
        IMethodSymbol definition = method.OriginalDefinition;
        if (method.ContainingType.TypeKind == TypeKind.Interface)
        {
            INamedTypeSymbol? face = instance.Type.AllInterfaces.FirstOrDefault(
                i => SymbolEqualityComparer.Default.Equals(i.OriginalDefinition, method.ContainingType.OriginalDefinition));
            ISymbol? member =
                face?.GetMembers(method.Name).FirstOrDefault(m => SymbolEqualityComparer.Default.Equals(m.OriginalDefinition, definition));
            return member is null ? method : instance.Type.FindImplementationForInterfaceMember(member) as IMethodSymbol is { } found
                ? Implementation(instance, found)
                : method;
        }

        if (!method.IsVirtual && !method.IsAbstract && !method.IsOverride)
        {
            return method;
        }

        for (INamedTypeSymbol? type = instance.Type; type is not null; type = type.BaseType)
        {
            foreach (IMethodSymbol candidate in type.GetMembers(method.Name).OfType<IMethodSymbol>())
            {
                for (IMethodSymbol? each = candidate; each is not null; each = each.OverriddenMethod)
                {
                    if (SymbolEqualityComparer.Default.Equals(each.OriginalDefinition, definition))
                    {
                        return candidate;
                    }
                }
            }
        }

        return method;
    }

    /// <summary>Replaces type parameters by what they stand for where the text is read.</summary>
    private static ITypeSymbol Resolve(ITypeSymbol type, Frame frame, Compilation compilation)
    {
        switch (type)
        {
            case ITypeParameterSymbol parameter:
                for (Frame? f = frame; f is not null; f = f.Outer)
                {
                    if (f.Method is { } method && parameter.TypeParameterKind == TypeParameterKind.Method
                        && SymbolEqualityComparer.Default.Equals(method.OriginalDefinition, parameter.DeclaringMethod?.OriginalDefinition))
                    {
                        return method.TypeArguments[parameter.Ordinal];
                    }
                }

                for (INamedTypeSymbol? level = (frame.This as Instance)?.Type; level is not null; level = level.BaseType)
                {
                    if (parameter.DeclaringType is { } declaring
                        && SymbolEqualityComparer.Default.Equals(level.OriginalDefinition, declaring.OriginalDefinition))
                    {
                        return level.TypeArguments[parameter.Ordinal];
                    }
                }

                return type;
            case INamedTypeSymbol { IsGenericType: true, IsUnboundGenericType: false } named
                when named.TypeArguments.Any(a => a.TypeKind is TypeKind.TypeParameter or TypeKind.Class):
                return named.ConstructedFrom.Construct([.. named.TypeArguments.Select(a => Resolve(a, frame, compilation))]);
            case IArrayTypeSymbol array:
                return compilation.CreateArrayTypeSymbol(Resolve(array.ElementType, frame, compilation), array.Rank);
            default:
                return type;
        }
    }

    private object? Computed(IOperation at, Func<object?> compute)
    {
        try
        {
            return compute();
        }
        catch (DivideByZeroException)
        {
            throw Refuse(at, Spec.Diagnostics.Arithmetic, "divides by zero");
        }
        catch (Exception e) when (e is OverflowException or ArithmeticException or ArgumentException)
        {
            throw Refuse(at, Spec.Diagnostics.Arithmetic, "does not fit its type");
        }
    }
}
