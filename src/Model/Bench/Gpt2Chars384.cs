using static MicroGpt.Functions;

namespace MicroGpt.Bench;

/// <summary>GPT-2's architecture at the size of <see cref="Chars384"/>.</summary>
[Model(VocabSize = 65, BlockSize = 256)]
public sealed partial class Gpt2Chars384
{
    private const int Width = 384;
    private const int Heads = 6;

    private readonly Parameter token = Matrix(65, Width);
    private readonly Parameter position = Matrix(256, Width);
    private readonly Layer[] layers = Layers<Layer>(6);
    private readonly Parameter gain = Vector(Width, 1);
    private readonly Parameter shift = Vector(Width);

    public Tensor Forward(Tokens tokens)
    {
        Tensor x = token[tokens] + position[tokens.Positions];
        foreach (Layer layer in layers)
        {
            x = layer.Forward(x, tokens);
        }

        return Linear(LayerNorm(x, gain, shift), token);
    }

    private sealed class Layer
    {
        private readonly Parameter gain1 = Vector(Width, 1), shift1 = Vector(Width), gain2 = Vector(Width, 1), shift2 = Vector(Width);
        private readonly Parameter qkv = Matrix(3 * Width, Width), qkv_bias = Vector(3 * Width);
        private readonly Parameter mix = Matrix(Width, Width), mix_bias = Vector(Width);
        private readonly Parameter up = Matrix(4 * Width, Width), up_bias = Vector(4 * Width);
        private readonly Parameter down = Matrix(Width, 4 * Width), down_bias = Vector(Width);

        public Tensor Forward(Tensor x, Tokens tokens)
        {
            Tensor all = Linear(LayerNorm(x, gain1, shift1), qkv, qkv_bias);
            Tensor heard = Attention(all[..Width], all[Width..(2 * Width)], all[(2 * Width)..], tokens, Heads);
            x += Linear(heard, mix, mix_bias);
            return x + Linear(GeluTanh(Linear(LayerNorm(x, gain2, shift2), up, up_bias)), down, down_bias);
        }
    }
}
