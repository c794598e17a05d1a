namespace MicroGpt.Numerics;

/// <summary>
/// Constants of <c>exp(x) = 2ⁿ · p(r)</c> with n = round(x / ln 2) and r = x − n·ln 2, |r| ≤ ln 2 / 2, in single precision.
/// </summary>
/// <remarks>
/// p(r) = 1 + r + r²·(C2 + C3·r + ... + C6·r⁴): the polynomial of least relative error of this form (found by
/// reweighted least squares, each coefficient rounded in turn and the rest fitted again); its relative error is 2^-28.3.
/// </remarks>
internal static class ExpSingle
{
    public const float Log2E = 1.442695041f;

    // Adding 1.5·2²³ leaves no bits for a fraction: the sum's low mantissa bits are n, rounded to nearest.
    public const float RoundingMagic = 12582912f;

    // ln 2 in two parts (Cody and Waite, 1980). The first has 9 bits, so n times it is exact without a fused multiply-add.
    public const float Ln2High = 0.693359375f;
    public const float Ln2Low = -2.12194440e-4f;

    public const float C2 = 0.4999999403953552f;
    public const float C3 = 0.1666652113199234f;
    public const float C4 = 0.04166826605796814f;
    public const float C5 = 0.008368677459657192f;
    public const float C6 = 0.001382073387503624f;

    // The first argument below ln(2^-126) gives 0, the first above ln(2^128) infinity; these are their neighbours inside.
    public const float Smallest = -87.33654022216796875f;
    public const float Largest = 88.72283172607421875f;

    public const int MantissaBits = 23;
}

/// <summary>As <see cref="ExpSingle"/>, in double precision; the polynomial's relative error is 2^-57.9.</summary>
internal static class ExpDouble
{
    public const double Log2E = 1.4426950408889634;

    // 1.5·2⁵².
    public const double RoundingMagic = 6755399441055744.0;

    // The first part of ln 2 has 33 bits (the split of fdlibm's e_exp.c).
    public const double Ln2High = 6.93147180369123816490e-01;
    public const double Ln2Low = 1.90821492927058770002e-10;

    public const double C2 = 0.5000000000000011;
    public const double C3 = 0.16666666666666455;
    public const double C4 = 0.04166666666652805;
    public const double C5 = 0.008333333333474158;
    public const double C6 = 0.0013888888943977087;
    public const double C7 = 0.00019841269541811884;
    public const double C8 = 2.480149284248575e-05;
    public const double C9 = 2.7557559970815776e-06;
    public const double C10 = 2.7630320684129577e-07;
    public const double C11 = 2.5007313847400663e-08;

    // ln(2^-1022) and ln(2^1024) are not doubles; these are the nearest ones inside.
    public const double Smallest = -708.39641853226408;
    public const double Largest = 709.78271289338397;

    public const int MantissaBits = 52;
}
