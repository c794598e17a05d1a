using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MicroGpt.Numerics;

// The sums over the lanes of four vectors at once: each addition of halves leaves half as many vectors, where four sums one by one would
// add to lanes that are empty already.
public static unsafe partial class VectorMath
{
    /// <summary>Stores the sum of all lanes of each of four vectors.</summary>
    /// <param name="a">Its sum goes to <paramref name="to"/>[0].</param>
    /// <param name="b">Its sum goes to <paramref name="to"/>[1].</param>
    /// <param name="c">Its sum goes to <paramref name="to"/>[2].</param>
    /// <param name="d">Its sum goes to <paramref name="to"/>[3].</param>
    /// <param name="to">[4], any alignment.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSums(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d, float* to)
    {
        Vector128<double> ab = (InterleaveLow(a, b) + InterleaveHigh(a, b)).AsDouble();
        Vector128<double> cd = (InterleaveLow(c, d) + InterleaveHigh(c, d)).AsDouble();
        (InterleaveLow(ab, cd).AsSingle() + InterleaveHigh(ab, cd).AsSingle()).Store(to);
    }

    /// <inheritdoc cref="StoreSums(Vector128{float}, Vector128{float}, Vector128{float}, Vector128{float}, float*)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSums(Vector128<double> a, Vector128<double> b, Vector128<double> c, Vector128<double> d, double* to)
    {
        (InterleaveLow(a, b) + InterleaveHigh(a, b)).Store(to);
        (InterleaveLow(c, d) + InterleaveHigh(c, d)).Store(to + 2);
    }

    /// <inheritdoc cref="StoreSums(Vector128{float}, Vector128{float}, Vector128{float}, Vector128{float}, float*)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSums(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d, float* to)
    {
        if (!Avx.IsSupported)
        {
            StoreSums(Halves(a), Halves(b), Halves(c), Halves(d), to);
            return;
        }

        Vector256<double> ab = (Avx.UnpackLow(a, b) + Avx.UnpackHigh(a, b)).AsDouble();
        Vector256<double> cd = (Avx.UnpackLow(c, d) + Avx.UnpackHigh(c, d)).AsDouble();
        Halves(Avx.UnpackLow(ab, cd).AsSingle() + Avx.UnpackHigh(ab, cd).AsSingle()).Store(to);
    }

    /// <inheritdoc cref="StoreSums(Vector128{float}, Vector128{float}, Vector128{float}, Vector128{float}, float*)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSums(Vector256<double> a, Vector256<double> b, Vector256<double> c, Vector256<double> d, double* to)
    {
        if (!Avx.IsSupported)
        {
            StoreSums(Halves(a), Halves(b), Halves(c), Halves(d), to);
            return;
        }

        Vector256<double> ab = Avx.UnpackLow(a, b) + Avx.UnpackHigh(a, b);
        Vector256<double> cd = Avx.UnpackLow(c, d) + Avx.UnpackHigh(c, d);
        Halves(ab).Store(to);
        Halves(cd).Store(to + 2);
    }

    /// <inheritdoc cref="StoreSums(Vector128{float}, Vector128{float}, Vector128{float}, Vector128{float}, float*)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSums(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, float* to)
    {
        if (!Avx512F.IsSupported)
        {
            StoreSums(Halves(a), Halves(b), Halves(c), Halves(d), to);
            return;
        }

        Vector512<double> ab = (Avx512F.UnpackLow(a, b) + Avx512F.UnpackHigh(a, b)).AsDouble();
        Vector512<double> cd = (Avx512F.UnpackLow(c, d) + Avx512F.UnpackHigh(c, d)).AsDouble();
        Halves(Halves(Avx512F.UnpackLow(ab, cd).AsSingle() + Avx512F.UnpackHigh(ab, cd).AsSingle())).Store(to);
    }

    /// <inheritdoc cref="StoreSums(Vector128{float}, Vector128{float}, Vector128{float}, Vector128{float}, float*)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreSums(Vector512<double> a, Vector512<double> b, Vector512<double> c, Vector512<double> d, double* to)
    {
        if (!Avx512F.IsSupported)
        {
            StoreSums(Halves(a), Halves(b), Halves(c), Halves(d), to);
            return;
        }

        Halves(Halves(Avx512F.UnpackLow(a, b) + Avx512F.UnpackHigh(a, b))).Store(to);
        Halves(Halves(Avx512F.UnpackLow(c, d) + Avx512F.UnpackHigh(c, d))).Store(to + 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> Halves<T>(Vector256<T> x) => x.GetLower() + x.GetUpper();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> Halves<T>(Vector512<T> x) => x.GetLower() + x.GetUpper();
}
