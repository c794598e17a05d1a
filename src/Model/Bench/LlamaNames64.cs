using static MicroGpt.Functions;

namespace MicroGpt.Bench;

/// <summary>Llama's architecture at the size of <see cref="Names64"/>.</summary>
[Model(VocabSize = 27, BlockSize = 16)]
public sealed partial class LlamaNames64
{
    private const int Width = 64;
    private const int Hidden = 176;
    private const int Heads = 4;
    private const int KeyHeads = 4;

    private readonly Parameter token = Matrix(27, Width);
    private readonly Layer[] layers = Layers<Layer>(1);
    private readonly Parameter gain = Vector(Width, 1);
    private readonly Parameter head = Matrix(27, Width);

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
