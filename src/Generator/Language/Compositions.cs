#if MICROGPT_GENERATOR
namespace MicroGpt.Generator.Language;
#else
namespace MicroGpt;
#endif

/// <summary>
/// What is composed of primitives, written once: over the tensors that compute it computes, over the compiler's it records a graph.
/// </summary>
public static partial class Functions
{
    /// <summary>The mean over the channels of each group.</summary>
    /// <param name="x">[rows, n·d]</param>
    /// <returns>[rows, n·1]</returns>
    public static Tensor Mean(Tensor x) => Sum(x) * (1.0 / x.GroupSize);

    /// <summary>x sigmoid(x), also called swish (Elfwing, Uchibe and Doya, 2017).</summary>
    /// <param name="x">[rows, channels]</param>
    public static Tensor Silu(Tensor x) => x * Sigmoid(x);

    /// <summary>x Φ(x) with the distribution function Φ of the normal distribution (Hendrycks and Gimpel, 2016).</summary>
    /// <param name="x">[rows, channels]</param>
    public static Tensor Gelu(Tensor x) => 0.5 * x * (1 + Erf(x * Math.Sqrt(0.5)));

    /// <summary>The approximation of <see cref="Gelu"/> by a hyperbolic tangent, from the same paper.</summary>
    /// <param name="x">[rows, channels]</param>
    public static Tensor GeluTanh(Tensor x) => 0.5 * x * (1 + Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * Square(x) * x)));

    /// <summary>exp(x) divided by its sum, over the channels of each group. The largest is subtracted first, which changes nothing but the range.</summary>
    /// <param name="x">[rows, n·d]</param>
    public static Tensor Softmax(Tensor x)
    {
        Tensor e = Exp(x - Detach(Largest(x)));
        return e / Sum(e);
    }

    /// <summary>x / √(mean(x²) + ε) over the channels of each group, times a gain (Zhang and Sennrich, 2019).</summary>
    /// <param name="x">[rows, n·d]</param>
    /// <param name="gain">[n·d], or [d] for every group; none multiplies by nothing.</param>
    /// <param name="epsilon">ε</param>
    public static Tensor RmsNorm(Tensor x, Tensor? gain = null, double epsilon = 1e-5)
    {
        Tensor y = x * Rsqrt(Mean(Square(x)) + epsilon);
        return gain is null ? y : y * gain;
    }

    /// <summary>(x − mean(x)) / √(variance(x) + ε) over the channels of each group, times a gain, plus a bias (Ba, Kiros and Hinton, 2016).</summary>
    /// <param name="x">[rows, n·d]</param>
    /// <param name="gain">[n·d], or [d] for every group; none multiplies by nothing.</param>
    /// <param name="bias">[n·d], or [d] for every group; none adds nothing.</param>
    /// <param name="epsilon">ε</param>
    public static Tensor LayerNorm(Tensor x, Tensor? gain = null, Tensor? bias = null, double epsilon = 1e-5)
    {
        Tensor centred = x - Mean(x);
        Tensor y = centred * Rsqrt(Mean(Square(centred)) + epsilon);
        y = gain is null ? y : y * gain;
        return bias is null ? y : y + bias;
    }
}
