using static MicroGpt.Functions;

namespace MicroGpt.Bench;

/// <summary>Llama: RMSNorm with gain, rotary positions, SwiGLU, no biases, as many heads of keys as of queries.</summary>
/// <param name="vocabulary">Tokens.</param>
/// <param name="width">Channels of the residual stream.</param>
/// <param name="heads">Heads a layer.</param>
/// <param name="hidden">Channels between the products of a layer's gates.</param>
/// <param name="layers">Layers.</param>
public abstract class Llama(int vocabulary, int width, int heads, int hidden, int layers)
{
    private readonly Parameter token = Matrix(vocabulary, width);
    private readonly Layer[] layer = Layers(layers, _ => new Layer(width, heads, hidden));
    private readonly Parameter gain = Vector(width, 1);
    private readonly Parameter head = Matrix(vocabulary, width);

    /// <summary>The forward pass.</summary>
    public Tensor Forward(Tokens tokens)
    {
        Tensor x = token[tokens];
        foreach (Layer each in layer)
        {
            x = each.Forward(x, tokens);
        }

        return Linear(RmsNorm(x, gain), head);
    }

    private sealed class Layer(int width, int heads, int hidden)
    {
        private readonly Parameter gain1 = Vector(width, 1), gain2 = Vector(width, 1);
        private readonly Parameter query = Matrix(width, width),
            key = Matrix(width, width), value = Matrix(width, width), mix = Matrix(width, width);
        private readonly Parameter gate = Matrix(hidden, width), up = Matrix(hidden, width), down = Matrix(width, hidden);

        public Tensor Forward(Tensor x, Tokens tokens)
        {
            Tensor n = RmsNorm(x, gain1);
            Tensor q = Rope(Linear(n, query), tokens, heads), k = Rope(Linear(n, key), tokens, heads);
            x += Linear(Attention(q, k, Linear(n, value), tokens, heads), mix);
            Tensor m = RmsNorm(x, gain2);
            return x + Linear(Silu(Linear(m, gate)) * Linear(m, up), down);
        }
    }
}
