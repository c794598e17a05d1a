using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MicroGpt.Numerics;

// 256-bit vectors.
public static partial class VectorMath
{
    /// <inheritdoc cref="Exp(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> x)
    {
        Vector256<float> shifted = Vector256.MultiplyAddEstimate(
            x, Vector256.Create(ExpSingle.Log2E), Vector256.Create(ExpSingle.RoundingMagic));
        Vector256<float> n = shifted - Vector256.Create(ExpSingle.RoundingMagic);
        Vector256<float> r = Vector256.MultiplyAddEstimate(n, Vector256.Create(-ExpSingle.Ln2High), x);
        r = Vector256.MultiplyAddEstimate(n, Vector256.Create(-ExpSingle.Ln2Low), r);

        // Estrin's scheme: shorter chains of dependent instructions than Horner's.
        Vector256<float> r2 = r * r;
        Vector256<float> c23 = Vector256.MultiplyAddEstimate(r, Vector256.Create(ExpSingle.C3), Vector256.Create(ExpSingle.C2));
        Vector256<float> c45 = Vector256.MultiplyAddEstimate(r, Vector256.Create(ExpSingle.C5), Vector256.Create(ExpSingle.C4));
        Vector256<float> c456 = Vector256.MultiplyAddEstimate(r2, Vector256.Create(ExpSingle.C6), c45);
        Vector256<float> q = Vector256.MultiplyAddEstimate(c456, r2, c23);
        Vector256<float> p = Vector256.MultiplyAddEstimate(q, r2, r) + Vector256<float>.One;

        // The shift drops the rest of the magic number and leaves n in the place of the exponent.
        Vector256<float> y = (p.AsInt32() + (shifted.AsInt32() << ExpSingle.MantissaBits)).AsSingle();
        y &= Vector256.GreaterThanOrEqual(x, Vector256.Create(ExpSingle.Smallest));
        return Vector256.ConditionalSelect(
            Vector256.LessThanOrEqual(x, Vector256.Create(ExpSingle.Largest)), y, x + Vector256.Create(float.PositiveInfinity));
    }

    /// <inheritdoc cref="Exp(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Exp(Vector256<double> x)
    {
        Vector256<double> shifted = Vector256.MultiplyAddEstimate(
            x, Vector256.Create(ExpDouble.Log2E), Vector256.Create(ExpDouble.RoundingMagic));
        Vector256<double> n = shifted - Vector256.Create(ExpDouble.RoundingMagic);
        Vector256<double> r = Vector256.MultiplyAddEstimate(n, Vector256.Create(-ExpDouble.Ln2High), x);
        r = Vector256.MultiplyAddEstimate(n, Vector256.Create(-ExpDouble.Ln2Low), r);

        Vector256<double> r2 = r * r;
        Vector256<double> r4 = r2 * r2;
        Vector256<double> c23 = Vector256.MultiplyAddEstimate(r, Vector256.Create(ExpDouble.C3), Vector256.Create(ExpDouble.C2));
        Vector256<double> c45 = Vector256.MultiplyAddEstimate(r, Vector256.Create(ExpDouble.C5), Vector256.Create(ExpDouble.C4));
        Vector256<double> c67 = Vector256.MultiplyAddEstimate(r, Vector256.Create(ExpDouble.C7), Vector256.Create(ExpDouble.C6));
        Vector256<double> c89 = Vector256.MultiplyAddEstimate(r, Vector256.Create(ExpDouble.C9), Vector256.Create(ExpDouble.C8));
        Vector256<double> c1011 = Vector256.MultiplyAddEstimate(r, Vector256.Create(ExpDouble.C11), Vector256.Create(ExpDouble.C10));
        Vector256<double> low = Vector256.MultiplyAddEstimate(c45, r2, c23);
        Vector256<double> middle = Vector256.MultiplyAddEstimate(c89, r2, c67);
        Vector256<double> high = Vector256.MultiplyAddEstimate(c1011, r4, middle);
        Vector256<double> q = Vector256.MultiplyAddEstimate(high, r4, low);
        Vector256<double> p = Vector256.MultiplyAddEstimate(q, r2, r) + Vector256<double>.One;

        Vector256<double> y = (p.AsInt64() + (shifted.AsInt64() << ExpDouble.MantissaBits)).AsDouble();
        y &= Vector256.GreaterThanOrEqual(x, Vector256.Create(ExpDouble.Smallest));
        return Vector256.ConditionalSelect(
            Vector256.LessThanOrEqual(x, Vector256.Create(ExpDouble.Largest)), y, x + Vector256.Create(double.PositiveInfinity));
    }

    /// <inheritdoc cref="ReciprocalSqrt(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ReciprocalSqrt(Vector256<float> x)
    {
        if (!(Avx.IsSupported && Fma.IsSupported))
        {
            return Vector256<float>.One / Vector256.Sqrt(x);
        }

        // With y an estimate and e = 1 - x·y², 1/√x = y·(1 - e)^(-1/2) = y·(1 + e/2 + 3e²/8 + ...); e is below 2^-10.
        Vector256<float> y = Avx.ReciprocalSqrt(x);
        Vector256<float> e = Vector256.MultiplyAddEstimate(-(x * y), y, Vector256<float>.One);
        Vector256<float> series = Vector256.MultiplyAddEstimate(e, Vector256.Create(0.375f), Vector256.Create(0.5f));
        Vector256<float> refined = Vector256.MultiplyAddEstimate(y * e, series, y);

        // Where y is 0 or infinite (e is NaN or -∞), or NaN, it is the result.
        return Vector256.ConditionalSelect(Vector256.GreaterThan(e, Vector256.Create(-1f)), refined, y);
    }

    /// <inheritdoc cref="ReciprocalSqrt(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> ReciprocalSqrt(Vector256<double> x) => Vector256<double>.One / Vector256.Sqrt(x);

    /// <inheritdoc cref="Sum(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector256<float> x) => Sum(x.GetLower() + x.GetUpper());

    /// <inheritdoc cref="Sum(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Vector256<double> x) => Sum(x.GetLower() + x.GetUpper());

    /// <inheritdoc cref="Max(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Vector256<float> x) => Max(Vector128.MaxNative(x.GetLower(), x.GetUpper()));

    /// <inheritdoc cref="Max(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Max(Vector256<double> x) => Max(Vector128.MaxNative(x.GetLower(), x.GetUpper()));

    /// <inheritdoc cref="SumGroupsOf1(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> SumGroupsOf1(Vector256<float> x) => x;

    /// <inheritdoc cref="SumGroupsOf1(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> SumGroupsOf1(Vector256<double> x) => x;

    /// <inheritdoc cref="SumGroupsOf2(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> SumGroupsOf2(Vector256<float> x) => x + SwapNeighbours(x);

    /// <inheritdoc cref="SumGroupsOf2(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> SumGroupsOf2(Vector256<double> x) => x + SwapNeighbours(x);

    /// <inheritdoc cref="SumGroupsOf4(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> SumGroupsOf4(Vector256<float> x)
    {
        Vector256<float> pairs = x + SwapNeighbours(x);
        return pairs + SwapPairs(pairs);
    }

    /// <inheritdoc cref="SumGroupsOf4(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> SumGroupsOf4(Vector256<double> x)
    {
        Vector256<double> pairs = x + SwapNeighbours(x);
        return pairs + SwapHalves(pairs);
    }

    /// <summary>
    /// Replaces each aligned group of 8 lanes by its sum, in all of them: pairs, then fours, then the two fours. All lanes
    /// of a group get the same bits.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> SumGroupsOf8(Vector256<float> x)
    {
        Vector256<float> pairs = x + SwapNeighbours(x);
        Vector256<float> fours = pairs + SwapPairs(pairs);
        return fours + SwapHalves(fours);
    }

    // [1, 0, 3, 2, ...]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> SwapNeighbours(Vector256<float> x) => Avx.IsSupported
        ? Avx.Permute(x, 0b10_11_00_01)
        : Vector256.Create(SwapNeighbours(x.GetLower()), SwapNeighbours(x.GetUpper()));

    // [1, 0, 3, 2]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> SwapNeighbours(Vector256<double> x) => Avx.IsSupported
        ? Avx.Permute(x, 0b0101)
        : Vector256.Create(SwapNeighbours(x.GetLower()), SwapNeighbours(x.GetUpper()));

    // [2, 3, 0, 1, ...]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> SwapPairs(Vector256<float> x) => Avx.IsSupported
        ? Avx.Permute(x, 0b01_00_11_10)
        : Vector256.Create(SwapHalves(x.GetLower()), SwapHalves(x.GetUpper()));

    // [4, 5, 6, 7, 0, 1, 2, 3]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> SwapHalves(Vector256<float> x) => Avx.IsSupported
        ? Avx.Permute2x128(x, x, 1)
        : Vector256.Create(x.GetUpper(), x.GetLower());

    // [2, 3, 0, 1]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> SwapHalves(Vector256<double> x) => Avx.IsSupported
        ? Avx.Permute2x128(x, x, 1)
        : Vector256.Create(x.GetUpper(), x.GetLower());
}
