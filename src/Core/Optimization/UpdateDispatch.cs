using System.Numerics;
using System.Runtime.Intrinsics;
using MicroGpt.Numerics;

namespace MicroGpt;

/// <summary>Sends the kernels of an update over ranges of weights, at the width of vectors that is asked for.</summary>
/// <param name="vectorBits">128, 256 or 512.</param>
internal readonly unsafe struct UpdateDispatch(int vectorBits)
{
    /// <summary>s ← ω·g for the first gradient of a sum, s ← s + ω·g for the others.</summary>
    public void AddToSum<T>(T* gradient, T* sum, nint count, T weight, bool isFirst)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        switch (vectorBits)
        {
            case 512:
                AddToSum<Lanes512<T>, Vector512<T>, T>(gradient, sum, count, weight, isFirst);
                break;
            case 256:
                AddToSum<Lanes256<T>, Vector256<T>, T>(gradient, sum, count, weight, isFirst);
                break;
            default:
                AddToSum<Lanes128<T>, Vector128<T>, T>(gradient, sum, count, weight, isFirst);
                break;
        }
    }

    /// <summary>Moves weights by a step of a rule.</summary>
    /// <param name="kind">The rule.</param>
    /// <param name="weights">As many weights as there is state of.</param>
    /// <param name="gradient">Their gradient.</param>
    /// <param name="moments">Their state.</param>
    /// <param name="factors">The numbers of the step.</param>
    /// <param name="vectors">Where the vectors of the model begin and end.</param>
    /// <param name="first">The place of the first of these weights among those of the model.</param>
    public void Update<T>(
        UpdateKind kind, T* weights, T* gradient, MomentRange<T> moments, in UpdateFactors<T> factors,
        ReadOnlySpan<long> vectors, nint first = 0)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        switch (vectorBits)
        {
            case 512:
                Update<Lanes512<T>, Vector512<T>, T>(kind, weights, gradient, moments, factors, vectors, first);
                break;
            case 256:
                Update<Lanes256<T>, Vector256<T>, T>(kind, weights, gradient, moments, factors, vectors, first);
                break;
            default:
                Update<Lanes128<T>, Vector128<T>, T>(kind, weights, gradient, moments, factors, vectors, first);
                break;
        }
    }

    private static void AddToSum<TLanes, TVector, T>(T* gradient, T* sum, nint count, T weight, bool isFirst)
        where TLanes : struct, ILanes<TVector, T>
        where TVector : unmanaged
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        nint whole = count - (count % TLanes.Count);
        UpdateKernels<TLanes, TVector, T>.AddToSum(gradient, sum, whole, weight, isFirst);
        UpdateKernels<Lanes1<T>, T, T>.AddToSum(gradient + whole, sum + whole, count - whole, weight, isFirst);
    }

    /// <summary>All weights at once where all are treated alike; else matrices and vectors in turn.</summary>
    private static void Update<TLanes, TVector, T>(
        UpdateKind kind, T* weights, T* gradient, MomentRange<T> moments, in UpdateFactors<T> factors, ReadOnlySpan<long> vectors,
        nint first)
        where TLanes : struct, ILanes<TVector, T>
        where TVector : unmanaged
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        nint start = 0;
        if (factors.Keep != T.One)
        {
            UpdateFactors<T> undecayed = factors with { Keep = T.One };
            for (int i = 0; i < vectors.Length; i += 2)
            {
                nint begin = nint.Clamp((nint)vectors[i] - first, start, moments.Count);
                nint end = nint.Clamp((nint)vectors[i + 1] - first, start, moments.Count);
                UpdateRange<TLanes, TVector, T>(kind, weights, gradient, moments, start, begin - start, factors);
                UpdateRange<TLanes, TVector, T>(kind, weights, gradient, moments, begin, end - begin, undecayed);
                start = end;
            }
        }

        UpdateRange<TLanes, TVector, T>(kind, weights, gradient, moments, start, moments.Count - start, factors);
    }

    /// <summary>Whole vectors, then what is left over one by one.</summary>
    private static void UpdateRange<TLanes, TVector, T>(
        UpdateKind kind, T* weights, T* gradient, MomentRange<T> moments, nint start, nint count, in UpdateFactors<T> factors)
        where TLanes : struct, ILanes<TVector, T>
        where TVector : unmanaged
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        nint rest = count % TLanes.Count;
        nint whole = count - rest;
        Run<TLanes, TVector, T>(kind, weights, gradient, moments, start, whole, factors);
        if (rest > 0)
        {
            Run<Lanes1<T>, T, T>(kind, weights, gradient, moments, start + whole, rest, factors);
        }
    }

    private static void Run<TLanes, TVector, T>(
        UpdateKind kind, T* weights, T* gradient, MomentRange<T> moments, nint start, nint count, in UpdateFactors<T> factors)
        where TLanes : struct, ILanes<TVector, T>
        where TVector : unmanaged
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        weights += start;
        gradient += start;
        T* first = moments.First + start;
        T* second = moments.Second + start;
        switch (kind)
        {
            case UpdateKind.Sgd:
                UpdateKernels<TLanes, TVector, T>.Sgd(weights, gradient, count, factors);
                break;
            case UpdateKind.Momentum:
                UpdateKernels<TLanes, TVector, T>.Momentum(weights, gradient, first, count, factors);
                break;
            default:
                UpdateKernels<TLanes, TVector, T>.Adam(weights, gradient, first, second, count, factors);
                break;
        }
    }
}
