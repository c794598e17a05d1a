using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace MicroGpt.Generator.Reader;

/// <summary>Arithmetic on values known at build time, as C# computes it. The operands of an operation have one type.</summary>
internal static class Arithmetic
{
    /// <summary>The result of an operator; null where values of this type have none.</summary>
    /// <exception cref="ArithmeticException">Division by zero, or an overflow in checked code.</exception>
    public static object? Binary(BinaryOperatorKind kind, object? left, object? right, bool isChecked)
    {
        if (kind is BinaryOperatorKind.LeftShift or BinaryOperatorKind.RightShift or BinaryOperatorKind.UnsignedRightShift)
        {
            return right is int count ? Shift(kind, left, count) : null;
        }

        return (left, right) switch
        {
            (int a, int b) => Integers(kind, a, b, isChecked),
            (long a, long b) => Longs(kind, a, b, isChecked),
            (uint a, uint b) => Unsigned(kind, a, b, isChecked) is ulong or null
                ? Narrow(Unsigned(kind, a, b, isChecked), isChecked) : Unsigned(kind, a, b, isChecked),
            (ulong a, ulong b) => Unsigned(kind, a, b, isChecked),
            (double a, double b) => Doubles(kind, a, b),
            (float a, float b) => Doubles(kind, a, b) is double d ? (object)(float)d : Doubles(kind, a, b),
            (decimal a, decimal b) => Decimals(kind, a, b),
            (bool a, bool b) => Booleans(kind, a, b),
            _ => null,
        };
    }

    public static object? Unary(UnaryOperatorKind kind, object? value, bool isChecked) => (kind, value) switch
    {
        (UnaryOperatorKind.Plus, _) => value,
        (UnaryOperatorKind.Minus, int x) => isChecked ? checked(-x) : unchecked(-x),
        (UnaryOperatorKind.Minus, long x) => isChecked ? checked(-x) : unchecked(-x),
        (UnaryOperatorKind.Minus, double x) => -x,
        (UnaryOperatorKind.Minus, float x) => -x,
        (UnaryOperatorKind.Minus, decimal x) => -x,
        (UnaryOperatorKind.Not, bool x) => !x,
        (UnaryOperatorKind.BitwiseNegation, int x) => ~x,
        (UnaryOperatorKind.BitwiseNegation, long x) => ~x,
        (UnaryOperatorKind.BitwiseNegation, uint x) => ~x,
        (UnaryOperatorKind.BitwiseNegation, ulong x) => ~x,
        _ => null,
    };

    /// <summary>A number converted to a numeric type; null where it is no conversion between numbers.</summary>
    /// <exception cref="OverflowException">In checked code, the number does not fit.</exception>
    public static object? Convert(object? value, SpecialType type, bool isChecked)
    {
        if (value is char c)
        {
            value = (int)c;
        }

        if (value is null or bool or string || !IsNumber(value))
        {
            return type == SpecialType.System_Boolean && value is bool
                || type == SpecialType.System_String && value is string ? value : null;
        }

        CultureInfo culture = CultureInfo.InvariantCulture;
        switch (type)
        {
            case SpecialType.System_Double:
                return System.Convert.ToDouble(value, culture);
            case SpecialType.System_Single:
                return System.Convert.ToSingle(value, culture);
            case SpecialType.System_Decimal:
                return System.Convert.ToDecimal(value, culture);
        }

        if (value is double or float or decimal)
        {
            double real = Math.Truncate(System.Convert.ToDouble(value, culture));
            if (type == SpecialType.System_UInt64)
            {
                return isChecked ? checked((ulong)real) : unchecked((ulong)real);
            }

            long whole = isChecked ? checked((long)real) : unchecked((long)real);
            return isChecked || type == SpecialType.System_Int64
                ? Whole(whole, type, isChecked) : Whole(type == SpecialType.System_Int32 ? unchecked((int)real) : whole, type, false);
        }

        return value is ulong large && type == SpecialType.System_UInt64
            ? large
            : Whole(value is ulong u
                ? (isChecked ? checked((long)u) : unchecked((long)u)) : System.Convert.ToInt64(value, culture), type, isChecked);
    }

    public static bool IsNumber(object? value) =>
        value is int or long or double or float or uint or ulong or short or ushort or byte or sbyte or decimal;

    private static object? Whole(long x, SpecialType type, bool isChecked) => type switch
    {
        SpecialType.System_Int32 => isChecked ? checked((int)x) : unchecked((int)x),
        SpecialType.System_Int64 => x,
        SpecialType.System_UInt32 => isChecked ? checked((uint)x) : unchecked((uint)x),
        SpecialType.System_UInt64 => isChecked ? checked((ulong)x) : unchecked((ulong)x),
        SpecialType.System_Int16 => isChecked ? checked((short)x) : unchecked((short)x),
        SpecialType.System_UInt16 => isChecked ? checked((ushort)x) : unchecked((ushort)x),
        SpecialType.System_Byte => isChecked ? checked((byte)x) : unchecked((byte)x),
        SpecialType.System_SByte => isChecked ? checked((sbyte)x) : unchecked((sbyte)x),
        SpecialType.System_Char => (char)x,
        _ => null,
    };

    private static object? Narrow(object? value, bool isChecked) =>
        value is ulong x ? (isChecked ? checked((uint)x) : unchecked((uint)x)) : value;

    private static object? Integers(BinaryOperatorKind kind, int a, int b, bool isChecked) => kind switch
    {
        BinaryOperatorKind.Add => isChecked ? checked(a + b) : unchecked(a + b),
        BinaryOperatorKind.Subtract => isChecked ? checked(a - b) : unchecked(a - b),
        BinaryOperatorKind.Multiply => isChecked ? checked(a * b) : unchecked(a * b),
        _ => Longs(kind, a, b, isChecked) is long x ? (object)checked((int)x) : Longs(kind, a, b, isChecked),
    };

    private static object? Longs(BinaryOperatorKind kind, long a, long b, bool isChecked) => kind switch
    {
        BinaryOperatorKind.Add => isChecked ? checked(a + b) : unchecked(a + b),
        BinaryOperatorKind.Subtract => isChecked ? checked(a - b) : unchecked(a - b),
        BinaryOperatorKind.Multiply => isChecked ? checked(a * b) : unchecked(a * b),
        BinaryOperatorKind.Divide => a / b,
        BinaryOperatorKind.Remainder => b == -1 ? 0 : a % b,
        BinaryOperatorKind.And => a & b,
        BinaryOperatorKind.Or => a | b,
        BinaryOperatorKind.ExclusiveOr => a ^ b,
        _ => Compare(kind, a.CompareTo(b)),
    };

    private static object? Unsigned(BinaryOperatorKind kind, ulong a, ulong b, bool isChecked) => kind switch
    {
        BinaryOperatorKind.Add => isChecked ? checked(a + b) : unchecked(a + b),
        BinaryOperatorKind.Subtract => isChecked ? checked(a - b) : unchecked(a - b),
        BinaryOperatorKind.Multiply => isChecked ? checked(a * b) : unchecked(a * b),
        BinaryOperatorKind.Divide => a / b,
        BinaryOperatorKind.Remainder => a % b,
        BinaryOperatorKind.And => a & b,
        BinaryOperatorKind.Or => a | b,
        BinaryOperatorKind.ExclusiveOr => a ^ b,
        _ => Compare(kind, a.CompareTo(b)),
    };

    private static object? Doubles(BinaryOperatorKind kind, double a, double b) => kind switch
    {
        BinaryOperatorKind.Add => a + b,
        BinaryOperatorKind.Subtract => a - b,
        BinaryOperatorKind.Multiply => a * b,
        BinaryOperatorKind.Divide => a / b,
        BinaryOperatorKind.Remainder => a % b,
        BinaryOperatorKind.Equals => a == b,
        BinaryOperatorKind.NotEquals => a != b,
        BinaryOperatorKind.LessThan => a < b,
        BinaryOperatorKind.LessThanOrEqual => a <= b,
        BinaryOperatorKind.GreaterThan => a > b,
        BinaryOperatorKind.GreaterThanOrEqual => a >= b,
        _ => null,
    };

    private static object? Decimals(BinaryOperatorKind kind, decimal a, decimal b) => kind switch
    {
        BinaryOperatorKind.Add => a + b,
        BinaryOperatorKind.Subtract => a - b,
        BinaryOperatorKind.Multiply => a * b,
        BinaryOperatorKind.Divide => a / b,
        BinaryOperatorKind.Remainder => a % b,
        _ => Compare(kind, a.CompareTo(b)),
    };

    private static object? Booleans(BinaryOperatorKind kind, bool a, bool b) => kind switch
    {
        BinaryOperatorKind.And or BinaryOperatorKind.ConditionalAnd => a & b,
        BinaryOperatorKind.Or or BinaryOperatorKind.ConditionalOr => a | b,
        BinaryOperatorKind.ExclusiveOr or BinaryOperatorKind.NotEquals => a ^ b,
        BinaryOperatorKind.Equals => a == b,
        _ => null,
    };

    private static object? Shift(BinaryOperatorKind kind, object? left, int count) => (left, kind) switch
    {
        (int x, BinaryOperatorKind.LeftShift) => x << count,
        (int x, BinaryOperatorKind.RightShift) => x >> count,
        (int x, _) => (int)((uint)x >> count),
        (long x, BinaryOperatorKind.LeftShift) => x << count,
        (long x, BinaryOperatorKind.RightShift) => x >> count,
        (long x, _) => (long)((ulong)x >> count),
        (uint x, BinaryOperatorKind.LeftShift) => x << count,
        (uint x, _) => x >> count,
        (ulong x, BinaryOperatorKind.LeftShift) => x << count,
        (ulong x, _) => x >> count,
        _ => null,
    };

    private static object? Compare(BinaryOperatorKind kind, int order) => kind switch
    {
        BinaryOperatorKind.Equals => order == 0,
        BinaryOperatorKind.NotEquals => order != 0,
        BinaryOperatorKind.LessThan => order < 0,
        BinaryOperatorKind.LessThanOrEqual => order <= 0,
        BinaryOperatorKind.GreaterThan => order > 0,
        BinaryOperatorKind.GreaterThanOrEqual => order >= 0,
        _ => null,
    };
}
