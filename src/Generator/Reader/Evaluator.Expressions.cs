using System.Globalization;
using System.Text;
using MicroGpt.Generator.Spec;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace MicroGpt.Generator.Reader;

/// <summary>Expressions.</summary>
internal sealed partial class Evaluator
{
    private readonly Stack<object?> _receivers = new();

    /// <summary>The value of an expression.</summary>
    /// <exception cref="Fault">It is not a model's, or holds something that is not.</exception>
    private object? Evaluate(IOperation operation, Frame frame)
    {
        Step(operation);
        if (operation.ConstantValue is { HasValue: true } constant)
        {
            return constant.Value;
        }

        switch (operation)
        {
            case ILocalReferenceOperation local:
                return Known((frame.Find(local.Local)
                    ?? throw Refuse(local, Spec.Diagnostics.NotInLanguage, "a variable that has no value yet", "assign it first")).Value);
            case IParameterReferenceOperation parameter:
                return Known(ReadParameter(parameter, frame));
            case IFieldReferenceOperation field:
                return Known(ReadField(field, field.Instance is null ? null : Evaluate(field.Instance, frame)));
            case IPropertyReferenceOperation property:
                return Known(ReadProperty(
                    property,
                    property.Instance is null ? null : Evaluate(property.Instance, frame),
                    Arguments(property.Arguments, property.Property.Parameters.Length, frame),
                    frame));
            case IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ContainingTypeInstance }:
                return frame.This;
            case IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ImplicitReceiver } when _receivers.Count > 0:
                return _receivers.Peek();
            case IInvocationOperation call:
                return Call(call, frame);
            case IBinaryOperation binary:
                return Binary(binary, frame);
            case IUnaryOperation unary:
                return Unary(unary, frame);
            case IConversionOperation conversion:
                return Convert(conversion, frame);
            case ISimpleAssignmentOperation { IsRef: false, Target: IArrayElementReferenceOperation { Indices.Length: 1 } element }
                assignment:
                return AssignElement(element, assignment.Value, frame);
            case ISimpleAssignmentOperation { IsRef: false } assignment:
                object? assigned = Evaluate(assignment.Value, frame);
                if (assignment.Target is ILocalReferenceOperation named)
                {
                    language.SetName(assigned, named.Local.Name);
                }

                Assign(assignment.Target, assigned, frame);
                return assigned;
            case ICompoundAssignmentOperation compound:
                return Compound(compound, frame);
            case IIncrementOrDecrementOperation increment:
                return Increment(increment, frame);
            case ICoalesceAssignmentOperation coalesce:
                object? present = Evaluate(coalesce.Target, frame) ?? Evaluate(coalesce.Value, frame);
                Assign(coalesce.Target, present, frame);
                return present;
            case IDeconstructionAssignmentOperation deconstruction:
                object? parts = Evaluate(deconstruction.Value, frame);
                Assign(deconstruction.Target, parts, frame);
                return parts;
            case IConditionalOperation choice:
                return Evaluate(Condition(choice.Condition, frame) ? choice.WhenTrue : choice.WhenFalse!, frame);
            case ICoalesceOperation coalesce:
                return Evaluate(coalesce.Value, frame) ?? Evaluate(coalesce.WhenNull, frame);
            case IConditionalAccessOperation access:
                return ConditionalAccess(access, frame);
            case IConditionalAccessInstanceOperation when _receivers.Count > 0:
                return _receivers.Peek();
            case IIsPatternOperation pattern:
                return Matches(pattern.Pattern, Evaluate(pattern.Value, frame), frame);
            case IIsTypeOperation type:
                return IsOf(Evaluate(type.ValueOperand, frame), type.TypeOperand, frame) != type.IsNegated;
            case ISwitchExpressionOperation choice:
                return SwitchExpression(choice, frame);
            case ITupleOperation tuple:
                return new TupleValue([.. tuple.Elements.Select(e => Evaluate(e, frame))]);
            case ITupleBinaryOperation comparison:
                return Same(Evaluate(comparison.LeftOperand, frame), Evaluate(comparison.RightOperand, frame), comparison)
                    == (comparison.OperatorKind == BinaryOperatorKind.Equals);
            case IObjectCreationOperation creation:
                return Create(creation, frame);
            case ITypeParameterObjectCreationOperation { Initializer: null } creation:
                return Construct((INamedTypeSymbol)Resolve(creation.Type!, frame, sources.Compilation), creation);
            case IArrayCreationOperation { Initializer: null, DimensionSizes.Length: 1 } array:
                return NewArray(array, frame);
            case IArrayCreationOperation { Initializer: { } initializer, DimensionSizes.Length: 1 }:
                return new ArrayValue([.. initializer.ElementValues.Select(e => Evaluate(e, frame))]);
            case ICollectionExpressionOperation collection:
                return Collection(collection, frame);
            case IArrayElementReferenceOperation { Indices.Length: 1 } element:
                return Element(element, frame);
            case IImplicitIndexerReferenceOperation { Instance: { } over } element:
                return Item(Evaluate(over, frame), Evaluate(element.Argument, frame), element);
            case IAnonymousFunctionOperation lambda:
                return new Closure(lambda.Symbol, lambda, frame.Capture(), null);
            case IDelegateCreationOperation creation:
                return Evaluate(creation.Target, frame);
            case IMethodReferenceOperation reference:
                return new Closure(
                    reference.Method, null, reference.Method.MethodKind == MethodKind.LocalFunction ? frame.Capture() : null,
                    reference.Instance is null ? null : Evaluate(reference.Instance, frame));
            case IInterpolatedStringOperation text:
                return Interpolate(text, frame);
            case IRangeOperation range:
                return new Range(Place(range.LeftOperand, frame) ?? Index.Start, Place(range.RightOperand, frame) ?? Index.End);
            case IDefaultValueOperation value:
                return Default(Resolve(value.Type!, frame, sources.Compilation));
            case IParenthesizedOperation inner:
                return Evaluate(inner.Operand, frame);
            case IThrowOperation thrown:
                throw Thrown(thrown, frame);
            case IAwaitOperation:
                throw Refuse(operation, Spec.Diagnostics.Asynchronous, "await", "asynchronous");
            case ITranslatedQueryOperation:
                throw Refuse(operation, Spec.Diagnostics.Linq, "a query");
            default:
                (string what, string advice) = Refusals.Describe(operation);
                throw Refuse(operation, Spec.Diagnostics.NotInLanguage, what, advice);
        }
    }

    /// <summary>What follows from a mistake is no second one.</summary>
    private static object? Known(object? value) => value is Unknown ? throw new Fault(null) : value;

    private object? ConditionalAccess(IConditionalAccessOperation access, Frame frame)
    {
        object? value = Evaluate(access.Operation, frame);
        if (value is null)
        {
            return null;
        }

        _receivers.Push(value);
        try
        {
            return Evaluate(access.WhenNotNull, frame);
        }
        finally
        {
            _receivers.Pop();
        }
    }

    private object? SwitchExpression(ISwitchExpressionOperation choice, Frame frame)
    {
        object? value = Evaluate(choice.Value, frame);
        foreach (ISwitchExpressionArmOperation arm in choice.Arms)
        {
            if (Matches(arm.Pattern, value, frame) && (arm.Guard is null || Condition(arm.Guard, frame)))
            {
                return Evaluate(arm.Value, frame);
            }
        }

        throw Refuse(choice.Value, Spec.Diagnostics.NotInLanguage, "a switch without an arm for this value", "add one");
    }

    private string Interpolate(IInterpolatedStringOperation text, Frame frame)
    {
        var result = new StringBuilder();
        foreach (IInterpolatedStringContentOperation part in text.Parts)
        {
            switch (part)
            {
                case IInterpolatedStringTextOperation literal:
                    result.Append(literal.Text.ConstantValue.Value as string ?? Evaluate(literal.Text, frame));
                    break;
                case IInterpolationOperation hole:
                    object? value = Evaluate(hole.Expression, frame);
                    string alignment = hole.Alignment is null ? "" : "," + Evaluate(hole.Alignment, frame);
                    string format = hole.FormatString is null ? "" : ":" + Evaluate(hole.FormatString, frame);
                    object? printed = value is null || Arithmetic.IsNumber(value) ? value : Text(value, hole.Expression);
                    result.AppendFormat(CultureInfo.InvariantCulture, "{0" + alignment + format + "}", printed);
                    break;
                default:
                    throw Refuse(part, Spec.Diagnostics.NotInLanguage, "this part of a text", "use an interpolated string");
            }
        }

        return result.ToString();
    }

    private string Text(object? value, IOperation at) => value switch
    {
        null => "",
        string or bool or char => value.ToString()!,
        _ when Arithmetic.IsNumber(value) => System.Convert.ToString(value, CultureInfo.InvariantCulture)!,
        _ => throw Refuse(at, Spec.Diagnostics.NotInLanguage, "an object as a text", "use numbers and strings"),
    };

    private static object? Default(ITypeSymbol type) => type.SpecialType switch
    {
        SpecialType.System_Int32 => 0,
        SpecialType.System_Int64 => 0L,
        SpecialType.System_UInt32 => 0u,
        SpecialType.System_UInt64 => 0ul,
        SpecialType.System_Double => 0.0,
        SpecialType.System_Single => 0f,
        SpecialType.System_Decimal => 0m,
        SpecialType.System_Boolean => false,
        SpecialType.System_Char => '\0',
        SpecialType.System_Byte => (byte)0,
        SpecialType.System_SByte => (sbyte)0,
        SpecialType.System_Int16 => (short)0,
        SpecialType.System_UInt16 => (ushort)0,
        _ => type is INamedTypeSymbol { IsTupleType: true } tuple ? new TupleValue([.. tuple.TupleElements.Select(e => Default(e.Type))])
            : type.TypeKind == TypeKind.Enum ? 0 : null,
    };
}
