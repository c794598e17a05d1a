using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MicroGpt.Numerics;

// Activations for 512-bit vectors.
public static partial class VectorMath
{
    /// <inheritdoc cref="Sigmoid(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sigmoid(Vector512<float> x) => Vector512<float>.One / (Vector512<float>.One + Exp(-x));

    /// <inheritdoc cref="Tanh(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Tanh(Vector512<float> x)
    {
        // Near 0, tanh x = x + x·z·P(z) with z = x²: 1 - 2 / (e²ˣ + 1) would cancel there.
        Vector512<float> a = Vector512.Abs(x);
        Vector512<float> z = x * x;
        Vector512<float> p = Vector512.MultiplyAddEstimate(Vector512.Create(TanhSingle.P4), z, Vector512.Create(TanhSingle.P3));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(TanhSingle.P2));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(TanhSingle.P1));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(TanhSingle.P0));
        Vector512<float> near = Vector512.MultiplyAddEstimate(x * z, p, x);

        Vector512<float> e = Exp(a + a);
        Vector512<float> far = Vector512<float>.One - (Vector512.Create(2f) / (e + Vector512<float>.One));
        return Vector512.ConditionalSelect(Vector512.LessThan(a, Vector512.Create(TanhSingle.Near)), near, far)
            | (x & Vector512.Create(-0f));
    }

    /// <inheritdoc cref="Log(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Log(Vector512<float> x)
    {
        // x = 2ᵏ·(1 + f) with √½ ≤ 1 + f < √2; subnormal numbers are scaled to normal ones first.
        Vector512<float> subnormal = Vector512.LessThan(x, Vector512.Create(LogSingle.SmallestNormal));
        Vector512<float> scaled = Vector512.ConditionalSelect(subnormal, x * Vector512.Create(LogSingle.Scale), x);
        Vector512<uint> bits = scaled.AsUInt32();
        Vector512<uint> biased = (bits + Vector512.Create(LogSingle.ExponentOffset)) >> LogSingle.MantissaBits;
        Vector512<float> k =
            (biased + Vector512.Create(LogSingle.RoundingMagicBits)).AsSingle() - Vector512.Create(LogSingle.RoundingMagic)
            - (subnormal & Vector512.Create(LogSingle.ScaleExponent));
        Vector512<float> f =
            (bits - ((biased - Vector512.Create(LogSingle.ExponentBias)) << LogSingle.MantissaBits)).AsSingle() - Vector512<float>.One;

        // With s = f / (2 + f), ln(1 + f) = 2 artanh s = 2s + s·z·P(z), z = s², rearranged as in fdlibm's e_log.c: what is
        // added to f is small.
        Vector512<float> s = f / (Vector512.Create(2f) + f);
        Vector512<float> z = s * s;
        Vector512<float> p = Vector512.MultiplyAddEstimate(Vector512.Create(LogSingle.P3), z, Vector512.Create(LogSingle.P2));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(LogSingle.P1));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(LogSingle.P0));
        Vector512<float> half = Vector512.Create(0.5f) * f * f;
        Vector512<float> low =
            Vector512.MultiplyAddEstimate(k, Vector512.Create(LogSingle.Ln2Low), s * Vector512.MultiplyAddEstimate(z, p, half));
        Vector512<float> y = Vector512.MultiplyAddEstimate(k, Vector512.Create(LogSingle.Ln2High), f - (half - low));

        Vector512<float> special = Vector512.ConditionalSelect(
            Vector512.Equals(x, Vector512<float>.Zero), Vector512.Create(float.NegativeInfinity), Vector512.Create(float.NaN));
        y = Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), y, special);
        return Vector512.ConditionalSelect(Vector512.Equals(x, Vector512.Create(float.PositiveInfinity)), x, y);
    }

    /// <inheritdoc cref="Erf(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Erf(Vector512<float> x)
    {
        // Near 0, erf x = x + x·P(x²).
        Vector512<float> a = Vector512.Abs(x);
        Vector512<float> z = x * x;
        Vector512<float> p = Vector512.MultiplyAddEstimate(Vector512.Create(ErfSingle.P6), z, Vector512.Create(ErfSingle.P5));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(ErfSingle.P4));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(ErfSingle.P3));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(ErfSingle.P2));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(ErfSingle.P1));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(ErfSingle.P0));
        Vector512<float> near = Vector512.MultiplyAddEstimate(x, p, x);

        // Farther away, erf x = 1 - exp(-Q(|x| - 1)); beyond the limit it rounds to 1.
        Vector512<float> limit = Vector512.Create(ErfSingle.Limit);
        Vector512<float> t = Vector512.ConditionalSelect(Vector512.GreaterThan(a, limit), limit, a) - Vector512.Create(ErfSingle.Centre);
        Vector512<float> q = Vector512.MultiplyAddEstimate(Vector512.Create(ErfSingle.Q7), t, Vector512.Create(ErfSingle.Q6));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfSingle.Q5));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfSingle.Q4));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfSingle.Q3));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfSingle.Q2));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfSingle.Q1));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfSingle.Q0));
        Vector512<float> far = Vector512<float>.One - Exp(-q);
        return Vector512.ConditionalSelect(Vector512.LessThan(a, Vector512<float>.One), near, far) | (x & Vector512.Create(-0f));
    }

    /// <inheritdoc cref="Sigmoid(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Sigmoid(Vector512<double> x) => Vector512<double>.One / (Vector512<double>.One + Exp(-x));

    /// <inheritdoc cref="Tanh(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Tanh(Vector512<double> x)
    {
        // Near 0, tanh x = x + x·z·P(z) with z = x²: 1 - 2 / (e²ˣ + 1) would cancel there.
        Vector512<double> a = Vector512.Abs(x);
        Vector512<double> z = x * x;
        Vector512<double> p = Vector512.MultiplyAddEstimate(Vector512.Create(TanhDouble.P11), z, Vector512.Create(TanhDouble.P10));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(TanhDouble.P9));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(TanhDouble.P8));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(TanhDouble.P7));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(TanhDouble.P6));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(TanhDouble.P5));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(TanhDouble.P4));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(TanhDouble.P3));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(TanhDouble.P2));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(TanhDouble.P1));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(TanhDouble.P0));
        Vector512<double> near = Vector512.MultiplyAddEstimate(x * z, p, x);

        Vector512<double> e = Exp(a + a);
        Vector512<double> far = Vector512<double>.One - (Vector512.Create(2.0) / (e + Vector512<double>.One));
        return Vector512.ConditionalSelect(Vector512.LessThan(a, Vector512.Create(TanhDouble.Near)), near, far)
            | (x & Vector512.Create(-0.0));
    }

    /// <inheritdoc cref="Log(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Log(Vector512<double> x)
    {
        // x = 2ᵏ·(1 + f) with √½ ≤ 1 + f < √2; subnormal numbers are scaled to normal ones first.
        Vector512<double> subnormal = Vector512.LessThan(x, Vector512.Create(LogDouble.SmallestNormal));
        Vector512<double> scaled = Vector512.ConditionalSelect(subnormal, x * Vector512.Create(LogDouble.Scale), x);
        Vector512<ulong> bits = scaled.AsUInt64();
        Vector512<ulong> biased = (bits + Vector512.Create(LogDouble.ExponentOffset)) >> LogDouble.MantissaBits;
        Vector512<double> k =
            (biased + Vector512.Create(LogDouble.RoundingMagicBits)).AsDouble() - Vector512.Create(LogDouble.RoundingMagic)
            - (subnormal & Vector512.Create(LogDouble.ScaleExponent));
        Vector512<double> f =
            (bits - ((biased - Vector512.Create(LogDouble.ExponentBias)) << LogDouble.MantissaBits)).AsDouble() - Vector512<double>.One;

        // With s = f / (2 + f), ln(1 + f) = 2 artanh s = 2s + s·z·P(z), z = s², rearranged as in fdlibm's e_log.c: what is
        // added to f is small.
        Vector512<double> s = f / (Vector512.Create(2.0) + f);
        Vector512<double> z = s * s;
        Vector512<double> p = Vector512.MultiplyAddEstimate(Vector512.Create(LogDouble.P7), z, Vector512.Create(LogDouble.P6));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(LogDouble.P5));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(LogDouble.P4));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(LogDouble.P3));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(LogDouble.P2));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(LogDouble.P1));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(LogDouble.P0));
        Vector512<double> half = Vector512.Create(0.5) * f * f;
        Vector512<double> low =
            Vector512.MultiplyAddEstimate(k, Vector512.Create(LogDouble.Ln2Low), s * Vector512.MultiplyAddEstimate(z, p, half));
        Vector512<double> y = Vector512.MultiplyAddEstimate(k, Vector512.Create(LogDouble.Ln2High), f - (half - low));

        Vector512<double> special = Vector512.ConditionalSelect(
            Vector512.Equals(x, Vector512<double>.Zero), Vector512.Create(double.NegativeInfinity), Vector512.Create(double.NaN));
        y = Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<double>.Zero), y, special);
        return Vector512.ConditionalSelect(Vector512.Equals(x, Vector512.Create(double.PositiveInfinity)), x, y);
    }

    /// <inheritdoc cref="Erf(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Erf(Vector512<double> x)
    {
        // Near 0, erf x = x + x·P(x²).
        Vector512<double> a = Vector512.Abs(x);
        Vector512<double> z = x * x;
        Vector512<double> p = Vector512.MultiplyAddEstimate(Vector512.Create(ErfDouble.P12), z, Vector512.Create(ErfDouble.P11));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(ErfDouble.P10));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(ErfDouble.P9));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(ErfDouble.P8));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(ErfDouble.P7));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(ErfDouble.P6));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(ErfDouble.P5));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(ErfDouble.P4));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(ErfDouble.P3));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(ErfDouble.P2));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(ErfDouble.P1));
        p = Vector512.MultiplyAddEstimate(p, z, Vector512.Create(ErfDouble.P0));
        Vector512<double> near = Vector512.MultiplyAddEstimate(x, p, x);

        // Farther away, erf x = 1 - exp(-Q(|x| - 1)); beyond the limit it rounds to 1.
        Vector512<double> limit = Vector512.Create(ErfDouble.Limit);
        Vector512<double> t = Vector512.ConditionalSelect(Vector512.GreaterThan(a, limit), limit, a) - Vector512.Create(ErfDouble.Centre);
        Vector512<double> q = Vector512.MultiplyAddEstimate(Vector512.Create(ErfDouble.Q20), t, Vector512.Create(ErfDouble.Q19));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfDouble.Q18));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfDouble.Q17));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfDouble.Q16));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfDouble.Q15));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfDouble.Q14));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfDouble.Q13));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfDouble.Q12));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfDouble.Q11));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfDouble.Q10));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfDouble.Q9));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfDouble.Q8));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfDouble.Q7));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfDouble.Q6));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfDouble.Q5));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfDouble.Q4));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfDouble.Q3));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfDouble.Q2));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfDouble.Q1));
        q = Vector512.MultiplyAddEstimate(q, t, Vector512.Create(ErfDouble.Q0));
        Vector512<double> far = Vector512<double>.One - Exp(-q);
        return Vector512.ConditionalSelect(Vector512.LessThan(a, Vector512<double>.One), near, far) | (x & Vector512.Create(-0.0));
    }
}
