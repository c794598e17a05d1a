using System.Globalization;
using System.Numerics;

namespace MicroGpt.Model.Tests.Numerics;

/// <summary>The functions of <c>VectorMath</c>'s activations, for arguments of any sign.</summary>
public enum Activation
{
    Sigmoid,
    Tanh,
    Log,
    Erf,
}

/// <summary>
/// Their exact values by fixed-point arithmetic on integers, each as a quotient of two, built on <see cref="ExactExp"/>.
/// </summary>
internal static class ExactActivations
{
    private const int FractionBits = ExactExp.FractionBits;

    // 2 / √π · 2^200.
    private static readonly BigInteger s_twoOverRootPi =
        BigInteger.Parse("120dd750429b6d11ae3a914fed7fd8688281341d7587cea2e73", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static BigInteger One => BigInteger.One << FractionBits;

    /// <summary>Distance of a result from f(x), in units in the last place of the result.</summary>
    /// <param name="actual">A normal number of the sign of f(x).</param>
    /// <param name="mantissaBits">23 for a result in single, 52 in double precision.</param>
    public static double ErrorInUlp(Activation function, double actual, double x, int mantissaBits)
    {
        (BigInteger numerator, BigInteger denominator) = function switch
        {
            Activation.Sigmoid => Sigmoid(x),
            Activation.Tanh => Tanh(x),
            Activation.Log => (Log(x, actual), One),
            _ => (Erf(x), One),
        };

        // actual = mantissa · 2^-shift, so that a difference of 1 in the mantissa is a unit in the last place.
        int shift = mantissaBits - Math.ILogB(actual);
        var mantissa = new BigInteger(Math.ScaleB(actual, shift));
        BigInteger exact = shift >= 0 ? numerator << shift : numerator >> -shift;
        BigInteger difference = BigInteger.Abs((mantissa * denominator) - exact);
        return (double)((difference << 20) / denominator) / (1 << 20);
    }

    private static (BigInteger Numerator, BigInteger Denominator) Sigmoid(double x) => (One, One + Exp(-x));

    private static (BigInteger Numerator, BigInteger Denominator) Tanh(double x)
    {
        BigInteger e = Exp(-2 * x);
        return (One - e, One + e);
    }

    // ln x = y + ln(x e^-y), and the second is small.
    private static BigInteger Log(double x, double y)
    {
        (BigInteger p, int n) = ExactExp.Exp(ExactExp.ToFixed(-y));
        int scale = Math.ILogB(x);
        BigInteger product = ExactExp.ToFixed(Math.ScaleB(x, -scale)) * p >> FractionBits;
        BigInteger ratio = scale + n >= 0 ? product << (scale + n) : product >> -(scale + n);
        BigInteger small = ratio - One;
        return ExactExp.ToFixed(y) + small - (small * small >> (FractionBits + 1));
    }

    // Σ (-1)^n x^(2n+1) / (n! (2n+1)): terms grow to e^36 at x = 6, which the 200 bits have room for.
    private static BigInteger Erf(double x)
    {
        BigInteger argument = ExactExp.ToFixed(x);
        BigInteger square = argument * argument >> FractionBits;
        BigInteger term = argument;
        BigInteger sum = argument;
        for (int n = 1; !term.IsZero && term != -1; n++)
        {
            term = -(term * square >> FractionBits) / n;
            sum += term / ((2 * n) + 1);
        }

        return sum * s_twoOverRootPi >> FractionBits;
    }

    private static BigInteger Exp(double x)
    {
        (BigInteger p, int n) = ExactExp.Exp(ExactExp.ToFixed(x));
        return n >= 0 ? p << n : p >> -n;
    }
}
