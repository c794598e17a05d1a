using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MicroGpt.Numerics;

// 128-bit vectors.
public static partial class VectorMath
{
    /// <summary>eˣ in every lane. Largest error 1.1 ulp, in single and in double precision.</summary>
    /// <remarks>
    /// exp(0) is exactly 1. Results below the smallest normal number are 0, too large ones +∞; NaN gives NaN, -∞ gives 0.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Exp(Vector128<float> x)
    {
        Vector128<float> shifted = Vector128.MultiplyAddEstimate(
            x, Vector128.Create(ExpSingle.Log2E), Vector128.Create(ExpSingle.RoundingMagic));
        Vector128<float> n = shifted - Vector128.Create(ExpSingle.RoundingMagic);
        Vector128<float> r = Vector128.MultiplyAddEstimate(n, Vector128.Create(-ExpSingle.Ln2High), x);
        r = Vector128.MultiplyAddEstimate(n, Vector128.Create(-ExpSingle.Ln2Low), r);

        // Estrin's scheme: shorter chains of dependent instructions than Horner's.
        Vector128<float> r2 = r * r;
        Vector128<float> c23 = Vector128.MultiplyAddEstimate(r, Vector128.Create(ExpSingle.C3), Vector128.Create(ExpSingle.C2));
        Vector128<float> c45 = Vector128.MultiplyAddEstimate(r, Vector128.Create(ExpSingle.C5), Vector128.Create(ExpSingle.C4));
        Vector128<float> c456 = Vector128.MultiplyAddEstimate(r2, Vector128.Create(ExpSingle.C6), c45);
        Vector128<float> q = Vector128.MultiplyAddEstimate(c456, r2, c23);
        Vector128<float> p = Vector128.MultiplyAddEstimate(q, r2, r) + Vector128<float>.One;

        // The shift drops the rest of the magic number and leaves n in the place of the exponent.
        Vector128<float> y = (p.AsInt32() + (shifted.AsInt32() << ExpSingle.MantissaBits)).AsSingle();
        y &= Vector128.GreaterThanOrEqual(x, Vector128.Create(ExpSingle.Smallest));
        return Vector128.ConditionalSelect(
            Vector128.LessThanOrEqual(x, Vector128.Create(ExpSingle.Largest)), y, x + Vector128.Create(float.PositiveInfinity));
    }

    /// <inheritdoc cref="Exp(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Exp(Vector128<double> x)
    {
        Vector128<double> shifted = Vector128.MultiplyAddEstimate(
            x, Vector128.Create(ExpDouble.Log2E), Vector128.Create(ExpDouble.RoundingMagic));
        Vector128<double> n = shifted - Vector128.Create(ExpDouble.RoundingMagic);
        Vector128<double> r = Vector128.MultiplyAddEstimate(n, Vector128.Create(-ExpDouble.Ln2High), x);
        r = Vector128.MultiplyAddEstimate(n, Vector128.Create(-ExpDouble.Ln2Low), r);

        Vector128<double> r2 = r * r;
        Vector128<double> r4 = r2 * r2;
        Vector128<double> c23 = Vector128.MultiplyAddEstimate(r, Vector128.Create(ExpDouble.C3), Vector128.Create(ExpDouble.C2));
        Vector128<double> c45 = Vector128.MultiplyAddEstimate(r, Vector128.Create(ExpDouble.C5), Vector128.Create(ExpDouble.C4));
        Vector128<double> c67 = Vector128.MultiplyAddEstimate(r, Vector128.Create(ExpDouble.C7), Vector128.Create(ExpDouble.C6));
        Vector128<double> c89 = Vector128.MultiplyAddEstimate(r, Vector128.Create(ExpDouble.C9), Vector128.Create(ExpDouble.C8));
        Vector128<double> c1011 = Vector128.MultiplyAddEstimate(r, Vector128.Create(ExpDouble.C11), Vector128.Create(ExpDouble.C10));
        Vector128<double> low = Vector128.MultiplyAddEstimate(c45, r2, c23);
        Vector128<double> middle = Vector128.MultiplyAddEstimate(c89, r2, c67);
        Vector128<double> high = Vector128.MultiplyAddEstimate(c1011, r4, middle);
        Vector128<double> q = Vector128.MultiplyAddEstimate(high, r4, low);
        Vector128<double> p = Vector128.MultiplyAddEstimate(q, r2, r) + Vector128<double>.One;

        Vector128<double> y = (p.AsInt64() + (shifted.AsInt64() << ExpDouble.MantissaBits)).AsDouble();
        y &= Vector128.GreaterThanOrEqual(x, Vector128.Create(ExpDouble.Smallest));
        return Vector128.ConditionalSelect(
            Vector128.LessThanOrEqual(x, Vector128.Create(ExpDouble.Largest)), y, x + Vector128.Create(double.PositiveInfinity));
    }

    /// <summary>1 / √x in every lane. Largest error 1.5 ulp.</summary>
    /// <remarks>
    /// 0 gives +∞, +∞ gives 0, a negative number or NaN gives NaN. A subnormal <see cref="float"/> gives, depending on the
    /// processor, the result or +∞: a caller whose argument may be 0 or subnormal and who goes on to multiply adds a small
    /// normal number first. In double precision subnormals are like other numbers.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> ReciprocalSqrt(Vector128<float> x)
    {
        if (!(Sse.IsSupported && Fma.IsSupported))
        {
            return Vector128<float>.One / Vector128.Sqrt(x);
        }

        // With y an estimate and e = 1 - x·y², 1/√x = y·(1 - e)^(-1/2) = y·(1 + e/2 + 3e²/8 + ...); e is below 2^-10.
        Vector128<float> y = Sse.ReciprocalSqrt(x);
        Vector128<float> e = Vector128.MultiplyAddEstimate(-(x * y), y, Vector128<float>.One);
        Vector128<float> series = Vector128.MultiplyAddEstimate(e, Vector128.Create(0.375f), Vector128.Create(0.5f));
        Vector128<float> refined = Vector128.MultiplyAddEstimate(y * e, series, y);

        // Where y is 0 or infinite (e is NaN or -∞), or NaN, it is the result.
        return Vector128.ConditionalSelect(Vector128.GreaterThan(e, Vector128.Create(-1f)), refined, y);
    }

    /// <inheritdoc cref="ReciprocalSqrt(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> ReciprocalSqrt(Vector128<double> x) => Vector128<double>.One / Vector128.Sqrt(x);

    /// <summary>
    /// The sum of all lanes, in a fixed order: the upper half is added to the lower half until one lane is left.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector128<float> x)
    {
        Vector128<float> pair = x + SwapHalves(x);
        return pair.ToScalar() + pair.GetElement(1);
    }

    /// <inheritdoc cref="Sum(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Vector128<double> x) => x.ToScalar() + x.GetElement(1);

    /// <summary>The largest lane. Where a lane is NaN the result is NaN or the largest of the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Vector128<float> x)
    {
        Vector128<float> pair = Vector128.MaxNative(x, SwapHalves(x));
        return Vector128.MaxNative(pair, SwapNeighbours(pair)).ToScalar();
    }

    /// <inheritdoc cref="Max(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Max(Vector128<double> x) => Vector128.MaxNative(x, SwapNeighbours(x)).ToScalar();

    /// <summary>Each lane by itself: the vector unchanged, for kernels whose groups are one lane wide.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> SumGroupsOf1(Vector128<float> x) => x;

    /// <inheritdoc cref="SumGroupsOf1(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> SumGroupsOf1(Vector128<double> x) => x;

    /// <summary>
    /// Replaces each aligned group of 2 lanes by its sum, in both of them. All lanes of a group get the same bits.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> SumGroupsOf2(Vector128<float> x) => x + SwapNeighbours(x);

    /// <inheritdoc cref="SumGroupsOf2(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> SumGroupsOf2(Vector128<double> x) => x + SwapNeighbours(x);

    /// <summary>
    /// Replaces each aligned group of 4 lanes by its sum, in all of them: pairs first, then the two pairs. All lanes of a
    /// group get the same bits.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> SumGroupsOf4(Vector128<float> x)
    {
        Vector128<float> pairs = x + SwapNeighbours(x);
        return pairs + SwapHalves(pairs);
    }

    // [1, 0, 3, 2]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> SwapNeighbours(Vector128<float> x) => Vector128.Shuffle(x, Vector128.Create(1, 0, 3, 2));

    // [1, 0]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> SwapNeighbours(Vector128<double> x) => Vector128.Shuffle(x, Vector128.Create(1L, 0L));

    // [2, 3, 0, 1]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> SwapHalves(Vector128<float> x) => Vector128.Shuffle(x, Vector128.Create(2, 3, 0, 1));
}
