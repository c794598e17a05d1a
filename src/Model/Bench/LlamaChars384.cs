using static MicroGpt.Functions;

namespace MicroGpt.Bench;

/// <summary>Llama's architecture at the size of <see cref="Chars384"/>.</summary>
[Model(VocabSize = 65, BlockSize = 256)]
public sealed partial class LlamaChars384
{
    private const int Width = 384;
    private const int Hidden = 1024;
    private const int Heads = 6;
    private const int KeyHeads = 6;

    private readonly Parameter token = Matrix(65, Width);
    private readonly Layer[] layers = Layers<Layer>(6);
    private readonly Parameter gain = Vector(Width, 1);
    private readonly Parameter head = Matrix(65, Width);

    public Tensor Forward(Tokens tokens)
    {
        Tensor x = token[tokens];
        foreach (Layer layer in layers)
        {
            x = layer.Forward(x, tokens);
        }

        return Linear(RmsNorm(x, gain), head);
    }

    private sealed class Layer
    {
        private readonly Parameter gain1 = Vector(Width, 1), gain2 = Vector(Width, 1);
        private readonly Parameter query = Matrix(Width, Width), mix = Matrix(Width, Width);
        private readonly Parameter key = Matrix(Width / Heads * KeyHeads, Width), value = Matrix(Width / Heads * KeyHeads, Width);
        private readonly Parameter gate = Matrix(Hidden, Width), up = Matrix(Hidden, Width), down = Matrix(Width, Hidden);

        public Tensor Forward(Tensor x, Tokens tokens)
        {
            Tensor n = RmsNorm(x, gain1);
            Tensor q = Rope(Linear(n, query), tokens, Heads);
            Tensor k = Rope(Linear(n, key), tokens, KeyHeads);
            x += Linear(Attention(q, k, Linear(n, value), tokens, Heads, KeyHeads), mix);
            Tensor m = RmsNorm(x, gain2);
            return x + Linear(Silu(Linear(m, gate)) * Linear(m, up), down);
        }
    }
}
