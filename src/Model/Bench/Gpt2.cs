using static MicroGpt.Functions;

namespace MicroGpt.Bench;

/// <summary>
/// GPT-2: LayerNorm with gain and shift, biases everywhere, q, k and v as one product, GELU, the table of tokens read again for the logits.
/// </summary>
/// <param name="vocabulary">Tokens.</param>
/// <param name="positions">Most positions of a document.</param>
/// <param name="width">Channels of the residual stream.</param>
/// <param name="heads">Heads a layer.</param>
/// <param name="layers">Layers.</param>
public abstract class Gpt2(int vocabulary, int positions, int width, int heads, int layers)
{
    private readonly Parameter token = Matrix(vocabulary, width);
    private readonly Parameter position = Matrix(positions, width);
    private readonly Layer[] layer = Layers(layers, _ => new Layer(width, heads));
    private readonly Parameter gain = Vector(width, 1);
    private readonly Parameter shift = Vector(width);

    /// <summary>The forward pass.</summary>
    public Tensor Forward(Tokens tokens)
    {
        Tensor x = token[tokens] + position[tokens.Positions];
        foreach (Layer each in layer)
        {
            x = each.Forward(x, tokens);
        }

        return Linear(LayerNorm(x, gain, shift), token);
    }

    private sealed class Layer(int width, int heads)
    {
        private readonly Parameter gain1 = Vector(width, 1), shift1 = Vector(width), gain2 = Vector(width, 1), shift2 = Vector(width);
        private readonly Parameter qkv = Matrix(3 * width, width), qkv_bias = Vector(3 * width);
        private readonly Parameter mix = Matrix(width, width), mix_bias = Vector(width);
        private readonly Parameter up = Matrix(4 * width, width), up_bias = Vector(4 * width);
        private readonly Parameter down = Matrix(width, 4 * width), down_bias = Vector(width);

        public Tensor Forward(Tensor x, Tokens tokens)
        {
            Tensor all = Linear(LayerNorm(x, gain1, shift1), qkv, qkv_bias);
            Tensor heard = Attention(all[..width], all[width..(2 * width)], all[(2 * width)..], tokens, heads);
            x += Linear(heard, mix, mix_bias);
            return x + Linear(GeluTanh(Linear(LayerNorm(x, gain2, shift2), up, up_bias)), down, down_bias);
        }
    }
}
