namespace MicroGpt.Numerics;

// The polynomials are those of least largest error of their form (Remez's algorithm, in decimal arithmetic of 60 digits), their
// coefficients rounded at the end.

/// <summary>tanh x = x + x·z·P(z) with z = x², up to <see cref="Near"/>; relative error 2^-28.4.</summary>
internal static class TanhSingle
{
    public const float Near = 0.6f;

    public const float P0 = -0.33333298563957214f;
    public const float P1 = 0.13331922888755798f;
    public const float P2 = -0.053783778101205826f;
    public const float P3 = 0.02079579420387745f;
    public const float P4 = -0.0058949482627213f;
}

/// <summary>As <see cref="TanhSingle"/>, in double precision; relative error 2^-62.6.</summary>
internal static class TanhDouble
{
    public const double Near = 0.6;

    public const double P0 = -0.33333333333333326;
    public const double P1 = 0.13333333333331762;
    public const double P2 = -0.05396825396721142;
    public const double P3 = 0.021869488501417678;
    public const double P4 = -0.008863234850048026;
    public const double P5 = 0.0035921195394727863;
    public const double P6 = -0.0014557632641926644;
    public const double P7 = 0.0005896186218487998;
    public const double P8 = -0.00023750239301831207;
    public const double P9 = 9.247076846423966e-05;
    public const double P10 = -3.115933008679704e-05;
    public const double P11 = 6.494682672800435e-06;
}

/// <summary>ln(1 + f) = 2s + s·z·P(z) with s = f / (2 + f), z = s², for √½ ≤ 1 + f &lt; √2; error of z·P(z) 2^-36.6.</summary>
internal static class LogSingle
{
    public const float SmallestNormal = 1.17549435e-38f;

    // 2²³.
    public const float Scale = 8388608f;
    public const float ScaleExponent = 23f;

    // Added to the bits of a number, it makes the exponent's field 128 more than k, and carries at √½.
    public const uint ExponentOffset = (ExponentBias << MantissaBits) - 0x3F3504F3;
    public const uint ExponentBias = 128;
    public const int MantissaBits = 23;

    // 1.5·2²³ holds whole numbers in its low bits; the exponent's bias is subtracted with it.
    public const uint RoundingMagicBits = 0x4B400000;
    public const float RoundingMagic = 12582912f + ExponentBias;

    // ln 2 in two parts, the first so short that k times it is exact.
    public const float Ln2High = 0.693138123f;
    public const float Ln2Low = 9.05800061e-6f;

    public const float P0 = 0.6666666269302368f;
    public const float P1 = 0.4000033438205719f;
    public const float P2 = 0.28537312150001526f;
    public const float P3 = 0.2358209490776062f;
}

/// <summary>As <see cref="LogSingle"/>, in double precision; error 2^-65.7.</summary>
internal static class LogDouble
{
    public const double SmallestNormal = 2.2250738585072014e-308;

    // 2⁵².
    public const double Scale = 4503599627370496.0;
    public const double ScaleExponent = 52.0;

    public const ulong ExponentOffset = (ExponentBias << MantissaBits) - 0x3FE6A09E667F3BCD;
    public const ulong ExponentBias = 1024;
    public const int MantissaBits = 52;

    // 1.5·2⁵².
    public const ulong RoundingMagicBits = 0x4338000000000000;
    public const double RoundingMagic = 6755399441055744.0 + ExponentBias;

    public const double Ln2High = 6.93147180369123816490e-01;
    public const double Ln2Low = 1.90821492927058770002e-10;

    public const double P0 = 0.6666666666666666;
    public const double P1 = 0.4000000000000625;
    public const double P2 = 0.2857142856908676;
    public const double P3 = 0.22222222646651096;
    public const double P4 = 0.18181775678004064;
    public const double P5 = 0.15387090185231356;
    public const double P6 = 0.13250131454463918;
    public const double P7 = 0.1325120520037017;
}

/// <summary>
/// erf x = x + x·P(x²) for |x| &lt; 1, relative error 2^-29.6; else 1 − exp(−Q(|x| − <see cref="Centre"/>)) up to
/// <see cref="Limit"/>, beyond which it rounds to 1: error 2^-35.5.
/// </summary>
internal static class ErfSingle
{
    public const float Limit = 4f;
    public const float Centre = 1f;

    public const float P0 = 0.12837916612625122f;
    public const float P1 = -0.3761262595653534f;
    public const float P2 = 0.1128358542919159f;
    public const float P3 = -0.026853812858462334f;
    public const float P4 = 0.005188328679651022f;
    public const float P5 = -0.0008010194869711995f;
    public const float P6 = 7.853841088945046e-05f;

    public const float Q0 = 1.8496055603027344f;
    public const float Q1 = 2.638967514038086f;
    public const float Q2 = 0.8431071043014526f;
    public const float Q3 = 0.041563477367162704f;
    public const float Q4 = -0.010046448558568954f;
    public const float Q5 = 0.00201196176931262f;
    public const float Q6 = -0.0002895254292525351f;
    public const float Q7 = 2.1686251784558408e-05f;
}

/// <summary>As <see cref="ErfSingle"/>, in double precision; errors 2^-62.7 and 2^-62.6.</summary>
internal static class ErfDouble
{
    public const double Limit = 6.0;
    public const double Centre = 1.0;

    public const double P0 = 0.1283791670955126;
    public const double P1 = -0.3761263890318375;
    public const double P2 = 0.11283791670954857;
    public const double P3 = -0.026866170645072907;
    public const double P4 = 0.005223977624780934;
    public const double P5 = -0.0008548326978744596;
    public const double P6 = 0.00012055331036952179;
    public const double P7 = -1.4925593507575096e-05;
    public const double P8 = 1.6460972821176909e-06;
    public const double P9 = -1.6350025210015872e-07;
    public const double P10 = 1.4657879442589224e-08;
    public const double P11 = -1.1365663365769758e-09;
    public const double P12 = 5.945255764306941e-11;

    public const double Q0 = 1.8496055099332482;
    public const double Q1 = 2.6389675142347913;
    public const double Q2 = 0.8431072563584859;
    public const double Q3 = 0.041561098046505485;
    public const double Q4 = -0.010033825434039842;
    public const double Q5 = 0.0019779030193250815;
    public const double Q6 = -0.0002373247025191769;
    public const double Q7 = -2.6270362862787206e-05;
    public const double Q8 = 2.714096612160005e-05;
    public const double Q9 = -9.576756128774894e-06;
    public const double Q10 = 2.0172538970779987e-06;
    public const double Q11 = -1.0039564546250568e-07;
    public const double Q12 = -1.2979069219697176e-07;
    public const double Q13 = 7.063702859186237e-08;
    public const double Q14 = -2.301982784856534e-08;
    public const double Q15 = 5.501895651620302e-09;
    public const double Q16 = -9.944048519780944e-10;
    public const double Q17 = 1.3326045546358314e-10;
    public const double Q18 = -1.2515050710560218e-11;
    public const double Q19 = 7.343972769759311e-13;
    public const double Q20 = -2.0218077271116622e-14;
}
