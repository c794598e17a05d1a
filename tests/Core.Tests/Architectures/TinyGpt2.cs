namespace MicroGpt.Core.Tests.Architectures;

/// <summary>
/// GPT-2 (Radford et al., 2019) in small: LayerNorm before each part, biases, q, k and v of one product, GELU by tanh, and a head
/// that is the table of tokens.
/// </summary>
internal sealed class TinyGpt2(int width, int heads, int layers)
{
    private readonly Parameter wte = Matrix(27, width), wpe = Matrix(16, width);
    private readonly Block[] h = Layers(layers, _ => new Block(width, heads));
    private readonly Parameter ln_f_weight = Vector(width, 1), ln_f_bias = Vector(width);

    public Tensor Forward(Tokens tokens)
    {
        Tensor x = wte[tokens] + wpe[tokens.Positions];
        for (int i = 0; i < h.Length; i++)
        {
            x = h[i].Forward(x, tokens);
        }

        return Linear(LayerNorm(x, ln_f_weight, ln_f_bias), wte);
    }

    private sealed class Block(int width, int heads)
    {
        private readonly Parameter ln_1_weight = Vector(width, 1), ln_1_bias = Vector(width);
        private readonly Parameter attn_weight = Matrix(3 * width, width), attn_bias = Vector(3 * width);
        private readonly Parameter attn_proj_weight = Matrix(width, width), attn_proj_bias = Vector(width);
        private readonly Parameter ln_2_weight = Vector(width, 1), ln_2_bias = Vector(width);
        private readonly Parameter mlp_weight = Matrix(4 * width, width), mlp_bias = Vector(4 * width);
        private readonly Parameter mlp_proj_weight = Matrix(width, 4 * width), mlp_proj_bias = Vector(width);

        public Tensor Forward(Tensor x, Tokens tokens)
        {
            Tensor qkv = Linear(LayerNorm(x, ln_1_weight, ln_1_bias), attn_weight, attn_bias);
            Tensor y = Attention(qkv[..width], qkv[width..(2 * width)], qkv[(2 * width)..], tokens, heads);
            Tensor mid = x + Linear(y, attn_proj_weight, attn_proj_bias);
            Tensor hidden = GeluTanh(Linear(LayerNorm(mid, ln_2_weight, ln_2_bias), mlp_weight, mlp_bias));
            return mid + Linear(hidden, mlp_proj_weight, mlp_proj_bias);
        }
    }
}
