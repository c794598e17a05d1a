namespace MicroGpt;

/// <summary>The update rules that work on a materialised gradient and are chosen at run time.</summary>
public enum UpdateKind
{
    /// <summary>Stochastic gradient descent: <c>w ← w − lr·g</c>.</summary>
    Sgd = 0,

    /// <summary>Heavy ball (Polyak, 1964): <c>u ← μ·u + g; w ← w − lr·u</c>.</summary>
    Momentum = 1,

    /// <summary>
    /// Adam (Kingma and Ba, 2015): <c>m ← β₁·m + (1−β₁)·g; v ← β₂·v + (1−β₂)·g²; w ← w − lr·m̂ / (√v̂ + ε)</c>, where
    /// <c>m̂ = m / (1−β₁ᵗ)</c> and <c>v̂ = v / (1−β₂ᵗ)</c> are corrected for their start at zero.
    /// </summary>
    Adam = 2,

    /// <summary>
    /// AdamW (Loshchilov and Hutter, 2019): Adam, before which each weight of a matrix, embeddings included, decays,
    /// <c>w ← w·(1 − lr·λ)</c>; vectors, gains and biases, do not.
    /// </summary>
    AdamW = 3,
}

/// <summary>
/// How a step turns the gradient into new weights. The constants default to the course's: Adam's β₁ = 0.85, β₂ = 0.99,
/// ε = 1e-8.
/// </summary>
/// <example><code>
/// using var optimizer = new GradientOptimizer(UpdateRule.AdamW with { ClipNorm = 1.0 });
/// </code></example>
public sealed record UpdateRule
{
    private readonly UpdateKind _kind;
    private readonly double _momentumFactor = 0.9;
    private readonly double _beta1 = 0.85;
    private readonly double _beta2 = 0.99;
    private readonly double _epsilon = 1e-8;
    private readonly double _weightDecay = 0.01;
    private readonly double? _clipNorm;

    /// <summary>Stochastic gradient descent.</summary>
    public static UpdateRule Sgd { get; } = new() { Kind = UpdateKind.Sgd };

    /// <summary>Heavy ball with μ = 0.9.</summary>
    public static UpdateRule Momentum { get; } = new() { Kind = UpdateKind.Momentum };

    /// <summary>Adam with the course's constants.</summary>
    public static UpdateRule Adam { get; } = new() { Kind = UpdateKind.Adam };

    /// <summary>AdamW: the course's Adam with a weight decay of 0.01.</summary>
    public static UpdateRule AdamW { get; } = new() { Kind = UpdateKind.AdamW };

    /// <summary>The rule.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not one of the named ones.</exception>
    public UpdateKind Kind
    {
        get => _kind;
        init =>
            _kind = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Kind), value, "There is no such rule.");
    }

    /// <summary>Heavy ball's μ, at least 0 and below 1. Default: 0.9.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside of that range.</exception>
    public double MomentumFactor
    {
        get => _momentumFactor;
        init => _momentumFactor = Decay(value, nameof(MomentumFactor));
    }

    /// <summary>Adam's β₁, the decay of the mean gradient, at least 0 and below 1. Default: 0.85.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside of that range.</exception>
    public double Beta1
    {
        get => _beta1;
        init => _beta1 = Decay(value, nameof(Beta1));
    }

    /// <summary>Adam's β₂, the decay of the mean squared gradient, at least 0 and below 1. Default: 0.99.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside of that range.</exception>
    public double Beta2
    {
        get => _beta2;
        init => _beta2 = Decay(value, nameof(Beta2));
    }

    /// <summary>Adam's ε, added to the root; from 1e-30 (a normal number in single precision) upwards. Default: 1e-8.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside of that range.</exception>
    public double Epsilon
    {
        get => _epsilon;
        init => _epsilon = value is >= 1e-30 and < double.PositiveInfinity
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Epsilon), value, "Epsilon is a finite number of at least 1e-30.");
    }

    /// <summary>AdamW's λ, at least 0: a step takes the share <c>lr·λ</c> off each weight of a matrix. Default: 0.01.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside of that range.</exception>
    public double WeightDecay
    {
        get => _weightDecay;
        init => _weightDecay = value is >= 0 and < double.PositiveInfinity
            ? value
            : throw new ArgumentOutOfRangeException(nameof(WeightDecay), value, "The weight decay is a finite number of at least 0.");
    }

    /// <summary>
    /// A gradient whose Euclidean norm over all parameters is larger is scaled down to this norm (Pascanu et al., 2013);
    /// null for no clipping, the default.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a finite number above 0.</exception>
    public double? ClipNorm
    {
        get => _clipNorm;
        init => _clipNorm = value is null or (> 0 and < double.PositiveInfinity)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(ClipNorm), value, "The norm to clip to is a finite number above 0.");
    }

    /// <summary>The rule with the same arithmetic as the update that a spec compiles in.</summary>
    /// <param name="optimizer">The spec's optimizer.</param>
    public static UpdateRule For(Optimizer optimizer) => optimizer switch
    {
        Optimizer.Adam => Adam,
        Optimizer.Momentum => Momentum,
        Optimizer.AdamW => AdamW,
        _ => Sgd,
    };

    private static double Decay(double value, string name) => value is >= 0 and < 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} is at least 0 and below 1.");
}
