using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MicroGpt.Numerics;

// 512-bit vectors.
public static partial class VectorMath
{
    /// <inheritdoc cref="Exp(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        Vector512<float> shifted = Vector512.MultiplyAddEstimate(
            x, Vector512.Create(ExpSingle.Log2E), Vector512.Create(ExpSingle.RoundingMagic));
        Vector512<float> n = shifted - Vector512.Create(ExpSingle.RoundingMagic);
        Vector512<float> r = Vector512.MultiplyAddEstimate(n, Vector512.Create(-ExpSingle.Ln2High), x);
        r = Vector512.MultiplyAddEstimate(n, Vector512.Create(-ExpSingle.Ln2Low), r);

        // Estrin's scheme: shorter chains of dependent instructions than Horner's.
        Vector512<float> r2 = r * r;
        Vector512<float> c23 = Vector512.MultiplyAddEstimate(r, Vector512.Create(ExpSingle.C3), Vector512.Create(ExpSingle.C2));
        Vector512<float> c45 = Vector512.MultiplyAddEstimate(r, Vector512.Create(ExpSingle.C5), Vector512.Create(ExpSingle.C4));
        Vector512<float> c456 = Vector512.MultiplyAddEstimate(r2, Vector512.Create(ExpSingle.C6), c45);
        Vector512<float> q = Vector512.MultiplyAddEstimate(c456, r2, c23);
        Vector512<float> p = Vector512.MultiplyAddEstimate(q, r2, r) + Vector512<float>.One;

        // The shift drops the rest of the magic number and leaves n in the place of the exponent.
        Vector512<float> y = (p.AsInt32() + (shifted.AsInt32() << ExpSingle.MantissaBits)).AsSingle();
        y &= Vector512.GreaterThanOrEqual(x, Vector512.Create(ExpSingle.Smallest));
        return Vector512.ConditionalSelect(
            Vector512.LessThanOrEqual(x, Vector512.Create(ExpSingle.Largest)), y, x + Vector512.Create(float.PositiveInfinity));
    }

    /// <inheritdoc cref="Exp(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Exp(Vector512<double> x)
    {
        Vector512<double> shifted = Vector512.MultiplyAddEstimate(
            x, Vector512.Create(ExpDouble.Log2E), Vector512.Create(ExpDouble.RoundingMagic));
        Vector512<double> n = shifted - Vector512.Create(ExpDouble.RoundingMagic);
        Vector512<double> r = Vector512.MultiplyAddEstimate(n, Vector512.Create(-ExpDouble.Ln2High), x);
        r = Vector512.MultiplyAddEstimate(n, Vector512.Create(-ExpDouble.Ln2Low), r);

        Vector512<double> r2 = r * r;
        Vector512<double> r4 = r2 * r2;
        Vector512<double> c23 = Vector512.MultiplyAddEstimate(r, Vector512.Create(ExpDouble.C3), Vector512.Create(ExpDouble.C2));
        Vector512<double> c45 = Vector512.MultiplyAddEstimate(r, Vector512.Create(ExpDouble.C5), Vector512.Create(ExpDouble.C4));
        Vector512<double> c67 = Vector512.MultiplyAddEstimate(r, Vector512.Create(ExpDouble.C7), Vector512.Create(ExpDouble.C6));
        Vector512<double> c89 = Vector512.MultiplyAddEstimate(r, Vector512.Create(ExpDouble.C9), Vector512.Create(ExpDouble.C8));
        Vector512<double> c1011 = Vector512.MultiplyAddEstimate(r, Vector512.Create(ExpDouble.C11), Vector512.Create(ExpDouble.C10));
        Vector512<double> low = Vector512.MultiplyAddEstimate(c45, r2, c23);
        Vector512<double> middle = Vector512.MultiplyAddEstimate(c89, r2, c67);
        Vector512<double> high = Vector512.MultiplyAddEstimate(c1011, r4, middle);
        Vector512<double> q = Vector512.MultiplyAddEstimate(high, r4, low);
        Vector512<double> p = Vector512.MultiplyAddEstimate(q, r2, r) + Vector512<double>.One;

        Vector512<double> y = (p.AsInt64() + (shifted.AsInt64() << ExpDouble.MantissaBits)).AsDouble();
        y &= Vector512.GreaterThanOrEqual(x, Vector512.Create(ExpDouble.Smallest));
        return Vector512.ConditionalSelect(
            Vector512.LessThanOrEqual(x, Vector512.Create(ExpDouble.Largest)), y, x + Vector512.Create(double.PositiveInfinity));
    }

    /// <inheritdoc cref="ReciprocalSqrt(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ReciprocalSqrt(Vector512<float> x)
    {
        if (!Avx512F.IsSupported)
        {
            return Vector512<float>.One / Vector512.Sqrt(x);
        }

        // With y an estimate and e = 1 - x·y², 1/√x = y·(1 - e)^(-1/2) = y·(1 + e/2 + 3e²/8 + ...); e is below 2^-10.
        Vector512<float> y = Avx512F.ReciprocalSqrt14(x);
        Vector512<float> e = Vector512.MultiplyAddEstimate(-(x * y), y, Vector512<float>.One);
        Vector512<float> series = Vector512.MultiplyAddEstimate(e, Vector512.Create(0.375f), Vector512.Create(0.5f));
        Vector512<float> refined = Vector512.MultiplyAddEstimate(y * e, series, y);

        // Where y is 0 or infinite (e is NaN or -∞), or NaN, it is the result.
        return Vector512.ConditionalSelect(Vector512.GreaterThan(e, Vector512.Create(-1f)), refined, y);
    }

    /// <inheritdoc cref="ReciprocalSqrt(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> ReciprocalSqrt(Vector512<double> x) => Vector512<double>.One / Vector512.Sqrt(x);

    /// <inheritdoc cref="Sum(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector512<float> x) => Sum(x.GetLower() + x.GetUpper());

    /// <inheritdoc cref="Sum(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sum(Vector512<double> x) => Sum(x.GetLower() + x.GetUpper());

    /// <inheritdoc cref="Max(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Vector512<float> x) => Max(Vector256.MaxNative(x.GetLower(), x.GetUpper()));

    /// <inheritdoc cref="Max(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Max(Vector512<double> x) => Max(Vector256.MaxNative(x.GetLower(), x.GetUpper()));

    /// <inheritdoc cref="SumGroupsOf1(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> SumGroupsOf1(Vector512<float> x) => x;

    /// <inheritdoc cref="SumGroupsOf1(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> SumGroupsOf1(Vector512<double> x) => x;

    /// <inheritdoc cref="SumGroupsOf2(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> SumGroupsOf2(Vector512<float> x) => x + SwapNeighbours(x);

    /// <inheritdoc cref="SumGroupsOf2(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> SumGroupsOf2(Vector512<double> x) => x + SwapNeighbours(x);

    /// <inheritdoc cref="SumGroupsOf4(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> SumGroupsOf4(Vector512<float> x)
    {
        Vector512<float> pairs = x + SwapNeighbours(x);
        return pairs + SwapPairs(pairs);
    }

    /// <inheritdoc cref="SumGroupsOf4(Vector128{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> SumGroupsOf4(Vector512<double> x)
    {
        Vector512<double> pairs = x + SwapNeighbours(x);
        return pairs + SwapQuarters(pairs);
    }

    /// <inheritdoc cref="SumGroupsOf8(Vector256{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> SumGroupsOf8(Vector512<float> x)
    {
        Vector512<float> pairs = x + SwapNeighbours(x);
        Vector512<float> fours = pairs + SwapPairs(pairs);
        return fours + SwapQuarters(fours);
    }

    /// <inheritdoc cref="SumGroupsOf8(Vector256{float})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> SumGroupsOf8(Vector512<double> x)
    {
        Vector512<double> pairs = x + SwapNeighbours(x);
        Vector512<double> fours = pairs + SwapQuarters(pairs);
        return fours + SwapHalves(fours);
    }

    /// <summary>
    /// Replaces all 16 lanes by their sum: pairs, then fours, then eights, then the two eights. All lanes get the same bits.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> SumGroupsOf16(Vector512<float> x)
    {
        Vector512<float> pairs = x + SwapNeighbours(x);
        Vector512<float> fours = pairs + SwapPairs(pairs);
        Vector512<float> eights = fours + SwapQuarters(fours);
        return eights + SwapHalves(eights);
    }

    // [1, 0, 3, 2, ...]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> SwapNeighbours(Vector512<float> x) => Avx512F.IsSupported
        ? Avx512F.Permute4x32(x, 0b10_11_00_01)
        : Vector512.Create(SwapNeighbours(x.GetLower()), SwapNeighbours(x.GetUpper()));

    // [1, 0, 3, 2, ...]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> SwapNeighbours(Vector512<double> x) => Avx512F.IsSupported
        ? Avx512F.Permute2x64(x, 0b0101_0101)
        : Vector512.Create(SwapNeighbours(x.GetLower()), SwapNeighbours(x.GetUpper()));

    // [2, 3, 0, 1, ...]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> SwapPairs(Vector512<float> x) => Avx512F.IsSupported
        ? Avx512F.Permute4x32(x, 0b01_00_11_10)
        : Vector512.Create(SwapPairs(x.GetLower()), SwapPairs(x.GetUpper()));

    // Quarters of 128 bits: [1, 0, 3, 2].
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> SwapQuarters(Vector512<float> x) => Avx512F.IsSupported
        ? Avx512F.Shuffle4x128(x, x, 0b10_11_00_01)
        : Vector512.Create(SwapHalves(x.GetLower()), SwapHalves(x.GetUpper()));

    // Quarters of 128 bits: [1, 0, 3, 2].
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> SwapQuarters(Vector512<double> x) => Avx512F.IsSupported
        ? Avx512F.Shuffle4x128(x, x, 0b10_11_00_01)
        : Vector512.Create(SwapHalves(x.GetLower()), SwapHalves(x.GetUpper()));

    // Quarters of 128 bits: [2, 3, 0, 1].
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> SwapHalves(Vector512<float> x) => Avx512F.IsSupported
        ? Avx512F.Shuffle4x128(x, x, 0b01_00_11_10)
        : Vector512.Create(x.GetUpper(), x.GetLower());

    // Quarters of 128 bits: [2, 3, 0, 1].
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> SwapHalves(Vector512<double> x) => Avx512F.IsSupported
        ? Avx512F.Shuffle4x128(x, x, 0b01_00_11_10)
        : Vector512.Create(x.GetUpper(), x.GetLower());
}
