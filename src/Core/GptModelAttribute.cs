using System.Diagnostics;

namespace MicroGpt;

/// <summary>
/// Turns a partial class into a compiled GPT: at compile time the generator writes its forward pass, its backward
/// pass and its parameter update, specialised to the numbers given here.
/// </summary>
/// <example><code>
/// [GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1)]
/// public sealed partial class NamesGpt;
/// </code></example>
/// <remarks>
/// The model has <c>2·V·C + B·C + 12·L·C²</c> parameters (V = vocabulary, C = embedding width, B = block size,
/// L = layers): no biases, no gains, nothing tied.
/// </remarks>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
[Conditional(SpecSymbol.Name)]
public sealed class GptModelAttribute : Attribute
{
    /// <summary>Number of tokens, the BOS token included. Token ids are 0 to <c>VocabSize - 1</c>.</summary>
    public int VocabSize { get; set; }

    /// <summary>Largest number of positions of one document (the context length).</summary>
    public int BlockSize { get; set; }

    /// <summary>Width of the residual stream: channels a position. A multiple of <see cref="NHead"/>.</summary>
    public int NEmbd { get; set; }

    /// <summary>Attention heads a layer; each works on <c>NEmbd / NHead</c> channels.</summary>
    public int NHead { get; set; }

    /// <summary>Transformer layers.</summary>
    public int NLayer { get; set; }

    /// <summary>Floating-point type of parameters and activations. Default: <see cref="Precision.Single"/>.</summary>
    public Precision Precision { get; set; } = Precision.Single;

    /// <summary>Update rule compiled into the training step. Default: <see cref="Optimizer.Sgd"/>.</summary>
    public Optimizer Optimizer { get; set; } = Optimizer.Sgd;

    /// <summary>Standard deviation of the normal distribution that parameters are drawn from. Default: 0.08.</summary>
    public double InitStd { get; set; } = 0.08;

    /// <summary>
    /// Order and names of the parameters, which is also the order in which they are drawn at random.
    /// Default: <see cref="ParameterOrder.HeadFirst"/>.
    /// </summary>
    public ParameterOrder ParameterOrder { get; set; } = ParameterOrder.HeadFirst;
}

/// <summary>
/// Turns a partial class into a compiled bigram MLP, <c>logits = fc2 · relu(fc1 · wte[token])</c>, with a hidden
/// width of four times <see cref="NEmbd"/> and no limit on the number of positions.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
[Conditional(SpecSymbol.Name)]
public sealed class MlpModelAttribute : Attribute
{
    /// <inheritdoc cref="GptModelAttribute.VocabSize"/>
    public int VocabSize { get; set; }

    /// <summary>Width of the token embedding, in channels.</summary>
    public int NEmbd { get; set; }

    /// <inheritdoc cref="GptModelAttribute.Precision"/>
    public Precision Precision { get; set; } = Precision.Single;

    /// <inheritdoc cref="GptModelAttribute.Optimizer"/>
    public Optimizer Optimizer { get; set; } = Optimizer.Sgd;

    /// <inheritdoc cref="GptModelAttribute.InitStd"/>
    public double InitStd { get; set; } = 0.08;
}

/// <summary>Floating-point type of a compiled model's parameters and activations.</summary>
public enum Precision
{
    /// <summary><see cref="float"/>: fast.</summary>
    Single = 0,

    /// <summary><see cref="double"/>: agrees with the reference to 1e-12.</summary>
    Double = 1,
}

/// <summary>Update rule that is compiled into a model's training step.</summary>
public enum Optimizer
{
    /// <summary>Stochastic gradient descent: <c>w ← w − lr·dw</c>.</summary>
    Sgd = 0,

    /// <summary>Adam (Kingma and Ba, 2015) with β₁ = 0.85, β₂ = 0.99, ε = 1e-8 outside the root, bias-corrected.</summary>
    Adam = 1,

    /// <summary>Heavy ball (Polyak, 1964) with μ = 0.9: <c>u ← μ·u + dw; w ← w − lr·u</c>.</summary>
    Momentum = 2,

    /// <summary>
    /// AdamW (Loshchilov and Hutter, 2019): Adam with the same constants, before which each weight of a matrix decays by <c>lr·λ</c>, λ =
    /// 0.01; vectors, gains and biases, do not.
    /// </summary>
    AdamW = 3,
}

/// <summary>Order and names of a GPT's parameters.</summary>
public enum ParameterOrder
{
    /// <summary><c>wte, wpe, lm_head</c>, then <c>layer{i}.attn_wq</c>, ... for each layer (steps 4 and 5 of the course).</summary>
    HeadFirst = 0,

    /// <summary>
    /// <c>wte, wpe</c>, the layers, <c>lm_head</c> last (step 3 of the course). With a single layer its parameters
    /// carry no <c>layer0.</c> prefix.
    /// </summary>
    HeadLast = 1,
}
