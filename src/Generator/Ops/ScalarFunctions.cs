namespace MicroGpt.Generator.Ops;

/// <summary>Functions in double that .NET does not have.</summary>
internal static class ScalarFunctions
{
    /// <summary>1 / (1 + exp(-x)), without overflow on either side.</summary>
    public static double Sigmoid(double x)
    {
        var e = Math.Exp(-Math.Abs(x));
        return (x >= 0 ? 1 : e) / (1 + e);
    }

    /// <summary>
    /// The error function. Up to 2.5 by its series (Abramowitz and Stegun, 7.1.6), whose terms are all of one sign; beyond that as 1
    /// minus the continued fraction of its complement (7.1.14), which is small there.
    /// </summary>
    public static double Erf(double x)
    {
        var a = Math.Abs(x);
        if (double.IsNaN(x) || a > 6)
        {
            return double.IsNaN(x) ? x : Math.Sign(x);
        }

        var square = a * a;
        if (a > 2.5)
        {
            var fraction = 0.0;
            for (var k = 60; k >= 1; k--)
            {
                fraction = k / 2.0 / (a + fraction);
            }

            return Math.Sign(x) * (1 - (Math.Exp(-square) / (Math.Sqrt(Math.PI) * (a + fraction))));
        }

        double term = a, sum = a;
        for (var n = 1; term > sum * 1e-17; n++)
        {
            term *= 2 * square / ((2 * n) + 1);
            sum += term;
        }

        return Math.Sign(x) * 2 / Math.Sqrt(Math.PI) * Math.Exp(-square) * sum;
    }
}
