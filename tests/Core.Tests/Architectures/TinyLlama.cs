namespace MicroGpt.Core.Tests.Architectures;

/// <summary>
/// Llama 2 (Touvron et al., 2023) in small: RMSNorm with a gain, rotary positions, fewer key heads than query heads, SwiGLU.
/// </summary>
internal sealed class TinyLlama(int width, int heads, int keyHeads, int hidden, int layers)
{
    private readonly Parameter embedding = Matrix(27, width);
    private readonly Block[] blocks = Layers(layers, _ => new Block(width, heads, keyHeads, hidden));
    private readonly Parameter norm = Vector(width, 1), output = Matrix(27, width);

    public Tensor Forward(Tokens tokens)
    {
        Tensor x = embedding[tokens];
        foreach (Block block in blocks)
        {
            x = block.Forward(x, tokens);
        }

        return Linear(RmsNorm(x, norm), output);
    }

    private sealed class Block(int width, int heads, int keyHeads, int hidden)
    {
        private readonly Parameter attention_norm = Vector(width, 1), wq = Matrix(width, width);
        private readonly Parameter wk = Matrix(width / heads * keyHeads, width), wv = Matrix(width / heads * keyHeads, width);
        private readonly Parameter wo = Matrix(width, width), ffn_norm = Vector(width, 1);
        private readonly Parameter gate = Matrix(hidden, width), up = Matrix(hidden, width), down = Matrix(width, hidden);

        public Tensor Forward(Tensor x, Tokens tokens)
        {
            Tensor n = RmsNorm(x, attention_norm);
            Tensor q = Rope(Linear(n, wq), tokens, heads), k = Rope(Linear(n, wk), tokens, keyHeads);
            Tensor mid = x + Linear(Attention(q, k, Linear(n, wv), tokens, heads, keyHeads), wo);
            Tensor m = RmsNorm(mid, ffn_norm);
            return mid + Linear(Silu(Linear(m, gate)) * Linear(m, up), down);
        }
    }
}
