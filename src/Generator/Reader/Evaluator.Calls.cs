using System.Collections.Immutable;
using System.Globalization;
using MicroGpt.Generator.Spec;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace MicroGpt.Generator.Reader;

/// <summary>Calls and their arguments.</summary>
internal sealed partial class Evaluator
{
    private object?[] Arguments(ImmutableArray<IArgumentOperation> arguments, int count, Frame frame)
    {
        object?[] values = new object?[count];
        foreach (IArgumentOperation argument in arguments)
        {
            if (argument.Parameter is not { RefKind: RefKind.None or RefKind.In } parameter)
            {
                throw Refuse(argument, Spec.Diagnostics.NotInLanguage, "an argument by reference", "return the value, several as a tuple");
            }

            values[parameter.Ordinal] = Evaluate(argument.Value, frame);
        }

        return values;
    }

    private object? Call(IInvocationOperation call, Frame frame)
    {
        IMethodSymbol method = call.TargetMethod;
        if (Refusals.IsLinq(method))
        {
            throw Refuse(call, Spec.Diagnostics.Linq, method.Name);
        }

        object? self = call.Instance is null ? null : Evaluate(call.Instance, frame);
        object?[] arguments = Arguments(call.Arguments, method.Parameters.Length, frame);
        if (method.MethodKind == MethodKind.LocalFunction)
        {
            return CallLocal(method, frame, arguments, call);
        }

        if (!language.IsFunction(method) && sources.Syntax(method) is null)
        {
            object? known = CallKnown(method, self, arguments, call);
            if (known is not Unknown)
            {
                return known;
            }
        }

        return CallMethod(method.IsGenericMethod ? Construct(method, frame) : method, self, arguments, call, !IsBase(call.Instance));
    }

    private static bool IsBase(IOperation? receiver) => receiver?.Syntax is Microsoft.CodeAnalysis.CSharp.Syntax.BaseExpressionSyntax;

    private IMethodSymbol Construct(IMethodSymbol method, Frame frame) =>
        method.ConstructedFrom.Construct([.. method.TypeArguments.Select(a => Resolve(a, frame, sources.Compilation))]);

    /// <summary>The few methods of .NET's own that a model's text may call on values known at build time.</summary>
    private object? CallKnown(IMethodSymbol method, object? self, object?[] arguments, IOperation call)
    {
        INamedTypeSymbol type = method.ContainingType;
        if (type.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T && method.Name == "GetValueOrDefault")
        {
            return self ?? (arguments.Length == 1 ? arguments[0] : Default(type.TypeArguments[0]));
        }

        return (type.SpecialType, method.Name, arguments) switch
        {
            (SpecialType.System_String, "Concat", [string a, string b]) => a + b,
            (SpecialType.System_String, "IsNullOrEmpty", [var a]) => string.IsNullOrEmpty(a as string),
            (SpecialType.System_Double, "Sqrt" or "Pow" or "Max" or "Min" or "Exp" or "Log", _) =>
                Computed(call, () => MathCalls.Call(method.Name, arguments)) ?? Unknown.Value,
            (SpecialType.System_Int32, "Max" or "Min" or "Abs" or "Clamp", _) =>
                Computed(call, () => MathCalls.Call(method.Name, arguments)) ?? Unknown.Value,
            (SpecialType.System_Object, "ReferenceEquals", [var a, var b]) => ReferenceEquals(a, b),
            (_, "ToString", []) when self is int or long or string or bool => System.Convert.ToString(self, CultureInfo.InvariantCulture),
            _ => Unknown.Value,
        };
    }

    private object? CallLocal(IMethodSymbol method, Frame frame, object?[] arguments, IOperation call)
    {
        if (sources.Syntax(method) is not Microsoft.CodeAnalysis.CSharp.Syntax.LocalFunctionStatementSyntax body)
        {
            throw Refuse(call, Spec.Diagnostics.NotAnOperation, method.Name);
        }

        if (method.IsAsync || method.IsIterator())
        {
            throw Refuse(call, Spec.Diagnostics.Asynchronous, method.Name, method.IsAsync ? "asynchronous" : "an iterator");
        }

        // Its variables are found from the frame that calls it, in which it is declared, or one below.
        var inner = new Frame(method.IsStatic ? null : frame, frame.This, method);
        DeclareParameters(inner, method, arguments);
        return Enter(call, inner, body);
    }
}
