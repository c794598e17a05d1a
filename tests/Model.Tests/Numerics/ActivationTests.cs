using MicroGpt.Numerics;
using Xunit;

namespace MicroGpt.Model.Tests.Numerics;

public class ActivationTests
{
    /// <summary>Function, vector width.</summary>
    public static TheoryData<Activation, int> Functions
    {
        get
        {
            var data = new TheoryData<Activation, int>();
            foreach (Activation function in Enum.GetValues<Activation>())
            {
                foreach (int bits in new[] { 128, 256, 512 })
                {
                    data.Add(function, bits);
                }
            }

            return data;
        }
    }

    [Theory]
    [InlineData(Activation.Sigmoid, 2.5)]
    [InlineData(Activation.Tanh, 2)]
    [InlineData(Activation.Log, 1)]
    [InlineData(Activation.Erf, 1.5)]
    public void Errors_are_below_their_bounds(Activation function, double bound)
    {
        float[] single = [.. Arguments(function, 1e-30, 87.3, 2_000).Select(x => (float)x)];
        float[] ofSingle = Widths.Apply(function, 128, single);
        AssertErrors(function, [.. single.Select(x => (double)x)], [.. ofSingle.Select(x => (double)x)], 23, bound);

        double[] arguments = [.. Arguments(function, 1e-290, 708, 700)];
        AssertErrors(function, arguments, Widths.Apply(function, 128, arguments), 52, bound);
    }

    [Fact]
    public void The_scalar_erf_is_within_an_ulp()
    {
        foreach (double x in Arguments(Activation.Erf, 1e-290, 708, 2_000).Concat([0.84375, 1.25, 1 / 0.35, 5.9]))
        {
            double error = ExactActivations.ErrorInUlp(Activation.Erf, ScalarFunctions.Erf(x), x, 52);
            Assert.True(error < 1, $"erf({x:R}) is off by {error} ulp");
        }

        Assert.Equal([0.0, 1, -1, double.NaN], new[] { 0.0, double.PositiveInfinity, -7, double.NaN }.Select(ScalarFunctions.Erf));
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void Special_values(Activation function, int bits)
    {
        double[] arguments = [0.0, -0.0, double.PositiveInfinity, double.NegativeInfinity, double.NaN, 1e30, -1e30];
        double[] expected = function switch
        {
            Activation.Sigmoid => [0.5, 0.5, 1, 0, double.NaN, 1, 0],
            Activation.Log =>
            [
                double.NegativeInfinity, double.NegativeInfinity, double.PositiveInfinity, double.NaN, double.NaN, Math.Log(1e30),
                double.NaN,
            ],
            _ => [0.0, -0.0, 1, -1, double.NaN, 1, -1],
        };
        double[] actual = Widths.Apply(function, bits, arguments);
        float[] single = Widths.Apply(function, bits, [.. arguments.Select(x => (float)x)]);
        for (int i = 0; i < arguments.Length; i++)
        {
            Assert.Equal(expected[i], actual[i]);
            if (expected[i] == 0)
            {
                Assert.Equal(double.IsNegative(expected[i]), double.IsNegative(actual[i]));
                Assert.Equal(double.IsNegative(expected[i]), float.IsNegative(single[i]));
            }

            Assert.Equal((float)expected[i], single[i]);
        }
    }

    [Theory]
    [InlineData(128)]
    [InlineData(256)]
    [InlineData(512)]
    public void Log_of_subnormal_numbers(int bits)
    {
        double[] arguments = [double.Epsilon, 3e-320, 2.2250738585072009e-308, 2.2250738585072014e-308];
        double[] results = Widths.Apply(Activation.Log, bits, arguments);
        float[] single = [float.Epsilon, 1e-40f, 1.1754942e-38f, 1.17549435e-38f];
        float[] ofSingle = Widths.Apply(Activation.Log, bits, single);
        for (int i = 0; i < arguments.Length; i++)
        {
            Assert.Equal(Math.Log(arguments[i]), results[i], 1e-13);
            Assert.Equal(Math.Log(single[i]), ofSingle[i], 1e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void All_widths_give_the_same_bits(Activation function, int bits)
    {
        double[] arguments = [.. Arguments(function, 1e-290, 708, 2_000)];
        Assert.Equal(Widths.Apply(function, 128, arguments), Widths.Apply(function, bits, arguments));
        float[] single = [.. Arguments(function, 1e-30, 87.3, 2_000).Select(x => (float)x)];
        Assert.Equal(Widths.Apply(function, 128, single), Widths.Apply(function, bits, single));
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void Odd_functions_are_odd_to_the_bit(Activation function, int bits)
    {
        if (function is Activation.Sigmoid or Activation.Log)
        {
            return;
        }

        double[] arguments = [.. Arguments(function, 1e-290, 708, 2_000)];
        double[] mirrored = Widths.Apply(function, bits, [.. arguments.Select(x => -x)]);
        Assert.Equal(Widths.Apply(function, bits, arguments), mirrored.Select(y => -y));
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void Odd_functions_are_linear_near_0(Activation function, int bits)
    {
        if (function is Activation.Sigmoid or Activation.Log)
        {
            return;
        }

        double slope = function == Activation.Erf ? 1.1283791670955126 : 1;
        double[] arguments = [1e-290, 1e-100, 3e-20, 1e-9];
        double[] results = Widths.Apply(function, bits, arguments);
        float[] single = [1e-30f, 3e-20f, 1e-6f];
        float[] ofSingle = Widths.Apply(function, bits, single);
        Assert.All(Enumerable.Range(0, arguments.Length), i => Assert.Equal(slope, results[i] / arguments[i], 4e-16));
        Assert.All(Enumerable.Range(0, single.Length), i => Assert.Equal(slope, ofSingle[i] / (double)single[i], 2e-7));
    }

    private static void AssertErrors(Activation function, double[] arguments, double[] results, int mantissaBits, double bound)
    {
        double worst = 0;
        double worstAt = 0;
        for (int i = 0; i < arguments.Length; i++)
        {
            if (results[i] == 0)
            {
                Assert.Equal(function == Activation.Log ? 1 : 0, arguments[i]);
                continue;
            }

            double error = ExactActivations.ErrorInUlp(function, results[i], arguments[i], mantissaBits);
            if (!(error <= worst))
            {
                (worst, worstAt) = (error, arguments[i]);
            }
        }

        // The lower limit: a correctly rounded result is up to half a unit off, so a comparison that sees less is broken.
        Assert.True(worst >= 0.49 && worst <= bound, $"{function}({worstAt:R}) is {worst:F3} ulp off at {mantissaBits} bits.");
    }

    /// <summary>
    /// All magnitudes, fine around 1 where the functions change from one formula to another, for odd functions positive ones up
    /// to where they are 1.
    /// </summary>
    private static IEnumerable<double> Arguments(Activation function, double smallest, double largest, int count)
    {
        var random = new Random(20261124);
        for (int i = 0; i < count; i++)
        {
            double u = random.NextDouble();
            double wide = Math.Exp(Math.Log(smallest) + (u * (Math.Log(largest) - Math.Log(smallest))));
            double near = 6 * random.NextDouble();
            switch (function)
            {
                case Activation.Sigmoid:
                    yield return largest * ((2 * u) - 1);
                    yield return near - 3;
                    break;
                case Activation.Log:
                    yield return wide;
                    yield return 0.5 + (near / 4);
                    yield return 1 + Math.ScaleB(near - 3, -2 - (i % 22));
                    break;
                default:
                    yield return Math.Exp(Math.Log(1e-18) + (u * Math.Log(1e19)));
                    yield return near;
                    yield return near / 4;
                    break;
            }
        }

        foreach (double edge in new[] { 0.6, 1, 4, 6, Math.Sqrt(0.5), Math.Sqrt(2) })
        {
            yield return Math.BitDecrement(edge);
            yield return edge;
            yield return Math.BitIncrement(edge);
        }
    }
}
