using System.Numerics;
using System.Runtime.CompilerServices;
using MicroGpt.Numerics;

namespace MicroGpt;

/// <summary>The numbers of one update, in the precision of the weights.</summary>
internal readonly record struct UpdateFactors<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Converts a rule's constants for one step.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="step">The step, from 1.</param>
    /// <param name="learningRate">The step's learning rate.</param>
    /// <param name="gradientScale">What clipping multiplies the gradient by; 1 where nothing is clipped.</param>
    public UpdateFactors(UpdateRule rule, long step, double learningRate, double gradientScale)
    {
        GradientScale = T.CreateTruncating(gradientScale);
        LearningRate = T.CreateTruncating(learningRate);
        Momentum = T.CreateTruncating(rule.MomentumFactor);
        Beta1 = T.CreateTruncating(rule.Beta1);
        OneMinusBeta1 = T.CreateTruncating(1.0 - rule.Beta1);
        Beta2 = T.CreateTruncating(rule.Beta2);
        OneMinusBeta2 = T.CreateTruncating(1.0 - rule.Beta2);
        Epsilon = T.CreateTruncating(rule.Epsilon);
        MeanStep = T.CreateTruncating(learningRate / (1.0 - Math.Pow(rule.Beta1, step)));
        SquareScale = T.CreateTruncating(1.0 / (1.0 - Math.Pow(rule.Beta2, step)));
        Keep = T.CreateTruncating(rule.Kind == UpdateKind.AdamW ? 1.0 - (learningRate * rule.WeightDecay) : 1.0);
    }

    public T GradientScale { get; }

    public T LearningRate { get; }

    public T Momentum { get; }

    public T Beta1 { get; }

    public T OneMinusBeta1 { get; }

    public T Beta2 { get; }

    public T OneMinusBeta2 { get; }

    public T Epsilon { get; }

    /// <summary>lr / (1 − β₁ᵗ): the learning rate and the correction of Adam's first moment in one.</summary>
    public T MeanStep { get; }

    /// <summary>1 / (1 − β₂ᵗ): the correction of Adam's second moment.</summary>
    public T SquareScale { get; }

    /// <summary>1 − lr·λ: what AdamW keeps of a weight of a matrix; 1 for vectors, and for Adam.</summary>
    public T Keep { get; init; }
}

/// <summary>
/// One kernel a rule, over whole vectors. Moments that have decayed to subnormal numbers become zero: arithmetic on subnormals is many
/// times slower, and the moments of rows that no longer occur would all end there.
/// </summary>
/// <typeparam name="TLanes">The vector width.</typeparam>
/// <typeparam name="TVector">Its vector.</typeparam>
/// <typeparam name="T">Type of the weights.</typeparam>
internal static unsafe class UpdateKernels<TLanes, TVector, T>
    where TLanes : struct, ILanes<TVector, T>
    where TVector : unmanaged
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>s ← ω·g for the first gradient of a step, s ← s + ω·g for the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddToSum(T* gradient, T* sum, nint count, T weight, bool isFirst)
    {
        TVector factor = TLanes.Broadcast(weight);
        for (nint i = 0; i < count; i += TLanes.Count)
        {
            TVector weighted = TLanes.Multiply(factor, TLanes.Load(gradient + i));
            TLanes.Store(isFirst ? weighted : TLanes.Add(TLanes.Load(sum + i), weighted), sum + i);
        }
    }

    /// <summary>w ← w − lr·g.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sgd(T* weights, T* gradient, nint count, in UpdateFactors<T> factors)
    {
        TVector step = TLanes.Broadcast(factors.LearningRate);
        TVector scale = TLanes.Broadcast(factors.GradientScale);
        for (nint i = 0; i < count; i += TLanes.Count)
        {
            TVector g = TLanes.Multiply(TLanes.Load(gradient + i), scale);
            TLanes.Store(TLanes.Subtract(TLanes.Load(weights + i), TLanes.Multiply(step, g)), weights + i);
        }
    }

    /// <summary>u ← μ·u + g; w ← w − lr·u.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Momentum(T* weights, T* gradient, T* velocity, nint count, in UpdateFactors<T> factors)
    {
        TVector step = TLanes.Broadcast(factors.LearningRate);
        TVector scale = TLanes.Broadcast(factors.GradientScale);
        TVector momentum = TLanes.Broadcast(factors.Momentum);
        TVector smallest = TLanes.Broadcast(SmallestNormal);
        for (nint i = 0; i < count; i += TLanes.Count)
        {
            TVector g = TLanes.Multiply(TLanes.Load(gradient + i), scale);
            TVector u = TLanes.Flush(TLanes.Add(TLanes.Multiply(momentum, TLanes.Load(velocity + i)), g), smallest);
            TLanes.Store(u, velocity + i);
            TLanes.Store(TLanes.Subtract(TLanes.Load(weights + i), TLanes.Multiply(step, u)), weights + i);
        }
    }

    /// <summary>
    /// m ← β₁·m + (1−β₁)·g; v ← β₂·v + (1−β₂)·g²; w ← (1−lr·λ)·w − lr·m̂ / (√v̂ + ε). Serves Adam (λ = 0) and AdamW.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Adam(T* weights, T* gradient, T* mean, T* square, nint count, in UpdateFactors<T> factors)
    {
        TVector scale = TLanes.Broadcast(factors.GradientScale);
        TVector beta1 = TLanes.Broadcast(factors.Beta1);
        TVector rest1 = TLanes.Broadcast(factors.OneMinusBeta1);
        TVector beta2 = TLanes.Broadcast(factors.Beta2);
        TVector rest2 = TLanes.Broadcast(factors.OneMinusBeta2);
        TVector meanStep = TLanes.Broadcast(factors.MeanStep);
        TVector squareScale = TLanes.Broadcast(factors.SquareScale);
        TVector epsilon = TLanes.Broadcast(factors.Epsilon);
        TVector keep = TLanes.Broadcast(factors.Keep);
        TVector smallest = TLanes.Broadcast(SmallestNormal);
        for (nint i = 0; i < count; i += TLanes.Count)
        {
            TVector g = TLanes.Multiply(TLanes.Load(gradient + i), scale);
            TVector m = TLanes.Add(TLanes.Multiply(beta1, TLanes.Load(mean + i)), TLanes.Multiply(rest1, g));
            TVector v = TLanes.Add(TLanes.Multiply(beta2, TLanes.Load(square + i)), TLanes.Multiply(TLanes.Multiply(rest2, g), g));
            m = TLanes.Flush(m, smallest);
            v = TLanes.Flush(v, smallest);
            TLanes.Store(m, mean + i);
            TLanes.Store(v, square + i);
            TVector root = TLanes.Add(TLanes.Sqrt(TLanes.Multiply(v, squareScale)), epsilon);
            TVector change = TLanes.Divide(TLanes.Multiply(meanStep, m), root);
            TLanes.Store(TLanes.Subtract(TLanes.Multiply(keep, TLanes.Load(weights + i)), change), weights + i);
        }
    }

    /// <summary>The smallest positive number with a full significand: 2^-126 or 2^-1022.</summary>
    private static T SmallestNormal
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => sizeof(T) == sizeof(float) ? T.CreateTruncating(BitConverter.UInt32BitsToSingle(0x0080_0000))
            : T.CreateTruncating(BitConverter.UInt64BitsToDouble(0x0010_0000_0000_0000));
    }
}
