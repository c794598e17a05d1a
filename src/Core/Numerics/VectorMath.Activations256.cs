using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MicroGpt.Numerics;

// Activations for 256-bit vectors.
public static partial class VectorMath
{
    /// <inheritdoc cref="Sigmoid(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Sigmoid(Vector256<float> x) => Vector256<float>.One / (Vector256<float>.One + Exp(-x));

    /// <inheritdoc cref="Tanh(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Tanh(Vector256<float> x)
    {
        // Near 0, tanh x = x + x·z·P(z) with z = x²: 1 - 2 / (e²ˣ + 1) would cancel there.
        Vector256<float> a = Vector256.Abs(x);
        Vector256<float> z = x * x;
        Vector256<float> p = Vector256.MultiplyAddEstimate(Vector256.Create(TanhSingle.P4), z, Vector256.Create(TanhSingle.P3));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(TanhSingle.P2));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(TanhSingle.P1));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(TanhSingle.P0));
        Vector256<float> near = Vector256.MultiplyAddEstimate(x * z, p, x);

        Vector256<float> e = Exp(a + a);
        Vector256<float> far = Vector256<float>.One - (Vector256.Create(2f) / (e + Vector256<float>.One));
        return Vector256.ConditionalSelect(Vector256.LessThan(a, Vector256.Create(TanhSingle.Near)), near, far)
            | (x & Vector256.Create(-0f));
    }

    /// <inheritdoc cref="Log(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Log(Vector256<float> x)
    {
        // x = 2ᵏ·(1 + f) with √½ ≤ 1 + f < √2; subnormal numbers are scaled to normal ones first.
        Vector256<float> subnormal = Vector256.LessThan(x, Vector256.Create(LogSingle.SmallestNormal));
        Vector256<float> scaled = Vector256.ConditionalSelect(subnormal, x * Vector256.Create(LogSingle.Scale), x);
        Vector256<uint> bits = scaled.AsUInt32();
        Vector256<uint> biased = (bits + Vector256.Create(LogSingle.ExponentOffset)) >> LogSingle.MantissaBits;
        Vector256<float> k =
            (biased + Vector256.Create(LogSingle.RoundingMagicBits)).AsSingle() - Vector256.Create(LogSingle.RoundingMagic)
            - (subnormal & Vector256.Create(LogSingle.ScaleExponent));
        Vector256<float> f =
            (bits - ((biased - Vector256.Create(LogSingle.ExponentBias)) << LogSingle.MantissaBits)).AsSingle() - Vector256<float>.One;

        // With s = f / (2 + f), ln(1 + f) = 2 artanh s = 2s + s·z·P(z), z = s², rearranged as in fdlibm's e_log.c: what is
        // added to f is small.
        Vector256<float> s = f / (Vector256.Create(2f) + f);
        Vector256<float> z = s * s;
        Vector256<float> p = Vector256.MultiplyAddEstimate(Vector256.Create(LogSingle.P3), z, Vector256.Create(LogSingle.P2));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(LogSingle.P1));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(LogSingle.P0));
        Vector256<float> half = Vector256.Create(0.5f) * f * f;
        Vector256<float> low =
            Vector256.MultiplyAddEstimate(k, Vector256.Create(LogSingle.Ln2Low), s * Vector256.MultiplyAddEstimate(z, p, half));
        Vector256<float> y = Vector256.MultiplyAddEstimate(k, Vector256.Create(LogSingle.Ln2High), f - (half - low));

        Vector256<float> special = Vector256.ConditionalSelect(
            Vector256.Equals(x, Vector256<float>.Zero), Vector256.Create(float.NegativeInfinity), Vector256.Create(float.NaN));
        y = Vector256.ConditionalSelect(Vector256.GreaterThan(x, Vector256<float>.Zero), y, special);
        return Vector256.ConditionalSelect(Vector256.Equals(x, Vector256.Create(float.PositiveInfinity)), x, y);
    }

    /// <inheritdoc cref="Erf(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Erf(Vector256<float> x)
    {
        // Near 0, erf x = x + x·P(x²).
        Vector256<float> a = Vector256.Abs(x);
        Vector256<float> z = x * x;
        Vector256<float> p = Vector256.MultiplyAddEstimate(Vector256.Create(ErfSingle.P6), z, Vector256.Create(ErfSingle.P5));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(ErfSingle.P4));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(ErfSingle.P3));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(ErfSingle.P2));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(ErfSingle.P1));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(ErfSingle.P0));
        Vector256<float> near = Vector256.MultiplyAddEstimate(x, p, x);

        // Farther away, erf x = 1 - exp(-Q(|x| - 1)); beyond the limit it rounds to 1.
        Vector256<float> limit = Vector256.Create(ErfSingle.Limit);
        Vector256<float> t = Vector256.ConditionalSelect(Vector256.GreaterThan(a, limit), limit, a) - Vector256.Create(ErfSingle.Centre);
        Vector256<float> q = Vector256.MultiplyAddEstimate(Vector256.Create(ErfSingle.Q7), t, Vector256.Create(ErfSingle.Q6));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfSingle.Q5));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfSingle.Q4));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfSingle.Q3));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfSingle.Q2));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfSingle.Q1));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfSingle.Q0));
        Vector256<float> far = Vector256<float>.One - Exp(-q);
        return Vector256.ConditionalSelect(Vector256.LessThan(a, Vector256<float>.One), near, far) | (x & Vector256.Create(-0f));
    }

    /// <inheritdoc cref="Sigmoid(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Sigmoid(Vector256<double> x) => Vector256<double>.One / (Vector256<double>.One + Exp(-x));

    /// <inheritdoc cref="Tanh(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Tanh(Vector256<double> x)
    {
        // Near 0, tanh x = x + x·z·P(z) with z = x²: 1 - 2 / (e²ˣ + 1) would cancel there.
        Vector256<double> a = Vector256.Abs(x);
        Vector256<double> z = x * x;
        Vector256<double> p = Vector256.MultiplyAddEstimate(Vector256.Create(TanhDouble.P11), z, Vector256.Create(TanhDouble.P10));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(TanhDouble.P9));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(TanhDouble.P8));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(TanhDouble.P7));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(TanhDouble.P6));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(TanhDouble.P5));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(TanhDouble.P4));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(TanhDouble.P3));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(TanhDouble.P2));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(TanhDouble.P1));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(TanhDouble.P0));
        Vector256<double> near = Vector256.MultiplyAddEstimate(x * z, p, x);

        Vector256<double> e = Exp(a + a);
        Vector256<double> far = Vector256<double>.One - (Vector256.Create(2.0) / (e + Vector256<double>.One));
        return Vector256.ConditionalSelect(Vector256.LessThan(a, Vector256.Create(TanhDouble.Near)), near, far)
            | (x & Vector256.Create(-0.0));
    }

    /// <inheritdoc cref="Log(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Log(Vector256<double> x)
    {
        // x = 2ᵏ·(1 + f) with √½ ≤ 1 + f < √2; subnormal numbers are scaled to normal ones first.
        Vector256<double> subnormal = Vector256.LessThan(x, Vector256.Create(LogDouble.SmallestNormal));
        Vector256<double> scaled = Vector256.ConditionalSelect(subnormal, x * Vector256.Create(LogDouble.Scale), x);
        Vector256<ulong> bits = scaled.AsUInt64();
        Vector256<ulong> biased = (bits + Vector256.Create(LogDouble.ExponentOffset)) >> LogDouble.MantissaBits;
        Vector256<double> k =
            (biased + Vector256.Create(LogDouble.RoundingMagicBits)).AsDouble() - Vector256.Create(LogDouble.RoundingMagic)
            - (subnormal & Vector256.Create(LogDouble.ScaleExponent));
        Vector256<double> f =
            (bits - ((biased - Vector256.Create(LogDouble.ExponentBias)) << LogDouble.MantissaBits)).AsDouble() - Vector256<double>.One;

        // With s = f / (2 + f), ln(1 + f) = 2 artanh s = 2s + s·z·P(z), z = s², rearranged as in fdlibm's e_log.c: what is
        // added to f is small.
        Vector256<double> s = f / (Vector256.Create(2.0) + f);
        Vector256<double> z = s * s;
        Vector256<double> p = Vector256.MultiplyAddEstimate(Vector256.Create(LogDouble.P7), z, Vector256.Create(LogDouble.P6));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(LogDouble.P5));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(LogDouble.P4));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(LogDouble.P3));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(LogDouble.P2));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(LogDouble.P1));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(LogDouble.P0));
        Vector256<double> half = Vector256.Create(0.5) * f * f;
        Vector256<double> low =
            Vector256.MultiplyAddEstimate(k, Vector256.Create(LogDouble.Ln2Low), s * Vector256.MultiplyAddEstimate(z, p, half));
        Vector256<double> y = Vector256.MultiplyAddEstimate(k, Vector256.Create(LogDouble.Ln2High), f - (half - low));

        Vector256<double> special = Vector256.ConditionalSelect(
            Vector256.Equals(x, Vector256<double>.Zero), Vector256.Create(double.NegativeInfinity), Vector256.Create(double.NaN));
        y = Vector256.ConditionalSelect(Vector256.GreaterThan(x, Vector256<double>.Zero), y, special);
        return Vector256.ConditionalSelect(Vector256.Equals(x, Vector256.Create(double.PositiveInfinity)), x, y);
    }

    /// <inheritdoc cref="Erf(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Erf(Vector256<double> x)
    {
        // Near 0, erf x = x + x·P(x²).
        Vector256<double> a = Vector256.Abs(x);
        Vector256<double> z = x * x;
        Vector256<double> p = Vector256.MultiplyAddEstimate(Vector256.Create(ErfDouble.P12), z, Vector256.Create(ErfDouble.P11));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(ErfDouble.P10));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(ErfDouble.P9));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(ErfDouble.P8));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(ErfDouble.P7));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(ErfDouble.P6));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(ErfDouble.P5));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(ErfDouble.P4));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(ErfDouble.P3));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(ErfDouble.P2));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(ErfDouble.P1));
        p = Vector256.MultiplyAddEstimate(p, z, Vector256.Create(ErfDouble.P0));
        Vector256<double> near = Vector256.MultiplyAddEstimate(x, p, x);

        // Farther away, erf x = 1 - exp(-Q(|x| - 1)); beyond the limit it rounds to 1.
        Vector256<double> limit = Vector256.Create(ErfDouble.Limit);
        Vector256<double> t = Vector256.ConditionalSelect(Vector256.GreaterThan(a, limit), limit, a) - Vector256.Create(ErfDouble.Centre);
        Vector256<double> q = Vector256.MultiplyAddEstimate(Vector256.Create(ErfDouble.Q20), t, Vector256.Create(ErfDouble.Q19));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfDouble.Q18));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfDouble.Q17));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfDouble.Q16));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfDouble.Q15));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfDouble.Q14));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfDouble.Q13));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfDouble.Q12));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfDouble.Q11));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfDouble.Q10));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfDouble.Q9));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfDouble.Q8));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfDouble.Q7));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfDouble.Q6));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfDouble.Q5));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfDouble.Q4));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfDouble.Q3));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfDouble.Q2));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfDouble.Q1));
        q = Vector256.MultiplyAddEstimate(q, t, Vector256.Create(ErfDouble.Q0));
        Vector256<double> far = Vector256<double>.One - Exp(-q);
        return Vector256.ConditionalSelect(Vector256.LessThan(a, Vector256<double>.One), near, far) | (x & Vector256.Create(-0.0));
    }
}
