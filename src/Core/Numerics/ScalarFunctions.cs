#if MICROGPT_GENERATOR
namespace MicroGpt.Generator.Ops;
#else
namespace MicroGpt.Numerics;
#endif

/// <summary>Functions in double that .NET does not have.</summary>
#if MICROGPT_GENERATOR
internal
#else
public
#endif
static class ScalarFunctions
{
    // Below |x| = 0.84375: erf(x) = x + x p(x²) / q(x²).
    private static readonly double[] SmallNumerator =
    [
        1.28379167095512558561e-01, -3.25042107247001499370e-01, -2.84817495755985104766e-02, -5.77027029648944159157e-03,
        -2.37630166566501626084e-05,
    ];

    private static readonly double[] SmallDenominator =
    [
        1, 3.97917223959155352819e-01, 6.50222499887672944485e-02, 5.08130628187576562776e-03, 1.32494738004321644526e-04,
        -3.96022827877536812320e-06,
    ];

    // Up to 1.25: erf(x) = c + p(x - 1) / q(x - 1), where c is erf(1) cut to single precision.
    private const double NearOne = 8.45062911510467529297e-01;

    private static readonly double[] NearOneNumerator =
    [
        -2.36211856075265944077e-03, 4.14856118683748331666e-01, -3.72207876035701323847e-01, 3.18346619901161753674e-01,
        -1.10894694282396677476e-01, 3.54783043256182359371e-02, -2.16637559486879084300e-03,
    ];

    private static readonly double[] NearOneDenominator =
    [
        1, 1.06420880400844228286e-01, 5.40397917702171048937e-01, 7.18286544141962662868e-02, 1.26171219808761642112e-01,
        1.36370839120290507362e-02, 1.19844998467991074170e-02,
    ];

    // Up to 1 / 0.35, and beyond: erfc(x) = exp(-x² - 0.5625 + p(1 / x²) / q(1 / x²)) / x.
    private static readonly double[] MiddleNumerator =
    [
        -9.86494403484714822705e-03, -6.93858572707181764372e-01, -1.05586262253232909814e+01, -6.23753324503260060396e+01,
        -1.62396669462573470355e+02, -1.84605092906711035994e+02, -8.12874355063065934246e+01, -9.81432934416914548592e+00,
    ];

    private static readonly double[] MiddleDenominator =
    [
        1, 1.96512716674392571292e+01, 1.37657754143519042600e+02, 4.34565877475229228821e+02, 6.45387271733267880336e+02,
        4.29008140027567833386e+02, 1.08635005541779435134e+02, 6.57024977031928170135e+00, -6.04244152148580987438e-02,
    ];

    private static readonly double[] LargeNumerator =
    [
        -9.86494292470009928597e-03, -7.99283237680523006574e-01, -1.77579549177547519889e+01, -1.60636384855821916062e+02,
        -6.37566443368389627722e+02, -1.02509513161107724954e+03, -4.83519191608651397019e+02,
    ];

    private static readonly double[] LargeDenominator =
    [
        1, 3.03380607434824582924e+01, 3.25792512996573918826e+02, 1.53672958608443695994e+03, 3.19985821950859553908e+03,
        2.55305040643316442583e+03, 4.74528541206955367215e+02, -2.24409524465858183362e+01,
    ];

    /// <summary>1 / (1 + exp(-x)), without overflow on either side.</summary>
    public static double Sigmoid(double x)
    {
        double e = Math.Exp(-Math.Abs(x));
        return (x >= 0 ? 1 : e) / (1 + e);
    }

    /// <summary>
    /// The error function, to an ulp: the rational approximations of FDLIBM's s_erf.c (Sun Microsystems, 1993, freely granted).
    /// </summary>
    public static double Erf(double x)
    {
        double a = Math.Abs(x);
        if (double.IsNaN(x) || a >= 6)
        {
            return double.IsNaN(x) ? x : Math.Sign(x);
        }

        if (a < 0.84375)
        {
            double square = x * x;
            return x + (x * (Polynomial(SmallNumerator, square) / Polynomial(SmallDenominator, square)));
        }

        return Math.Sign(x) * (a < 1.25
            ? NearOne + (Polynomial(NearOneNumerator, a - 1) / Polynomial(NearOneDenominator, a - 1))
            : 1 - LargeComplement(a));
    }

    /// <summary>1 - erf(x) for x of at least 1.25.</summary>
    private static double LargeComplement(double x)
    {
        double s = 1 / (x * x);
        double ratio = x < 1 / 0.35
            ? Polynomial(MiddleNumerator, s) / Polynomial(MiddleDenominator, s)
            : Polynomial(LargeNumerator, s) / Polynomial(LargeDenominator, s);

        // x² as z² + (x - z)(x + z), where z is x with so few digits that z² is exact.
        double z = (float)x;
        return Math.Exp((-z * z) - 0.5625) * Math.Exp(((z - x) * (z + x)) + ratio) / x;
    }

    private static double Polynomial(double[] coefficients, double x)
    {
        double sum = 0.0;
        for (int i = coefficients.Length - 1; i >= 0; i--)
        {
            sum = (sum * x) + coefficients[i];
        }

        return sum;
    }
}
