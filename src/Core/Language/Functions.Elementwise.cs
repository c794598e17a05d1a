namespace MicroGpt;

// Element by element: the result has the shape of x, or the one in which a and b meet.
public static partial class Functions
{
    /// <summary>eˣ</summary>
    /// <param name="x">[rows, channels], or a vector.</param>
    public static Tensor Exp(Tensor x) => Elementwise.Apply(Elementwise.Exp, x);

    /// <summary>The natural logarithm.</summary>
    /// <param name="x">[rows, channels], or a vector.</param>
    public static Tensor Log(Tensor x) => Elementwise.Apply(Elementwise.Log, x);

    /// <summary>√x</summary>
    /// <param name="x">[rows, channels], or a vector.</param>
    public static Tensor Sqrt(Tensor x) => Elementwise.Apply(Elementwise.Sqrt, x);

    /// <summary>1 / √x</summary>
    /// <param name="x">[rows, channels], or a vector.</param>
    public static Tensor Rsqrt(Tensor x) => Elementwise.Apply(Elementwise.Rsqrt, x);

    /// <summary>x²</summary>
    /// <param name="x">[rows, channels], or a vector.</param>
    public static Tensor Square(Tensor x) => Elementwise.Apply(Elementwise.Square, x);

    /// <summary>|x|. The gradient at 0 is 0.</summary>
    /// <param name="x">[rows, channels], or a vector.</param>
    public static Tensor Abs(Tensor x) => Elementwise.Apply(Elementwise.Abs, x);

    /// <summary>The hyperbolic tangent.</summary>
    /// <param name="x">[rows, channels], or a vector.</param>
    public static Tensor Tanh(Tensor x) => Elementwise.Apply(Elementwise.Tanh, x);

    /// <summary>1 / (1 + e⁻ˣ)</summary>
    /// <param name="x">[rows, channels], or a vector.</param>
    public static Tensor Sigmoid(Tensor x) => Elementwise.Apply(Elementwise.Sigmoid, x);

    /// <summary>The error function, 2 / √π times the integral of exp(−t²) from 0 to x.</summary>
    /// <param name="x">[rows, channels], or a vector.</param>
    public static Tensor Erf(Tensor x) => Elementwise.Apply(Elementwise.Erf, x);

    /// <summary>max(x, 0). The gradient at 0 is 0.</summary>
    /// <param name="x">[rows, channels], or a vector.</param>
    public static Tensor Relu(Tensor x) => Elementwise.Apply(Elementwise.Relu, x);

    /// <summary>The larger of both; where they are equal, half of the gradient goes to each.</summary>
    /// <param name="a">[rows, channels], or a vector.</param>
    /// <param name="b">Channels that meet those of a.</param>
    /// <exception cref="LanguageException">The channels do not meet.</exception>
    public static Tensor Max(Tensor a, Tensor b) => Elementwise.Apply(Elementwise.Max, a, b);

    /// <inheritdoc cref="Max(Tensor, Tensor)"/>
    public static Tensor Max(Tensor a, double b) => Max(a, Tensor.Number(b));

    /// <inheritdoc cref="Max(Tensor, Tensor)"/>
    public static Tensor Max(double a, Tensor b) => Max(Tensor.Number(a), b);

    /// <summary>The smaller of both; where they are equal, half of the gradient goes to each.</summary>
    /// <param name="a">[rows, channels], or a vector.</param>
    /// <param name="b">Channels that meet those of a.</param>
    /// <exception cref="LanguageException">The channels do not meet.</exception>
    public static Tensor Min(Tensor a, Tensor b) => Elementwise.Apply(Elementwise.Min, a, b);

    /// <inheritdoc cref="Min(Tensor, Tensor)"/>
    public static Tensor Min(Tensor a, double b) => Min(a, Tensor.Number(b));

    /// <inheritdoc cref="Min(Tensor, Tensor)"/>
    public static Tensor Min(double a, Tensor b) => Min(Tensor.Number(a), b);

    /// <summary>
    /// x, but at least <paramref name="low"/> and at most <paramref name="high"/>. The gradient is 1 between and on the bounds.
    /// </summary>
    /// <param name="x">[rows, channels], or a vector.</param>
    /// <param name="low">Lower bound.</param>
    /// <param name="high">Upper bound, at least the lower.</param>
    /// <exception cref="LanguageException">The bounds are the wrong way round, or not numbers.</exception>
    public static Tensor Clamp(Tensor x, double low, double high) => low <= high
        ? Elementwise.Apply(Elementwise.Clamp(low, high), x)
        : throw new LanguageException(
            $"Clamp needs a lower bound of at most the upper one, not {TensorText.Number(low)} and {TensorText.Number(high)}");
}
