using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace MicroGpt.Generator.Reader;

/// <summary>Patterns on values known at build time.</summary>
internal sealed partial class Evaluator
{
    private bool Matches(IPatternOperation pattern, object? value, Frame frame)
    {
        Step(pattern);
        switch (pattern)
        {
            case IConstantPatternOperation constant:
                return Same(Evaluate(constant.Value, frame), value, constant);
            case IDiscardPatternOperation:
                return true;
            case INegatedPatternOperation negated:
                return !Matches(negated.Pattern, value, frame);
            case IBinaryPatternOperation { OperatorKind: BinaryOperatorKind.And } both:
                return Matches(both.LeftPattern, value, frame) && Matches(both.RightPattern, value, frame);
            case IBinaryPatternOperation either:
                return Matches(either.LeftPattern, value, frame) || Matches(either.RightPattern, value, frame);
            case IRelationalPatternOperation relation:
                RequireKnown(value, relation);
                return value is not null && Arithmetic.Binary(relation.OperatorKind, value, Evaluate(relation.Value, frame), false) is true;
            case ITypePatternOperation type:
                return IsOf(value, type.MatchedType, frame);
            case IDeclarationPatternOperation declaration:
                if (declaration.MatchedType is { } matched && !declaration.MatchesNull && !IsOf(value, matched, frame))
                {
                    return false;
                }

                Bind(declaration.DeclaredSymbol, value, frame);
                return true;
            case IRecursivePatternOperation recursive:
                return Matches(recursive, value, frame);
            default:
                throw Refuse(pattern, Spec.Diagnostics.NotInLanguage, "this pattern", "compare with constants");
        }
    }

    private bool Matches(IRecursivePatternOperation pattern, object? value, Frame frame)
    {
        if (value is null || (pattern.MatchedType is { } matched && !IsOf(value, matched, frame)))
        {
            return false;
        }

        if (pattern.DeconstructionSubpatterns.Length > 0)
        {
            if (value is not TupleValue tuple)
            {
                throw Refuse(pattern, Spec.Diagnostics.NotInLanguage, "deconstructing an object", "compare its properties");
            }

            for (int i = 0; i < tuple.Items.Length; i++)
            {
                if (!Matches(pattern.DeconstructionSubpatterns[i], tuple.Items[i], frame))
                {
                    return false;
                }
            }
        }

        foreach (IPropertySubpatternOperation part in pattern.PropertySubpatterns)
        {
            object? member = part.Member switch
            {
                IPropertyReferenceOperation property => ReadProperty(property, value, [], frame),
                IFieldReferenceOperation field => ReadField(field, value),
                _ => throw Refuse(part, Spec.Diagnostics.NotInLanguage, "this pattern", "compare with constants"),
            };
            if (!Matches(part.Pattern, member, frame))
            {
                return false;
            }
        }

        Bind(pattern.DeclaredSymbol, value, frame);
        return true;
    }

    private static void Bind(ISymbol? symbol, object? value, Frame frame)
    {
        if (symbol is not null)
        {
            frame.Declare(symbol, value);
        }
    }

    /// <summary>Equality of values known at build time; of objects, identity.</summary>
    private bool Same(object? a, object? b, IOperation at)
    {
        if (a is null || b is null)
        {
            return a is null && b is null;
        }

        RequireKnown(a, at);
        RequireKnown(b, at);
        if (a is TupleValue x && b is TupleValue y)
        {
            return x.Items.Length == y.Items.Length && x.Items.Zip(y.Items, (p, q) => Same(p, q, at)).All(same => same);
        }

        return Arithmetic.IsNumber(a) || a is bool or string or char ? a.Equals(b) : ReferenceEquals(a, b);
    }

    /// <summary>A tensor has no number that could be compared.</summary>
    private void RequireKnown(object? value, IOperation at)
    {
        if (value is Language.Tensor or Language.Tokens or Language.Positions or Unknown)
        {
            throw Refuse(at, Spec.Diagnostics.ConditionUnknown);
        }
    }

    private bool IsOf(object? value, ITypeSymbol type, Frame frame)
    {
        ITypeSymbol wanted = Resolve(type, frame, sources.Compilation);
        if (wanted.SpecialType is SpecialType.System_Object or SpecialType.System_ValueType
            || (wanted.TypeKind == TypeKind.Interface && Arithmetic.IsNumber(value)))
        {
            return value is not null;
        }

        return value switch
        {
            null => false,
            Instance instance =>
                sources.Compilation.ClassifyCommonConversion(instance.Type, wanted) is { Exists: true, IsImplicit: true, IsReference: true }
                    or { IsIdentity: true },
            Closure => wanted.TypeKind == TypeKind.Delegate,
            ArrayValue => wanted.TypeKind == TypeKind.Array || wanted.TypeKind is TypeKind.Interface or TypeKind.Struct,
            TupleValue => wanted.IsTupleType,
            int => wanted.SpecialType == SpecialType.System_Int32 || wanted.TypeKind == TypeKind.Enum,
            long => wanted.SpecialType == SpecialType.System_Int64,
            double => wanted.SpecialType == SpecialType.System_Double,
            float => wanted.SpecialType == SpecialType.System_Single,
            byte or sbyte or short or ushort or uint or ulong or decimal => wanted.IsValueType && wanted.Name == value.GetType().Name,
            bool => wanted.SpecialType == SpecialType.System_Boolean,
            string => wanted.SpecialType == SpecialType.System_String,
            char => wanted.SpecialType == SpecialType.System_Char,
            _ => language.IsOf(value, wanted),
        };
    }
}
