using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using MicroGpt.Generator.Spec;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
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
                return Known((frame.Find(local.Local) ?? throw Refuse(local, Spec.Diagnostics.NotInLanguage, "a variable that has no value yet", "assign it first")).Value);
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

    private object? ReadParameter(IParameterReferenceOperation reference, Frame frame)
    {
        if (frame.Find(reference.Parameter) is { } cell)
        {
            return cell.Value;
        }

        return frame.This is Instance self && self.Fields.TryGetValue(reference.Parameter.OriginalDefinition, out object? value)
            ? value
            : throw Refuse(reference, Spec.Diagnostics.NotInLanguage, "a parameter that has no value here", "give it one");
    }

    private object? ReadField(IFieldReferenceOperation reference, object? self)
    {
        IFieldSymbol field = reference.Field.OriginalDefinition;
        if (self is TupleValue tuple)
        {
            IFieldSymbol element = reference.Field.CorrespondingTupleField ?? reference.Field;
            return tuple.Items[int.Parse(element.Name.Substring("Item".Length), CultureInfo.InvariantCulture) - 1];
        }

        if (field.IsStatic)
        {
            return ReadStatic(reference, field);
        }

        switch (self)
        {
            case null:
                throw Refuse(reference, Spec.Diagnostics.Null, Refusals.Receiver(reference));
            case Instance instance:
                RequireReadOnly(field, reference);
                return instance.Fields.TryGetValue(field, out object? value) ? value : Default(field.Type);
            default:
                throw Refuse(reference, Spec.Diagnostics.NotAnOperation, Refusals.NameOf(field));
        }
    }

    /// <summary>A field whose value could be another in the next forward pass is no part of a model.</summary>
    private void RequireReadOnly(IFieldSymbol field, IOperation reference)
    {
        if (!field.IsReadOnly && !field.IsConst)
        {
            SyntaxNode place = sources.Syntax(field) ?? reference.Syntax;
            throw new Fault(At(place, Spec.Diagnostics.MutableField, field.Name) with
            {
                Place = field.Locations.FirstOrDefault(l => l.IsInSource) is { } location ? SourcePlace.Of(location) : SourcePlace.Of(reference.Syntax),
            });
        }
    }

    private object? ReadStatic(IOperation reference, ISymbol member)
    {
        if (_statics.TryGetValue(member, out object? known))
        {
            return known is Evaluating ? throw Refuse(reference, Spec.Diagnostics.NotInLanguage, "a value that needs itself", "give it one of its own") : known;
        }

        if (member is IFieldSymbol field)
        {
            if (sources.Syntax(field) is null)
            {
                throw Refuse(reference, Spec.Diagnostics.NotAnOperation, Refusals.NameOf(field));
            }

            RequireReadOnly(field, reference);
        }

        if (sources.Initializer(member) is not { } initializer)
        {
            return Default(member is IFieldSymbol f ? f.Type : ((IPropertySymbol)member).Type);
        }

        _statics[member] = new Evaluating();
        MakingOf making = _making;
        _making = MakingOf.Static;
        try
        {
            object? value = Evaluate(((ISymbolInitializerOperation)sources.Operation(initializer)!).Value, new Frame(null, null, null));
            Fix(value);
            _statics[member] = value;
            return value;
        }
        catch (Fault fault)
        {
            Report(fault.Diagnostic);
            _statics[member] = Unknown.Value;
            throw new Fault(null);
        }
        finally
        {
            _making = making;
        }
    }

    private object? ReadProperty(IPropertyReferenceOperation reference, object? self, object?[] arguments, Frame frame)
    {
        IPropertySymbol property = reference.Property;
        if (language.TryRead(property, self, arguments, reference, this, out object? ofLanguage))
        {
            return ofLanguage;
        }

        switch (self)
        {
            case ArrayValue array when property.IsIndexer && arguments.Length == 1:
                return Item(array, arguments[0], reference);
            case ArrayValue array when property.Name is "Length" or "Count":
                return array.Items.Length;
            case string text when property.Name == "Length":
                return text.Length;
            case { } value when property.ContainingType.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T:
                return property.Name == "HasValue" ? true : value;
            case null when property.ContainingType.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T && property.Name == "HasValue":
                return false;
            case null when !property.IsStatic:
                throw Refuse(reference, Spec.Diagnostics.Null, Refusals.Receiver(reference));
        }

        if (property.IsStatic)
        {
            return sources.Syntax(property) is null
                ? throw Refuse(reference, Spec.Diagnostics.NotAnOperation, Refusals.NameOf(property))
                : sources.IsAutomatic(property) ? ReadStatic(reference, property) : Invoke(property.GetMethod!, null, arguments, reference);
        }

        if (self is not Instance instance || property.GetMethod is null)
        {
            throw Refuse(reference, Spec.Diagnostics.NotAnOperation, Refusals.NameOf(property));
        }

        IMethodSymbol getter = IsBase(reference.Instance) ? property.GetMethod : Implementation(instance, property.GetMethod);
        var found = (IPropertySymbol)getter.AssociatedSymbol!;
        if (!sources.IsAutomatic(found))
        {
            return Invoke(getter, instance, arguments, reference);
        }

        if (found.SetMethod is { IsInitOnly: false })
        {
            throw new Fault(At(sources.Syntax(found) ?? reference.Syntax, Spec.Diagnostics.MutableField, found.Name) with
            {
                Place = SourcePlace.Of(found.Locations[0]),
            });
        }

        IFieldSymbol? backing = Backing(found);
        return backing is not null && instance.Fields.TryGetValue(backing, out object? stored) ? stored : Default(found.Type);
    }

    private static IFieldSymbol? Backing(IPropertySymbol property) => property.OriginalDefinition.ContainingType.GetMembers().OfType<IFieldSymbol>()
        .FirstOrDefault(f => SymbolEqualityComparer.Default.Equals(f.AssociatedSymbol, property.OriginalDefinition));

    private object?[] Arguments(ImmutableArray<IArgumentOperation> arguments, int count, Frame frame)
    {
        var values = new object?[count];
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
            (SpecialType.System_Double, "Sqrt" or "Pow" or "Max" or "Min" or "Exp" or "Log", _) => Computed(call, () => MathCalls.Call(method.Name, arguments)) ?? Unknown.Value,
            (SpecialType.System_Int32, "Max" or "Min" or "Abs" or "Clamp", _) => Computed(call, () => MathCalls.Call(method.Name, arguments)) ?? Unknown.Value,
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

    private object? Binary(IBinaryOperation operation, Frame frame)
    {
        object? left = Evaluate(operation.LeftOperand, frame);
        if (operation.OperatorKind is BinaryOperatorKind.ConditionalAnd or BinaryOperatorKind.ConditionalOr && left is bool decided
            && decided == (operation.OperatorKind == BinaryOperatorKind.ConditionalOr))
        {
            return decided;
        }

        return Apply(operation.OperatorKind, operation.OperatorMethod, left, Evaluate(operation.RightOperand, frame), operation.IsChecked, operation);
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

        ITypeSymbol target = type.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T ? ((INamedTypeSymbol)type).TypeArguments[0] : type;
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
            && compound.OperatorKind is not (BinaryOperatorKind.LeftShift or BinaryOperatorKind.RightShift or BinaryOperatorKind.UnsignedRightShift))
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
        object? one = before is null ? null : Arithmetic.Convert(1, before is int or short or ushort or byte or sbyte or char ? SpecialType.System_Int32 : Special(before), false);
        object? wide = before is short or ushort or byte or sbyte or char ? Arithmetic.Convert(before, SpecialType.System_Int32, false) : before;
        BinaryOperatorKind kind = operation.Kind == OperationKind.Increment ? BinaryOperatorKind.Add : BinaryOperatorKind.Subtract;
        if (!Arithmetic.IsNumber(wide))
        {
            throw Refuse(operation, Spec.Diagnostics.NotInLanguage, "this operator", "use numbers known at build time");
        }

        object? after = Computed(operation, () => Arithmetic.Convert(Arithmetic.Binary(kind, wide, one, operation.IsChecked), Special(before!) is SpecialType.System_Decimal ? SpecialType.System_Int32 : Special(before!), operation.IsChecked));
        Assign(operation.Target, after, frame);
        return operation.IsPostfix ? before : after;
    }

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

    private object? NewArray(IArrayCreationOperation array, Frame frame)
    {
        if (Evaluate(array.DimensionSizes[0], frame) is not int length || length is < 0 or > 1_000_000)
        {
            throw Refuse(array.DimensionSizes[0], Spec.Diagnostics.OutOfRange, array.DimensionSizes[0].Syntax.ToString(), "an array of 0 to 1,000,000 elements");
        }

        var items = new object?[length];
        object? empty = Default(((IArrayTypeSymbol)Resolve(array.Type!, frame, sources.Compilation)).ElementType);
        for (int i = 0; i < length; i++)
        {
            items[i] = empty;
        }

        return new ArrayValue(items);
    }

    private object? Collection(ICollectionExpressionOperation collection, Frame frame)
    {
        if (!Refusals.IsArrayLike(collection.Type))
        {
            throw Refuse(collection, Spec.Diagnostics.Collection, Refusals.TypeName(collection.Type));
        }

        var items = new List<object?>();
        foreach (IOperation element in collection.Elements)
        {
            if (element is not ISpreadOperation spread)
            {
                items.Add(Evaluate(element, frame));
            }
            else if (Evaluate(spread.Operand, frame) is ArrayValue array)
            {
                items.AddRange(array.Items);
            }
            else
            {
                throw Refuse(spread.Operand, Spec.Diagnostics.Collection, Refusals.TypeName(spread.Operand.Type));
            }
        }

        return new ArrayValue([.. items]);
    }

    private object? Element(IArrayElementReferenceOperation element, Frame frame) =>
        Known(Item(Evaluate(element.ArrayReference, frame), Evaluate(element.Indices[0], frame), element));

    private object? Item(object? collection, object? index, IOperation at)
    {
        if (collection is not ArrayValue array)
        {
            throw collection is null
                ? Refuse(at, Spec.Diagnostics.Null, Refusals.Receiver(at))
                : Refuse(at, Spec.Diagnostics.NotInLanguage, "this indexer", "use arrays");
        }

        if (index is Range range)
        {
            int from = Offset(range.Start, array), to = Offset(range.End, array);
            if (from < 0 || to > array.Items.Length || from > to)
            {
                throw Refuse(at, Spec.Diagnostics.OutOfRange, $"{from}..{to}", $"a part of {array.Items.Length} elements");
            }

            return new ArrayValue([.. array.Items.Skip(from).Take(to - from)]);
        }

        return array.Items[Checked(index, array, at)];
    }

    private int Checked(object? index, ArrayValue array, IOperation at)
    {
        long place = index switch
        {
            Index i => Offset(i, array),
            int i => i,
            long i => i,
            _ => throw Refuse(at, Spec.Diagnostics.NotInLanguage, "this index", "use integers known at build time"),
        };
        return place >= 0 && place < array.Items.Length
            ? (int)place
            : throw Refuse(at, Spec.Diagnostics.OutOfRange, place.ToString(CultureInfo.InvariantCulture), $"an index of {array.Items.Length} elements");
    }

    private static int Offset(Index index, ArrayValue array) => index.IsFromEnd ? array.Items.Length - index.Value : index.Value;

    private Index? Place(IOperation? operand, Frame frame) => operand is null ? null : Evaluate(operand, frame) switch
    {
        Index index => index,
        int place => new Index(place),
        _ => throw new Fault(null),
    };

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

    private void Assign(IOperation target, object? value, Frame frame)
    {
        switch (target)
        {
            case ILocalReferenceOperation { IsDeclaration: true } local:
                frame.Declare(local.Local, value);
                break;
            case ILocalReferenceOperation { Local.RefKind: RefKind.None } local:
                if (frame.Find(local.Local) is { } cell)
                {
                    cell.Value = value;
                }
                else
                {
                    frame.Declare(local.Local, value);
                }

                break;
            case IParameterReferenceOperation { Parameter.RefKind: RefKind.None } parameter when frame.Find(parameter.Parameter) is { } own:
                own.Value = value;
                break;
            case IDiscardOperation:
                break;
            case IDeclarationExpressionOperation declaration:
                Assign(declaration.Expression, value, frame);
                break;
            case ITupleOperation tuple when value is TupleValue parts:
                for (int i = 0; i < tuple.Elements.Length; i++)
                {
                    if (tuple.Elements[i] is IDeclarationExpressionOperation { Expression: ILocalReferenceOperation named })
                    {
                        language.SetName(parts.Items[i], named.Local.Name);
                    }
                    else if (tuple.Elements[i] is ILocalReferenceOperation plain)
                    {
                        language.SetName(parts.Items[i], plain.Local.Name);
                    }

                    Assign(tuple.Elements[i], parts.Items[i], frame);
                }

                break;
            case IArrayElementReferenceOperation { Indices.Length: 1 } element:
                object? of = Evaluate(element.ArrayReference, frame);
                object? index = Evaluate(element.Indices[0], frame);
                if (of is not ArrayValue array)
                {
                    throw Refuse(target, Spec.Diagnostics.Null, element.ArrayReference.Syntax.ToString());
                }

                if (array.IsFixed)
                {
                    throw Refuse(target, Spec.Diagnostics.MutableField, element.ArrayReference.Syntax.ToString());
                }

                array.Items[Checked(index, array, target)] = value;
                break;
            case IFieldReferenceOperation { Instance: IInstanceReferenceOperation } field when Constructing(frame) is { } self:
                RequireReadOnly(field.Field.OriginalDefinition, field);
                Store(self, field.Field.OriginalDefinition, value);
                break;
            case IPropertyReferenceOperation { Instance: IInstanceReferenceOperation { ReferenceKind: var kind } receiver } property
                when (kind == InstanceReferenceKind.ImplicitReceiver ? Evaluate(receiver, frame) as Instance : Constructing(frame)) is { } self
                    && Backing(property.Property) is { } backing:
                Store(self, backing, value);
                break;
            case IFieldReferenceOperation field:
                RequireReadOnly(field.Field.OriginalDefinition, field);
                throw Refuse(target, Spec.Diagnostics.MutableField, field.Field.Name);
            case IPropertyReferenceOperation property:
                throw Refuse(target, Spec.Diagnostics.MutableField, property.Property.Name);
            case IParameterReferenceOperation parameter:
                throw Refuse(target, Spec.Diagnostics.MutableField, parameter.Parameter.Name);
            default:
                throw Refuse(target, Spec.Diagnostics.NotInLanguage, "this assignment", "assign to local variables");
        }
    }

    /// <summary>The object whose constructor is being read.</summary>
    private Instance? Constructing(Frame frame) =>
        frame.Method is { MethodKind: MethodKind.Constructor } && frame.This is Instance self ? self : null;

    private sealed class Evaluating;
}
