using MicroGpt.Generator.Spec;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace MicroGpt.Generator.Reader;

/// <summary>Operators and conversions.</summary>
internal sealed partial class Evaluator
{
    private object? Binary(IBinaryOperation operation, Frame frame)
    {
        object? left = Evaluate(operation.LeftOperand, frame);
        if (operation.OperatorKind is BinaryOperatorKind.ConditionalAnd or BinaryOperatorKind.ConditionalOr && left is bool decided
            && decided == (operation.OperatorKind == BinaryOperatorKind.ConditionalOr))
        {
            return decided;
        }

        return Apply(
            operation.OperatorKind, operation.OperatorMethod, left, Evaluate(operation.RightOperand, frame),
            operation.IsChecked, operation);
    }

    private object? Apply(BinaryOperatorKind kind, IMethodSymbol? method, object? left, object? right, bool isChecked, IOperation at)
    {
        if (method is not null && method.ContainingType.SpecialType is not (SpecialType.System_String or SpecialType.System_Decimal))
        {
            return CallMethod(method, null, [left, right], at);
        }

        if (kind == BinaryOperatorKind.Add && at.Type?.SpecialType == SpecialType.System_String)
        {
            return Text(left, at) + Text(right, at);
        }

        if (kind is BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals && !(Arithmetic.IsNumber(left) && Arithmetic.IsNumber(right)))
        {
            return Same(left, right, at) == (kind == BinaryOperatorKind.Equals);
        }

        if (left is null || right is null)
        {
            // Of numbers that may be missing: comparisons are false, arithmetic gives none.
            return at.Type?.SpecialType == SpecialType.System_Boolean ? false : null;
        }

        if (left is char a)
        {
            left = (int)a;
        }

        if (right is char b)
        {
            right = (int)b;
        }

        return Computed(at, () => Arithmetic.Binary(kind, left, right, isChecked))
            ?? throw Refuse(at, Spec.Diagnostics.NotInLanguage, "this operator", "use numbers, booleans and strings known at build time");
    }

    private object? Unary(IUnaryOperation operation, Frame frame)
    {
        object? operand = Evaluate(operation.Operand, frame);
        if (operation.OperatorMethod is { } method)
        {
            return CallMethod(method, null, [operand], operation);
        }

        if (operation.OperatorKind == UnaryOperatorKind.Hat)
        {
            return operand is int fromEnd ? new Index(fromEnd, true) : throw new Fault(null);
        }

        return operand is null ? null : Computed(operation, () => Arithmetic.Unary(operation.OperatorKind, operand, operation.IsChecked))
            ?? throw Refuse(operation, Spec.Diagnostics.NotInLanguage, "this operator", "use numbers and booleans known at build time");
    }

    private object? Convert(IConversionOperation conversion, Frame frame)
    {
        object? value = Evaluate(conversion.Operand, frame);
        ITypeSymbol type = Resolve(conversion.Type!, frame, sources.Compilation);
        if (conversion.OperatorMethod is { } method)
        {
            if (value is int place && type.ToDisplayString() == "System.Index")
            {
                return new Index(place);
            }

            return value is ArrayValue ? value : CallMethod(method, null, [value], conversion);
        }

        ITypeSymbol target = type.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T
            ? ((INamedTypeSymbol)type).TypeArguments[0] : type;
        if (target is INamedTypeSymbol { EnumUnderlyingType: { } underlying })
        {
            target = underlying;
        }

        if (Arithmetic.IsNumber(value) || value is char)
        {
            // Out of an object comes only what went in.
            if (conversion.Operand.Type?.IsReferenceType == true && !IsOf(value, target, frame))
            {
                throw Refuse(conversion, Spec.Diagnostics.InvalidCast, value!.GetType().Name, Refusals.TypeName(target));
            }

            return target.SpecialType is SpecialType.System_Object or SpecialType.System_ValueType || target.TypeKind is TypeKind.Interface
                ? value
                : Computed(conversion, () => Arithmetic.Convert(value, target.SpecialType, conversion.IsChecked)) ?? value;
        }

        if (value is null)
        {
            return target.IsValueType && type.OriginalDefinition.SpecialType != SpecialType.System_Nullable_T
                ? throw Refuse(conversion, Spec.Diagnostics.Null, conversion.Operand.Syntax.ToString())
                : null;
        }

        if (value is Instance && !conversion.IsImplicit && !IsOf(value, target, frame))
        {
            return conversion.IsTryCast ? null : throw Refuse(conversion, Spec.Diagnostics.InvalidCast, value.ToString()!, target.Name);
        }

        if (value is ArrayValue && !Refusals.IsArrayLike(target))
        {
            throw Refuse(conversion, Spec.Diagnostics.Collection, Refusals.TypeName(target));
        }

        return value;
    }

    private object? Compound(ICompoundAssignmentOperation compound, Frame frame)
    {
        object? left = Evaluate(compound.Target, frame);
        object? right = Evaluate(compound.Value, frame);
        if (compound.OperatorMethod is null && Arithmetic.IsNumber(left) && Arithmetic.IsNumber(right)
            && compound.OperatorKind is not (BinaryOperatorKind.LeftShift or BinaryOperatorKind.RightShift
                or BinaryOperatorKind.UnsignedRightShift))
        {
            left = Arithmetic.Convert(left, Special(right!), false);
        }

        object? result = Apply(compound.OperatorKind, compound.OperatorMethod, left, right, compound.IsChecked, compound);
        if (Arithmetic.IsNumber(result))
        {
            result = Computed(compound, () => Arithmetic.Convert(result, compound.Target.Type!.SpecialType, compound.IsChecked)) ?? result;
        }

        if (compound.Target is ILocalReferenceOperation local)
        {
            language.SetName(result, local.Local.Name);
        }

        Assign(compound.Target, result, frame);
        return result;
    }

    private static SpecialType Special(object number) => number switch
    {
        int => SpecialType.System_Int32,
        long => SpecialType.System_Int64,
        uint => SpecialType.System_UInt32,
        ulong => SpecialType.System_UInt64,
        float => SpecialType.System_Single,
        double => SpecialType.System_Double,
        _ => SpecialType.System_Decimal,
    };

    private object? Increment(IIncrementOrDecrementOperation operation, Frame frame)
    {
        object? before = Evaluate(operation.Target, frame);
        object? one = before is null ? null : Arithmetic.Convert(
            1, before is int or short or ushort or byte or sbyte or char ? SpecialType.System_Int32 : Special(before), false);
        object? wide = before is short or ushort or byte or sbyte or char
            ? Arithmetic.Convert(before, SpecialType.System_Int32, false) : before;
        BinaryOperatorKind kind = operation.Kind == OperationKind.Increment ? BinaryOperatorKind.Add : BinaryOperatorKind.Subtract;
        if (!Arithmetic.IsNumber(wide))
        {
            throw Refuse(operation, Spec.Diagnostics.NotInLanguage, "this operator", "use numbers known at build time");
        }

        object? after = Computed(operation, () => Arithmetic.Convert(
            Arithmetic.Binary(kind, wide, one, operation.IsChecked),
            Special(before!) is SpecialType.System_Decimal ? SpecialType.System_Int32 : Special(before!), operation.IsChecked));
        Assign(operation.Target, after, frame);
        return operation.IsPostfix ? before : after;
    }
}
