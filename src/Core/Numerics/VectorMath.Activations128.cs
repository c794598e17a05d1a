using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MicroGpt.Numerics;

// Activations for 128-bit vectors.
public static partial class VectorMath
{
    /// <summary>1 / (1 + e⁻ˣ) in every lane. Largest error 2.5 ulp where the result is a normal number.</summary>
    /// <remarks>+∞ gives 1, NaN gives NaN; results below the smallest normal number are 0.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Sigmoid(Vector128<float> x) => Vector128<float>.One / (Vector128<float>.One + Exp(-x));

    /// <summary>tanh x in every lane. Largest error 2 ulp.</summary>
    /// <remarks>Odd: the sign of zero stays. ±∞ gives ±1, NaN gives NaN.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Tanh(Vector128<float> x)
    {
        // Near 0, tanh x = x + x·z·P(z) with z = x²: 1 - 2 / (e²ˣ + 1) would cancel there.
        Vector128<float> a = Vector128.Abs(x);
        Vector128<float> z = x * x;
        Vector128<float> p = Vector128.MultiplyAddEstimate(Vector128.Create(TanhSingle.P4), z, Vector128.Create(TanhSingle.P3));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(TanhSingle.P2));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(TanhSingle.P1));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(TanhSingle.P0));
        Vector128<float> near = Vector128.MultiplyAddEstimate(x * z, p, x);

        Vector128<float> e = Exp(a + a);
        Vector128<float> far = Vector128<float>.One - (Vector128.Create(2f) / (e + Vector128<float>.One));
        return Vector128.ConditionalSelect(Vector128.LessThan(a, Vector128.Create(TanhSingle.Near)), near, far)
            | (x & Vector128.Create(-0f));
    }

    /// <summary>ln x in every lane. Largest error 1 ulp.</summary>
    /// <remarks>0 gives -∞, +∞ gives +∞, a negative number or NaN gives NaN. Subnormal numbers are like others.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Log(Vector128<float> x)
    {
        // x = 2ᵏ·(1 + f) with √½ ≤ 1 + f < √2; subnormal numbers are scaled to normal ones first.
        Vector128<float> subnormal = Vector128.LessThan(x, Vector128.Create(LogSingle.SmallestNormal));
        Vector128<float> scaled = Vector128.ConditionalSelect(subnormal, x * Vector128.Create(LogSingle.Scale), x);
        Vector128<uint> bits = scaled.AsUInt32();
        Vector128<uint> biased = (bits + Vector128.Create(LogSingle.ExponentOffset)) >> LogSingle.MantissaBits;
        Vector128<float> k =
            (biased + Vector128.Create(LogSingle.RoundingMagicBits)).AsSingle() - Vector128.Create(LogSingle.RoundingMagic)
            - (subnormal & Vector128.Create(LogSingle.ScaleExponent));
        Vector128<float> f =
            (bits - ((biased - Vector128.Create(LogSingle.ExponentBias)) << LogSingle.MantissaBits)).AsSingle() - Vector128<float>.One;

        // With s = f / (2 + f), ln(1 + f) = 2 artanh s = 2s + s·z·P(z), z = s², rearranged as in fdlibm's e_log.c: what is
        // added to f is small.
        Vector128<float> s = f / (Vector128.Create(2f) + f);
        Vector128<float> z = s * s;
        Vector128<float> p = Vector128.MultiplyAddEstimate(Vector128.Create(LogSingle.P3), z, Vector128.Create(LogSingle.P2));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(LogSingle.P1));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(LogSingle.P0));
        Vector128<float> half = Vector128.Create(0.5f) * f * f;
        Vector128<float> low =
            Vector128.MultiplyAddEstimate(k, Vector128.Create(LogSingle.Ln2Low), s * Vector128.MultiplyAddEstimate(z, p, half));
        Vector128<float> y = Vector128.MultiplyAddEstimate(k, Vector128.Create(LogSingle.Ln2High), f - (half - low));

        Vector128<float> special = Vector128.ConditionalSelect(
            Vector128.Equals(x, Vector128<float>.Zero), Vector128.Create(float.NegativeInfinity), Vector128.Create(float.NaN));
        y = Vector128.ConditionalSelect(Vector128.GreaterThan(x, Vector128<float>.Zero), y, special);
        return Vector128.ConditionalSelect(Vector128.Equals(x, Vector128.Create(float.PositiveInfinity)), x, y);
    }

    /// <summary>erf x = 2/√π ∫₀ˣ exp(-t²) dt in every lane. Largest error 1.5 ulp.</summary>
    /// <remarks>Odd: the sign of zero stays. ±∞ gives ±1, NaN gives NaN.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Erf(Vector128<float> x)
    {
        // Near 0, erf x = x + x·P(x²).
        Vector128<float> a = Vector128.Abs(x);
        Vector128<float> z = x * x;
        Vector128<float> p = Vector128.MultiplyAddEstimate(Vector128.Create(ErfSingle.P6), z, Vector128.Create(ErfSingle.P5));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(ErfSingle.P4));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(ErfSingle.P3));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(ErfSingle.P2));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(ErfSingle.P1));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(ErfSingle.P0));
        Vector128<float> near = Vector128.MultiplyAddEstimate(x, p, x);

        // Farther away, erf x = 1 - exp(-Q(|x| - 1)); beyond the limit it rounds to 1.
        Vector128<float> limit = Vector128.Create(ErfSingle.Limit);
        Vector128<float> t = Vector128.ConditionalSelect(Vector128.GreaterThan(a, limit), limit, a) - Vector128.Create(ErfSingle.Centre);
        Vector128<float> q = Vector128.MultiplyAddEstimate(Vector128.Create(ErfSingle.Q7), t, Vector128.Create(ErfSingle.Q6));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfSingle.Q5));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfSingle.Q4));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfSingle.Q3));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfSingle.Q2));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfSingle.Q1));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfSingle.Q0));
        Vector128<float> far = Vector128<float>.One - Exp(-q);
        return Vector128.ConditionalSelect(Vector128.LessThan(a, Vector128<float>.One), near, far) | (x & Vector128.Create(-0f));
    }

    /// <inheritdoc cref="Sigmoid(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Sigmoid(Vector128<double> x) => Vector128<double>.One / (Vector128<double>.One + Exp(-x));

    /// <inheritdoc cref="Tanh(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Tanh(Vector128<double> x)
    {
        // Near 0, tanh x = x + x·z·P(z) with z = x²: 1 - 2 / (e²ˣ + 1) would cancel there.
        Vector128<double> a = Vector128.Abs(x);
        Vector128<double> z = x * x;
        Vector128<double> p = Vector128.MultiplyAddEstimate(Vector128.Create(TanhDouble.P11), z, Vector128.Create(TanhDouble.P10));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(TanhDouble.P9));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(TanhDouble.P8));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(TanhDouble.P7));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(TanhDouble.P6));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(TanhDouble.P5));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(TanhDouble.P4));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(TanhDouble.P3));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(TanhDouble.P2));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(TanhDouble.P1));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(TanhDouble.P0));
        Vector128<double> near = Vector128.MultiplyAddEstimate(x * z, p, x);

        Vector128<double> e = Exp(a + a);
        Vector128<double> far = Vector128<double>.One - (Vector128.Create(2.0) / (e + Vector128<double>.One));
        return Vector128.ConditionalSelect(Vector128.LessThan(a, Vector128.Create(TanhDouble.Near)), near, far)
            | (x & Vector128.Create(-0.0));
    }

    /// <inheritdoc cref="Log(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Log(Vector128<double> x)
    {
        // x = 2ᵏ·(1 + f) with √½ ≤ 1 + f < √2; subnormal numbers are scaled to normal ones first.
        Vector128<double> subnormal = Vector128.LessThan(x, Vector128.Create(LogDouble.SmallestNormal));
        Vector128<double> scaled = Vector128.ConditionalSelect(subnormal, x * Vector128.Create(LogDouble.Scale), x);
        Vector128<ulong> bits = scaled.AsUInt64();
        Vector128<ulong> biased = (bits + Vector128.Create(LogDouble.ExponentOffset)) >> LogDouble.MantissaBits;
        Vector128<double> k =
            (biased + Vector128.Create(LogDouble.RoundingMagicBits)).AsDouble() - Vector128.Create(LogDouble.RoundingMagic)
            - (subnormal & Vector128.Create(LogDouble.ScaleExponent));
        Vector128<double> f =
            (bits - ((biased - Vector128.Create(LogDouble.ExponentBias)) << LogDouble.MantissaBits)).AsDouble() - Vector128<double>.One;

        // With s = f / (2 + f), ln(1 + f) = 2 artanh s = 2s + s·z·P(z), z = s², rearranged as in fdlibm's e_log.c: what is
        // added to f is small.
        Vector128<double> s = f / (Vector128.Create(2.0) + f);
        Vector128<double> z = s * s;
        Vector128<double> p = Vector128.MultiplyAddEstimate(Vector128.Create(LogDouble.P7), z, Vector128.Create(LogDouble.P6));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(LogDouble.P5));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(LogDouble.P4));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(LogDouble.P3));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(LogDouble.P2));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(LogDouble.P1));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(LogDouble.P0));
        Vector128<double> half = Vector128.Create(0.5) * f * f;
        Vector128<double> low =
            Vector128.MultiplyAddEstimate(k, Vector128.Create(LogDouble.Ln2Low), s * Vector128.MultiplyAddEstimate(z, p, half));
        Vector128<double> y = Vector128.MultiplyAddEstimate(k, Vector128.Create(LogDouble.Ln2High), f - (half - low));

        Vector128<double> special = Vector128.ConditionalSelect(
            Vector128.Equals(x, Vector128<double>.Zero), Vector128.Create(double.NegativeInfinity), Vector128.Create(double.NaN));
        y = Vector128.ConditionalSelect(Vector128.GreaterThan(x, Vector128<double>.Zero), y, special);
        return Vector128.ConditionalSelect(Vector128.Equals(x, Vector128.Create(double.PositiveInfinity)), x, y);
    }

    /// <inheritdoc cref="Erf(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Erf(Vector128<double> x)
    {
        // Near 0, erf x = x + x·P(x²).
        Vector128<double> a = Vector128.Abs(x);
        Vector128<double> z = x * x;
        Vector128<double> p = Vector128.MultiplyAddEstimate(Vector128.Create(ErfDouble.P12), z, Vector128.Create(ErfDouble.P11));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(ErfDouble.P10));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(ErfDouble.P9));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(ErfDouble.P8));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(ErfDouble.P7));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(ErfDouble.P6));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(ErfDouble.P5));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(ErfDouble.P4));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(ErfDouble.P3));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(ErfDouble.P2));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(ErfDouble.P1));
        p = Vector128.MultiplyAddEstimate(p, z, Vector128.Create(ErfDouble.P0));
        Vector128<double> near = Vector128.MultiplyAddEstimate(x, p, x);

        // Farther away, erf x = 1 - exp(-Q(|x| - 1)); beyond the limit it rounds to 1.
        Vector128<double> limit = Vector128.Create(ErfDouble.Limit);
        Vector128<double> t = Vector128.ConditionalSelect(Vector128.GreaterThan(a, limit), limit, a) - Vector128.Create(ErfDouble.Centre);
        Vector128<double> q = Vector128.MultiplyAddEstimate(Vector128.Create(ErfDouble.Q20), t, Vector128.Create(ErfDouble.Q19));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfDouble.Q18));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfDouble.Q17));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfDouble.Q16));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfDouble.Q15));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfDouble.Q14));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfDouble.Q13));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfDouble.Q12));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfDouble.Q11));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfDouble.Q10));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfDouble.Q9));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfDouble.Q8));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfDouble.Q7));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfDouble.Q6));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfDouble.Q5));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfDouble.Q4));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfDouble.Q3));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfDouble.Q2));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfDouble.Q1));
        q = Vector128.MultiplyAddEstimate(q, t, Vector128.Create(ErfDouble.Q0));
        Vector128<double> far = Vector128<double>.One - Exp(-q);
        return Vector128.ConditionalSelect(Vector128.LessThan(a, Vector128<double>.One), near, far) | (x & Vector128.Create(-0.0));
    }
}
