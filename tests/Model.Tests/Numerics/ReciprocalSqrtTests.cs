using System.Numerics;
using MicroGpt.Numerics;
using Xunit;

namespace MicroGpt.Model.Tests.Numerics;

public class ReciprocalSqrtTests
{
    private const double LargestErrorInUlp = 1.5;

    public static TheoryData<int> AllWidths => Widths.All;

    [Theory]
    [MemberData(nameof(AllWidths))]
    public void Single_precision_error_is_below_its_bound(int bits)
    {
        float[] arguments = [.. NormalSingles()];
        float[] results = Widths.ReciprocalSqrt(bits, arguments);
        for (int i = 0; i < arguments.Length; i++)
        {
            double error = ErrorInUlp(results[i], arguments[i]);
            double scalarError = ErrorInUlp(VectorMath.ReciprocalSqrt(arguments[i]), arguments[i]);
            if (!(error <= LargestErrorInUlp && scalarError <= LargestErrorInUlp))
            {
                Assert.Fail($"1/sqrt({arguments[i]:R}) = {results[i]:R} is {error:F3} ulp off, the scalar {scalarError:F3}.");
            }
        }
    }

    [Theory]
    [MemberData(nameof(AllWidths))]
    public void Double_precision_error_is_below_its_bound(int bits)
    {
        var random = new Random(7);
        double[] arguments =
        [
            .. Enumerable.Range(-1074, 2098).SelectMany(e => new[] { Math.ScaleB(1, e), Math.ScaleB(1 + random.NextDouble(), e) }),
            .. Enumerable.Range(0, 10_000).Select(_ => 1e-5 + random.NextDouble() * 10),
            Math.BitDecrement(1.0), Math.BitIncrement(1.0), Math.BitDecrement(4.0), double.MaxValue,
        ];
        double[] results = Widths.ReciprocalSqrt(bits, arguments);
        for (int i = 0; i < arguments.Length; i++)
        {
            double error = ErrorInUlp(results[i], arguments[i]);
            Assert.True(error <= LargestErrorInUlp, $"1/sqrt({arguments[i]:R}) = {results[i]:R}: {error:F3} ulp");
            Assert.Equal(results[i], VectorMath.ReciprocalSqrt(arguments[i]));
        }
    }

    [Theory]
    [MemberData(nameof(AllWidths))]
    public void Special_values(int bits)
    {
        Assert.Equal(
            [float.PositiveInfinity, 0f, float.NaN, float.NaN, float.NaN],
            Widths.ReciprocalSqrt(bits, [0f, float.PositiveInfinity, float.NegativeInfinity, -1f, float.NaN]));
        Assert.Equal(
            [double.PositiveInfinity, 0.0, double.NaN, double.NaN, double.NaN],
            Widths.ReciprocalSqrt(bits, [0.0, double.PositiveInfinity, double.NegativeInfinity, -1.0, double.NaN]));
        Assert.Equal(float.PositiveInfinity, VectorMath.ReciprocalSqrt(0f));
        Assert.Equal(double.PositiveInfinity, VectorMath.ReciprocalSqrt(0.0));
    }

    [Theory]
    [MemberData(nameof(AllWidths))]
    public void A_subnormal_float_gives_the_result_or_infinity(int bits)
    {
        float[] arguments = [.. Enumerable.Range(1, 2000).Select(i => BitConverter.Int32BitsToSingle(i * 4194))];
        float[] results = Widths.ReciprocalSqrt(bits, arguments);
        for (int i = 0; i < arguments.Length; i++)
        {
            Assert.True(
                float.IsPositiveInfinity(results[i]) || ErrorInUlp(results[i], arguments[i]) <= LargestErrorInUlp,
                $"1/sqrt({arguments[i]:R}) = {results[i]:R}");
        }
    }

    private static double ErrorInUlp(float actual, float x)
    {
        double exact = 1 / Math.Sqrt(x);
        return Math.Abs(actual - exact) / Math.ScaleB(1, Math.ILogB(exact) - 23);
    }

    // With y = (1 + d) / sqrt(x), y² x - 1 = 2d + d²; the left side is computed exactly, in integers.
    private static double ErrorInUlp(double y, double x)
    {
        // Scaled by a power of four to 1 <= x < 4 and 1/2 <= y <= 1: with 60 fraction bits both are whole numbers.
        int exponent = Math.ILogB(x) & ~1;
        var scaledX = (BigInteger)Math.ScaleB(Math.ScaleB(x, -exponent), 60);
        var scaledY = (BigInteger)Math.ScaleB(Math.ScaleB(y, exponent / 2), 60);
        BigInteger excess = scaledY * scaledY * scaledX - (BigInteger.One << 180);
        double relative = Math.Abs((double)(excess >> 60)) * Math.ScaleB(1, -120) / 2;
        double significand = Math.ScaleB(y, -Math.ILogB(y));
        return relative * significand * Math.ScaleB(1, 52);
    }

    private static IEnumerable<float> NormalSingles()
    {
        for (int bits = 0x00800000; bits < 0x7F800000; bits += 10_007)
        {
            yield return BitConverter.Int32BitsToSingle(bits);
        }

        // Two binades without a gap larger than 64 ulp: the function repeats from there, scaled by powers of two.
        for (int bits = 0x3F800000; bits < 0x40800000; bits += 64)
        {
            yield return BitConverter.Int32BitsToSingle(bits);
        }

        yield return 1e-5f;
        yield return float.MaxValue;
    }
}
