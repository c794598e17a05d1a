using System.Diagnostics;

namespace MicroGpt;

/// <summary>
/// Turns a partial class with a method <c>public Tensor Forward(Tokens tokens)</c> into a compiled model: at compile time the
/// generator reads that method and writes the forward pass, the backward pass, the parameter update and the decoder from it.
/// </summary>
/// <remarks>
/// <c>Forward</c> returns logits, [rows, <see cref="VocabSize"/>]; the loss is the cross-entropy with the next token. Parameters are
/// fields, made by <see cref="Functions.Matrix"/> and <see cref="Functions.Vector"/>. The class may inherit both from a base class
/// without the attribute.
/// </remarks>
/// <example><code>
/// [Model(VocabSize = 27)]
/// public sealed partial class Bigram
/// {
///     private readonly Parameter wte = Matrix(27, 16), lm_head = Matrix(27, 16);
///
///     public Tensor Forward(Tokens tokens) => Linear(Relu(wte[tokens]), lm_head);
/// }
/// </code></example>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
[Conditional(SpecSymbol.Name)]
public sealed class ModelAttribute : Attribute
{
    /// <inheritdoc cref="GptModelAttribute.VocabSize"/>
    public int VocabSize { get; set; }

    /// <summary>Largest number of positions of one document (the context length); 0, the default, sets no limit.</summary>
    public int BlockSize { get; set; }

    /// <inheritdoc cref="GptModelAttribute.Precision"/>
    public Precision Precision { get; set; } = Precision.Single;

    /// <inheritdoc cref="GptModelAttribute.Optimizer"/>
    public Optimizer Optimizer { get; set; } = Optimizer.Sgd;

    /// <summary>
    /// Standard deviation of the normal distribution that matrices are drawn from, unless they say otherwise. Default: 0.08.
    /// </summary>
    public double InitStd { get; set; } = 0.08;
}
