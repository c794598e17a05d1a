using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MicroGpt.Numerics;

namespace MicroGpt;

/// <summary>
/// The Euclidean norm of a gradient, summed in double. The squares go to 32 partial sums, element i to sum i mod 32, which are added up in
/// one order: the result is the same at every vector width.
/// </summary>
internal static unsafe class GradientNorm
{
    /// <summary>Partial sums: four of the widest vectors, enough to hide the latency of an addition.</summary>
    private const int Sums = 32;

    /// <summary>Vectors that are summed side by side in registers.</summary>
    private const int Accumulators = 4;

    /// <summary>Elements that are read several times where four vectors hold fewer than all sums; they stay in the first cache.</summary>
    private const int Chunk = 2048;

    /// <summary>The norm of a gradient; infinite where a square or the sum exceeds the range of a double.</summary>
    /// <inheritdoc cref="SumOfSquares"/>
    public static double Of<T>(T* gradient, nint count, int vectorBits)
        where T : unmanaged, INumberBase<T> => Math.Sqrt(SumOfSquares(gradient, count, vectorBits));

    /// <summary>The sum of the squares of a gradient, or of a part of it.</summary>
    /// <param name="gradient">[count] elements.</param>
    /// <param name="count">Number of elements.</param>
    /// <param name="vectorBits">128, 256 or 512.</param>
    public static double SumOfSquares<T>(T* gradient, nint count, int vectorBits)
        where T : unmanaged, INumberBase<T>
    {
        double* sums = stackalloc double[Sums];
        nint whole = count - (count % Sums);
        for (nint start = 0; start < whole; start += Chunk)
        {
            nint length = nint.Min(Chunk, whole - start);
            switch (vectorBits)
            {
                case 512:
                    AddSquares<Lanes512<double>, Vector512<double>, T>(gradient + start, length, sums);
                    break;
                case 256:
                    AddSquares<Lanes256<double>, Vector256<double>, T>(gradient + start, length, sums);
                    break;
                default:
                    AddSquares<Lanes128<double>, Vector128<double>, T>(gradient + start, length, sums);
                    break;
            }
        }

        for (nint i = whole; i < count; i++)
        {
            double element = double.CreateTruncating(gradient[i]);
            sums[i - whole] += element * element;
        }

        return Total(sums);
    }

    /// <summary>Adds the squares of some elements, a multiple of 32, to the partial sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddSquares<TLanes, TVector, T>(T* gradient, nint count, double* sums)
        where TLanes : struct, ILanes<TVector, double>
        where TVector : unmanaged
        where T : unmanaged
    {
        int lanes = TLanes.Count;
        for (int first = 0; first < Sums; first += Accumulators * TLanes.Count)
        {
            double* part = sums + first;
            TVector sum0 = TLanes.Load(part);
            TVector sum1 = TLanes.Load(part + lanes);
            TVector sum2 = TLanes.Load(part + (2 * lanes));
            TVector sum3 = TLanes.Load(part + (3 * lanes));
            for (nint i = first; i < count; i += Sums)
            {
                sum0 = AddSquare<TLanes, TVector, T>(sum0, gradient + i);
                sum1 = AddSquare<TLanes, TVector, T>(sum1, gradient + i + lanes);
                sum2 = AddSquare<TLanes, TVector, T>(sum2, gradient + i + (2 * lanes));
                sum3 = AddSquare<TLanes, TVector, T>(sum3, gradient + i + (3 * lanes));
            }

            TLanes.Store(sum0, part);
            TLanes.Store(sum1, part + lanes);
            TLanes.Store(sum2, part + (2 * lanes));
            TLanes.Store(sum3, part + (3 * lanes));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector AddSquare<TLanes, TVector, T>(TVector sum, T* source)
        where TLanes : struct, ILanes<TVector, double>
        where TVector : unmanaged
        where T : unmanaged
    {
        TVector elements = sizeof(T) == sizeof(float) ? TLanes.LoadSingle((float*)source) : TLanes.Load((double*)source);
        return TLanes.Add(sum, TLanes.Multiply(elements, elements));
    }

    /// <summary>The sum of the partial sums, halves added to halves.</summary>
    private static double Total(double* sums)
    {
        for (int half = Sums / 2; half > 0; half /= 2)
        {
            for (int i = 0; i < half; i++)
            {
                sums[i] += sums[half + i];
            }
        }

        return sums[0];
    }
}
