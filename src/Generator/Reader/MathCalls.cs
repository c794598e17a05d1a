namespace MicroGpt.Generator.Reader;

/// <summary>The functions of <c>System.Math</c> on values known at build time.</summary>
internal static class MathCalls
{
    /// <summary>The result; null where the function is not one of these.</summary>
    /// <param name="name">Name of the method.</param>
    /// <param name="arguments">Of the types that the method takes.</param>
    /// <exception cref="ArithmeticException">As the method.</exception>
    public static object? Call(string name, object?[] arguments) => (name, arguments) switch
    {
        ("Abs", [int x]) => Math.Abs(x),
        ("Abs", [long x]) => Math.Abs(x),
        ("Abs", [double x]) => Math.Abs(x),
        ("Sign", [int x]) => Math.Sign(x),
        ("Sign", [long x]) => Math.Sign(x),
        ("Sign", [double x]) => Math.Sign(x),
        ("Max", [int x, int y]) => Math.Max(x, y),
        ("Max", [long x, long y]) => Math.Max(x, y),
        ("Max", [double x, double y]) => Math.Max(x, y),
        ("Min", [int x, int y]) => Math.Min(x, y),
        ("Min", [long x, long y]) => Math.Min(x, y),
        ("Min", [double x, double y]) => Math.Min(x, y),
        ("Clamp", [int x, int low, int high]) when low <= high => Math.Min(Math.Max(x, low), high),
        ("Clamp", [long x, long low, long high]) when low <= high => Math.Min(Math.Max(x, low), high),
        ("Clamp", [double x, double low, double high]) when low <= high => Math.Min(Math.Max(x, low), high),
        ("Ceiling", [double x]) => Math.Ceiling(x),
        ("Floor", [double x]) => Math.Floor(x),
        ("Truncate", [double x]) => Math.Truncate(x),
        ("Round", [double x]) => Math.Round(x),
        ("Round", [double x, int digits]) => Math.Round(x, digits),
        ("Sqrt", [double x]) => Math.Sqrt(x),
        ("Cbrt", [double x]) => Cbrt(x),
        ("Pow", [double x, double y]) => Math.Pow(x, y),
        ("Exp", [double x]) => Math.Exp(x),
        ("Log", [double x]) => Math.Log(x),
        ("Log", [double x, double b]) => Math.Log(x, b),
        ("Log2", [double x]) => Log2(x),
        ("Log10", [double x]) => Math.Log10(x),
        ("Sin", [double x]) => Math.Sin(x),
        ("Cos", [double x]) => Math.Cos(x),
        ("Tan", [double x]) => Math.Tan(x),
        ("Asin", [double x]) => Math.Asin(x),
        ("Acos", [double x]) => Math.Acos(x),
        ("Atan", [double x]) => Math.Atan(x),
        ("Atan2", [double y, double x]) => Math.Atan2(y, x),
        ("Sinh", [double x]) => Math.Sinh(x),
        ("Cosh", [double x]) => Math.Cosh(x),
        ("Tanh", [double x]) => Math.Tanh(x),
        ("DivRem", [int x, int y]) => new TupleValue([x / y, x % y]),
        _ => null,
    };

    /// <summary>Exact for powers of two, as .NET's is.</summary>
    private static double Log2(double x)
    {
        double rounded = Math.Round(Math.Log(x, 2));
        return Math.Pow(2, rounded) == x ? rounded : Math.Log(x, 2);
    }

    /// <summary>The power of a third, and one step of Newton's method: exact for cubes of integers, as .NET's is.</summary>
    private static double Cbrt(double x)
    {
        double y = x < 0 ? -Math.Pow(-x, 1.0 / 3) : Math.Pow(x, 1.0 / 3);
        return y == 0 || double.IsNaN(y) || double.IsInfinity(y) ? y : y - (((y * y * y) - x) / (3 * y * y));
    }
}
