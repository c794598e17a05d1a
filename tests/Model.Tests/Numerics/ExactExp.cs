using System.Numerics;

namespace MicroGpt.Model.Tests.Numerics;

/// <summary>
/// e to the power of a double by fixed-point arithmetic on integers with 128 more bits than the result needs: slow, and
/// simple enough to be trusted.
/// </summary>
internal static class ExactExp
{
    public const int FractionBits = 200;
    private static readonly BigInteger s_one = BigInteger.One << FractionBits;
    private static readonly BigInteger s_ln2 = Ln2();

    /// <summary>Distance between <paramref name="actual"/> and e^x, in units in the last place of e^x.</summary>
    /// <param name="actual">A finite positive normal number.</param>
    /// <param name="x">The exponent; e^x is a normal number.</param>
    public static double ErrorInUlp(double actual, double x)
    {
        (BigInteger p, int n) = Exp(ToFixed(x));

        // Scaled by 2^-n, the result's unit in the last place is 2^-52. The scaling in two parts does not overflow.
        double scaled = Math.ScaleB(Math.ScaleB(actual, -n / 2), -n + n / 2);
        return (double)BigInteger.Abs(ToFixed(scaled) - p) / (double)(s_one >> 52);
    }

    /// <summary>e^x = p · 2^n with 1 &lt;= p &lt; 2; x and p in fixed point.</summary>
    public static (BigInteger P, int N) Exp(BigInteger argument)
    {
        int n = (int)BigInteger.Divide(argument - (argument.Sign < 0 ? s_ln2 - 1 : 0), s_ln2);
        BigInteger r = argument - n * s_ln2;
        BigInteger p = s_one;
        BigInteger term = s_one;
        for (int k = 1; !term.IsZero; k++)
        {
            term = (term * r >> FractionBits) / k;
            p += term;
        }

        return (p, n);
    }

    /// <summary>A number in fixed point, with <see cref="FractionBits"/> bits behind the point.</summary>
    public static BigInteger ToFixed(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)(bits >> 52 & 0x7FF);
        BigInteger mantissa = bits & 0xFFFFFFFFFFFFF | (exponent == 0 ? 0 : 1L << 52);
        int shift = Math.Max(exponent, 1) - 1075 + FractionBits;
        BigInteger magnitude = shift >= 0 ? mantissa << shift : mantissa >> -shift;
        return value < 0 ? -magnitude : magnitude;
    }

    // ln 2 = sum over k >= 1 of 1 / (k · 2^k).
    private static BigInteger Ln2()
    {
        const int GuardBits = 16;
        BigInteger sum = BigInteger.Zero;
        for (int k = 1; k <= FractionBits + GuardBits; k++)
        {
            sum += (BigInteger.One << FractionBits + GuardBits - k) / k;
        }

        return sum >> GuardBits;
    }
}
