using Xunit;

namespace MicroGpt.Model.Tests.Numerics;

public class ExpTests
{
    private const double LargestErrorInUlp = 1.1;

    // The arguments next to ln(2^-126) and ln(2^128), ln(2^-1022) and ln(2^1024), whose results are normal numbers.
    private const float SmallestSingle = -87.33654f;
    private const float LargestSingle = 88.72283f;
    private const double SmallestDouble = -708.3964185322641;
    private const double LargestDouble = 709.782712893384;

    public static TheoryData<int> AllWidths => Widths.All;

    // One width is measured; All_widths_give_the_same_bits carries the result to the others.
    [Fact]
    public void Single_precision_error_is_below_its_bound()
    {
        float[] arguments = [.. SingleArguments().Where(x => x >= SmallestSingle && x <= LargestSingle)];
        float[] results = Widths.Exp(128, arguments);
        AssertErrors(arguments, i => ErrorInUlp(results[i], Math.Exp(arguments[i])));
    }

    [Fact]
    public void Double_precision_error_is_below_its_bound()
    {
        double[] arguments = [.. DoubleArguments().Where(x => x >= SmallestDouble && x <= LargestDouble)];
        double[] results = Widths.Exp(128, arguments);
        AssertErrors(arguments, i => ExactExp.ErrorInUlp(results[i], arguments[i]));
    }

    [Theory]
    [MemberData(nameof(AllWidths))]
    public void Special_values(int bits)
    {
        float quietNaNWithPayload = BitConverter.Int32BitsToSingle(0x7FC00001);
        float[] single = Widths.Exp(
            bits,
            [0f, -0f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, quietNaNWithPayload, float.MaxValue,
                float.MinValue, float.Epsilon, 88.72284f, -87.33655f, -100f]);
        Assert.Equal(
            [1f, 1f, float.PositiveInfinity, 0f, float.NaN, float.NaN, float.PositiveInfinity,
                0f, 1f, float.PositiveInfinity, 0f, 0f],
            single);

        double quietNaNWithPayloadDouble = BitConverter.Int64BitsToDouble(0x7FF8000000000001);
        double[] @double = Widths.Exp(
            bits,
            [0.0, -0.0, double.PositiveInfinity, double.NegativeInfinity, double.NaN, quietNaNWithPayloadDouble,
                double.MaxValue, double.MinValue, double.Epsilon, 709.7827128933841, -708.3964185322642, -740.0]);
        Assert.Equal(
            [1.0, 1.0, double.PositiveInfinity, 0.0, double.NaN, double.NaN,
                double.PositiveInfinity, 0.0, 1.0, double.PositiveInfinity, 0.0, 0.0],
            @double);
    }

    [Fact]
    public void Every_argument_out_of_range_gives_0_infinity_or_NaN()
    {
        float[] arguments = [.. SingleArguments().Where(x => !(x >= SmallestSingle && x <= LargestSingle))];
        float[] results = Widths.Exp(128, arguments);
        for (int i = 0; i < arguments.Length; i++)
        {
            float x = arguments[i];
            float expected = x < 0 ? 0f : x > 0 ? float.PositiveInfinity : float.NaN;
            if (!expected.Equals(results[i]))
            {
                Assert.Fail($"exp({x:R}) = {results[i]:R}, not {expected}");
            }
        }
    }

    [Fact]
    public void All_widths_give_the_same_bits()
    {
        float[] single = [.. SingleArguments()];
        float[] single128 = Widths.Exp(128, single);
        Assert.Equal(single128, Widths.Exp(256, single));
        Assert.Equal(single128, Widths.Exp(512, single));

        double[] @double = [.. DoubleArguments()];
        double[] double128 = Widths.Exp(128, @double);
        Assert.Equal(double128, Widths.Exp(256, @double));
        Assert.Equal(double128, Widths.Exp(512, @double));
    }

    private static double ErrorInUlp(float actual, double exact) =>
        Math.Abs(actual - exact) / Math.ScaleB(1, Math.ILogB(exact) - 23);

    private static void AssertErrors<T>(T[] arguments, Func<int, double> errorInUlp)
    {
        double worst = 0;
        int worstIndex = 0;
        for (int i = 0; i < arguments.Length; i++)
        {
            double error = errorInUlp(i);
            if (!(error <= worst))
            {
                (worst, worstIndex) = (error, i);
            }
        }

        // The lower limit: a correctly rounded result is up to half a unit off, so a comparison that sees less is broken.
        Assert.True(worst is >= 0.49 and <= LargestErrorInUlp, $"exp({arguments[worstIndex]:R}) is {worst:F3} ulp off.");
    }

    /// <summary>
    /// Every 30,011th bit pattern, so all exponents and both signs; and neighbourhoods of the multiples of ln 2 / 2, where
    /// the reduced argument changes sign or jumps from one end of its interval to the other, and of the limits.
    /// </summary>
    private static IEnumerable<float> SingleArguments()
    {
        for (long bits = 0; bits <= uint.MaxValue; bits += 30_011)
        {
            yield return BitConverter.UInt32BitsToSingle((uint)bits);
        }

        for (int k = -253; k <= 257; k++)
        {
            float center = (float)(k * Math.Log(2) / 2);
            int bits = BitConverter.SingleToInt32Bits(center);
            for (int offset = -40; offset <= 40; offset++)
            {
                if (k != 0)
                {
                    yield return BitConverter.Int32BitsToSingle(bits + offset);
                }
            }
        }

        for (int i = -100_000; i <= 100_000; i++)
        {
            yield return i * (89f / 100_000);
        }
    }

    /// <summary>Random numbers over the range, all exponents, and neighbourhoods as in single precision.</summary>
    private static IEnumerable<double> DoubleArguments()
    {
        var random = new Random(20240607);
        for (int i = 0; i < 12_000; i++)
        {
            yield return -709.0 + 1419.0 * random.NextDouble();
            yield return -1.0 + 2.0 * random.NextDouble();
        }

        for (int exponent = -60; exponent <= 10; exponent++)
        {
            for (int i = 0; i < 10; i++)
            {
                double magnitude = Math.ScaleB(1 + random.NextDouble(), exponent);
                yield return magnitude;
                yield return -magnitude;
            }
        }

        for (int k = -2044; k <= 2048; k++)
        {
            double center = k * (Math.Log(2) / 2);
            yield return Math.BitDecrement(center);
            yield return center;
            yield return Math.BitIncrement(center);
        }
    }
}
