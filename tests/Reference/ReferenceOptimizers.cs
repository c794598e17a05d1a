namespace MicroGpt.Reference;

/// <summary>An update rule over flat parameters.</summary>
public interface IReferenceOptimizer
{
    /// <summary>Moves the parameters by one step.</summary>
    /// <param name="parameters">All parameters.</param>
    /// <param name="gradient">Derivative of the loss with respect to each of them.</param>
    /// <param name="learningRate">The step's learning rate.</param>
    void Update(Span<double> parameters, ReadOnlySpan<double> gradient, double learningRate);

    /// <summary>Forgets all earlier steps.</summary>
    void Reset();
}

/// <summary>Stochastic gradient descent: <c>w ← w - lr·g</c>.</summary>
public sealed class ReferenceSgd : IReferenceOptimizer
{
    /// <inheritdoc/>
    public void Update(Span<double> parameters, ReadOnlySpan<double> gradient, double learningRate)
    {
        for (int i = 0; i < parameters.Length; i++)
        {
            parameters[i] -= learningRate * gradient[i];
        }
    }

    /// <inheritdoc/>
    public void Reset()
    {
    }
}

/// <summary>Heavy ball (Polyak, 1964): <c>u ← μ·u + g; w ← w - lr·u</c>.</summary>
public sealed class ReferenceMomentum : IReferenceOptimizer
{
    private readonly double _momentum;
    private readonly double[] _velocity;

    /// <summary>Starts with the velocity at zero.</summary>
    /// <param name="parameterCount">Number of parameters.</param>
    /// <param name="momentum">μ.</param>
    public ReferenceMomentum(int parameterCount, double momentum)
    {
        _momentum = momentum;
        _velocity = new double[parameterCount];
    }

    /// <inheritdoc/>
    public void Update(Span<double> parameters, ReadOnlySpan<double> gradient, double learningRate)
    {
        for (int i = 0; i < parameters.Length; i++)
        {
            _velocity[i] = (_momentum * _velocity[i]) + gradient[i];
            parameters[i] -= learningRate * _velocity[i];
        }
    }

    /// <inheritdoc/>
    public void Reset() => Array.Clear(_velocity);
}

/// <summary>
/// Adam (Kingma and Ba, 2015), both moments corrected for their bias, ε outside the root; with a weight decay λ, AdamW (Loshchilov and
/// Hutter, 2019): <c>w ← w - lr·λ·w</c> before the step.
/// </summary>
public sealed class ReferenceAdam : IReferenceOptimizer
{
    private readonly double _beta1;
    private readonly double _beta2;
    private readonly double _epsilon;
    private readonly double[] _decay;
    private readonly double[] _m;
    private readonly double[] _v;
    private int _steps;

    /// <summary>Starts with both moments at zero; the constants default to the course's.</summary>
    /// <param name="parameterCount">Number of parameters.</param>
    /// <param name="beta1">β₁.</param>
    /// <param name="beta2">β₂.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="decay">[parameterCount] λ of each parameter; none decays unless given.</param>
    public ReferenceAdam(int parameterCount, double beta1 = 0.85, double beta2 = 0.99, double epsilon = 1e-8, double[]? decay = null)
    {
        _beta1 = beta1;
        _beta2 = beta2;
        _epsilon = epsilon;
        _decay = decay ?? new double[parameterCount];
        _m = new double[parameterCount];
        _v = new double[parameterCount];
    }

    /// <inheritdoc/>
    public void Update(Span<double> parameters, ReadOnlySpan<double> gradient, double learningRate)
    {
        _steps++;
        double mBias = 1 - Math.Pow(_beta1, _steps);
        double vBias = 1 - Math.Pow(_beta2, _steps);
        for (int i = 0; i < parameters.Length; i++)
        {
            _m[i] = (_beta1 * _m[i]) + ((1 - _beta1) * gradient[i]);
            _v[i] = (_beta2 * _v[i]) + ((1 - _beta2) * gradient[i] * gradient[i]);
            parameters[i] -= learningRate * _decay[i] * parameters[i];
            parameters[i] -= learningRate * (_m[i] / mBias) / (Math.Sqrt(_v[i] / vBias) + _epsilon);
        }
    }

    /// <inheritdoc/>
    public void Reset()
    {
        Array.Clear(_m);
        Array.Clear(_v);
        _steps = 0;
    }
}

/// <summary>A rule whose gradient is scaled down to a largest Euclidean norm over all parameters (Pascanu et al., 2013).</summary>
/// <param name="inner">The rule.</param>
/// <param name="norm">The largest norm.</param>
public sealed class ReferenceClipping(IReferenceOptimizer inner, double norm) : IReferenceOptimizer
{
    /// <inheritdoc/>
    public void Update(Span<double> parameters, ReadOnlySpan<double> gradient, double learningRate)
    {
        double[] clipped = gradient.ToArray();
        double length = Math.Sqrt(clipped.Sum(g => g * g));
        if (length > norm)
        {
            clipped = Array.ConvertAll(clipped, g => g * norm / length);
        }

        inner.Update(parameters, clipped, learningRate);
    }

    /// <inheritdoc/>
    public void Reset() => inner.Reset();
}

/// <summary>The update rules by their descriptions.</summary>
public static class ReferenceOptimizers
{
    /// <summary>Makes a rule for parameters; of these, matrices decay and vectors do not.</summary>
    /// <param name="rule">The rule and its constants.</param>
    /// <param name="parameters">What it moves.</param>
    public static IReferenceOptimizer Make(UpdateRule rule, IReadOnlyList<ParameterInfo> parameters)
    {
        int count = parameters.Sum(p => p.Count);
        IReferenceOptimizer optimizer = rule.Kind switch
        {
            UpdateKind.Sgd => new ReferenceSgd(),
            UpdateKind.Momentum => new ReferenceMomentum(count, rule.MomentumFactor),
            UpdateKind.Adam => new ReferenceAdam(count, rule.Beta1, rule.Beta2, rule.Epsilon),
            _ => new ReferenceAdam(
                count,
                rule.Beta1,
                rule.Beta2,
                rule.Epsilon,
                [.. parameters.SelectMany(p => Enumerable.Repeat(p.IsVector ? 0 : rule.WeightDecay, p.Count))]),
        };
        return rule.ClipNorm is double norm ? new ReferenceClipping(optimizer, norm) : optimizer;
    }
}
