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

/// <summary>
/// Adam (Kingma and Ba, 2015) with the course's constants: β₁ = 0.85, β₂ = 0.99, ε = 1e-8 outside the root, both moments corrected for
/// their bias.
/// </summary>
public sealed class ReferenceAdam : IReferenceOptimizer
{
    private const double Beta1 = 0.85;
    private const double Beta2 = 0.99;
    private const double Epsilon = 1e-8;

    private readonly double[] _m;
    private readonly double[] _v;
    private int _steps;

    /// <summary>Starts with both moments at zero.</summary>
    /// <param name="parameterCount">Number of parameters.</param>
    public ReferenceAdam(int parameterCount)
    {
        _m = new double[parameterCount];
        _v = new double[parameterCount];
    }

    /// <inheritdoc/>
    public void Update(Span<double> parameters, ReadOnlySpan<double> gradient, double learningRate)
    {
        _steps++;
        double mBias = 1 - Math.Pow(Beta1, _steps);
        double vBias = 1 - Math.Pow(Beta2, _steps);
        for (int i = 0; i < parameters.Length; i++)
        {
            _m[i] = (Beta1 * _m[i]) + ((1 - Beta1) * gradient[i]);
            _v[i] = (Beta2 * _v[i]) + ((1 - Beta2) * gradient[i] * gradient[i]);
            parameters[i] -= learningRate * (_m[i] / mBias) / (Math.Sqrt(_v[i] / vBias) + Epsilon);
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
