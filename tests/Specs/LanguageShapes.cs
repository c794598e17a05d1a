using static MicroGpt.Functions;

namespace MicroGpt.TestSpecs;

// Architectures written in the language, as small as they can be and of widths that are awkward for vector code. Their reference is their
// own text, run eagerly. The last parameters before the logits are called lm_head, or ln_f where the table of tokens is read again.

/// <summary>GPT-2: LayerNorm with gain and bias, biases everywhere, q, k and v as one product, GELU, a tied head.</summary>
public abstract class Gpt2Like(int width, int heads, int layers)
{
    private readonly Parameter wte = Matrix(11, width), wpe = Matrix(9, width);
    private readonly Block[] h = Layers(layers, _ => new Block(width, heads));
    private readonly Norm ln_f = new(width);

    public Tensor Forward(Tokens tokens)
    {
        Tensor x = wte[tokens] + wpe[tokens.Positions];
        foreach (Block block in h)
        {
            x = block.Forward(x, tokens);
        }

        return Linear(ln_f.Forward(x), wte);
    }

    private sealed class Norm(int width)
    {
        private readonly Parameter gain = Vector(width, 1), bias = Vector(width);

        public Tensor Forward(Tensor x) => LayerNorm(x, gain, bias);
    }

    private sealed class Dense(int inputs, int outputs)
    {
        private readonly Parameter weight = Matrix(outputs, inputs), bias = Vector(outputs);

        public Tensor Forward(Tensor x) => Linear(x, weight, bias);
    }

    private sealed class Block(int width, int heads)
    {
        private readonly Norm ln_1 = new(width), ln_2 = new(width);
        private readonly Dense c_attn = new(width, 3 * width),
            c_proj = new(width, width), c_fc = new(width, 4 * width), c_out = new(4 * width, width);

        public Tensor Forward(Tensor x, Tokens tokens)
        {
            Tensor qkv = c_attn.Forward(ln_1.Forward(x));
            x += c_proj.Forward(Attention(qkv[..width], qkv[width..(2 * width)], qkv[(2 * width)..], tokens, heads));
            return x + c_out.Forward(Gelu(c_fc.Forward(ln_2.Forward(x))));
        }
    }
}

/// <summary>Heads of five, so that no part of q, k and v begins where a vector does.</summary>
[Model(VocabSize = 11, BlockSize = 9, Precision = Precision.Double)]
public sealed partial class Gpt2HeadsOfFive() : Gpt2Like(width: 15, heads: 3, layers: 2);

[Model(VocabSize = 11, BlockSize = 9)]
public sealed partial class Gpt2HeadsOfFiveSingle() : Gpt2Like(width: 15, heads: 3, layers: 2);

/// <summary>One head of a prime width, a document of one position, Adam.</summary>
[Model(VocabSize = 11, BlockSize = 1, Precision = Precision.Double, Optimizer = Optimizer.Adam)]
public sealed partial class Gpt2OnePosition() : Gpt2Like(width: 7, heads: 1, layers: 1);

/// <summary>Llama: RMSNorm with a gain, rotary positions, fewer key heads than query heads, SwiGLU.</summary>
public abstract class LlamaLike(int width, int heads, int keyHeads, int head, int hidden, int layers)
{
    private readonly Parameter tok_embeddings = Matrix(13, width, name: "tok_embeddings.weight");
    private readonly Block[] layers = Layers(layers, _ => new Block(width, heads, keyHeads, head, hidden));
    private readonly Parameter norm = Vector(width, 1, name: "norm.weight"), lm_head = Matrix(13, width);

    public Tensor Forward(Tokens tokens)
    {
        Tensor x = tok_embeddings[tokens];
        foreach (Block layer in layers)
        {
            x = layer.Forward(x, tokens);
        }

        return Linear(RmsNorm(x, norm), lm_head);
    }

    private sealed class Block(int width, int heads, int keyHeads, int head, int hidden)
    {
        private readonly Parameter attention_norm = Vector(width, 1), wq = Matrix(heads * head, width), wk = Matrix(keyHeads * head, width);
        private readonly Parameter wv = Matrix(keyHeads * head, width), wo = Matrix(width, heads * head);
        private readonly Parameter ffn_norm = Vector(width, 1),
            w1 = Matrix(hidden, width), w2 = Matrix(width, hidden), w3 = Matrix(hidden, width);

        public Tensor Forward(Tensor x, Tokens tokens)
        {
            Tensor n = RmsNorm(x, attention_norm);
            Tensor q = Rope(Linear(n, wq), tokens, heads, theta: 100), k = Rope(Linear(n, wk), tokens, keyHeads, theta: 100);
            x += Linear(Attention(q, k, Linear(n, wv), tokens, heads, keyHeads), wo);
            Tensor m = RmsNorm(x, ffn_norm);
            return x + Linear(Silu(Linear(m, w1)) * Linear(m, w3), w2);
        }
    }
}

/// <summary>Heads of six, which together are wider than the residual stream; two query heads for each key head.</summary>
[Model(VocabSize = 13, BlockSize = 10, Precision = Precision.Double)]
public sealed partial class LlamaHeadsOfSix() : LlamaLike(width: 19, heads: 4, keyHeads: 2, head: 6, hidden: 29, layers: 2);

/// <summary>Heads wider than a panel, more keys than a panel of positions has, Adam.</summary>
[Model(VocabSize = 13, BlockSize = 21, Precision = Precision.Double, Optimizer = Optimizer.Adam)]
public sealed partial class LlamaWideHeads() : LlamaLike(width: 17, heads: 2, keyHeads: 1, head: 18, hidden: 11, layers: 1);

[Model(VocabSize = 13, BlockSize = 21, Optimizer = Optimizer.Adam)]
public sealed partial class LlamaWideHeadsSingle() : LlamaLike(width: 17, heads: 2, keyHeads: 1, head: 18, hidden: 11, layers: 1);

/// <summary>
/// What speed runs do: norms of q and k by heads, a window, capped scores and logits, squared ReLU, weighed skips from the embedding.
/// </summary>
[Model(VocabSize = 10, BlockSize = 12, Precision = Precision.Double)]
public sealed partial class SpeedRun
{
    private const int Width = 21, Heads = 3, Size = 7;

    private readonly Parameter wte = Matrix(10, Width), wpe = Matrix(12, Width), lm_head = Matrix(10, Width, std: 0);
    private readonly Block first = new(), second = new();

    public Tensor Forward(Tokens tokens)
    {
        Tensor x0 = RmsNorm(wte[tokens] + wpe[tokens.Positions]);
        Tensor x = second.Forward(first.Forward(x0, x0, tokens), x0, tokens);
        return 15 * Tanh(Linear(RmsNorm(x), lm_head) / 15);
    }

    private sealed class Block
    {
        private readonly Parameter mix = Vector(1, 0.9), skip = Vector(Width, 0.1), gain = Vector(Size, 1);
        private readonly Parameter wq = Matrix(Width, Width),
            wk = Matrix(Width, Width), wv = Matrix(Width, Width), wo = Matrix(Width, Width);
        private readonly Parameter fc1 = Matrix(4 * Width, Width), fc2 = Matrix(Width, 4 * Width);

        public Tensor Forward(Tensor x, Tensor x0, Tokens tokens)
        {
            x = mix * x + skip * x0;
            Tensor n = RmsNorm(x);
            Tensor q = RmsNorm(Linear(n, wq).Heads(Heads), gain), k = RmsNorm(Linear(n, wk).Heads(Heads), gain);
            x += Linear(Attention(q, k, Linear(n, wv), tokens, Heads, scale: 0.5, window: 5, softcap: 2), wo);
            return x + Linear(Square(Relu(Linear(RmsNorm(x), fc1))), fc2);
        }
    }
}

/// <summary>
/// Attention and MLP side by side, all query heads with one head of keys of two channels, values of another size; the second layer has
/// fewer heads than the first.
/// </summary>
[Model(VocabSize = 6, BlockSize = 35, Precision = Precision.Double)]
public sealed partial class ParallelBlocks
{
    private const int Width = 14, Size = 2, Values = 3;

    private readonly Parameter wte = Matrix(6, Width), lm_head = Matrix(6, Width);
    private readonly Block[] layers = Layers(2, layer => new Block(layer == 0 ? 7 : 2));

    public Tensor Forward(Tokens tokens)
    {
        Tensor x = wte[tokens];
        foreach (Block layer in layers)
        {
            x += layer.Forward(LayerNorm(x), tokens);
        }

        return Linear(LayerNorm(x), lm_head);
    }

    private sealed class Block(int heads)
    {
        private readonly Parameter wq = Matrix(heads * Size, Width), wk = Matrix(Size, Width), wv = Matrix(Values, Width);
        private readonly Parameter wo = Matrix(Width, heads * Values),
            fc1 = Matrix(33, Width), fc2 = Matrix(Width, 33), bias = Vector(Width);

        public Tensor Forward(Tensor n, Tokens tokens)
        {
            Tensor q = Rope(Linear(n, wq), tokens, heads, interleaved: true), k = Rope(Linear(n, wk), tokens, 1, interleaved: true);
            Tensor y = Attention(q, k, Linear(n, wv), tokens, heads, keyHeads: 1);
            return Linear(y, wo) + Linear(GeluTanh(Linear(n, fc1)), fc2, bias);
        }
    }
}

/// <summary>
/// No attention, no limit of positions: gates, concatenation, division, softmax over channels, a weight that is read twice.
/// </summary>
[Model(VocabSize = 9, Precision = Precision.Double)]
public sealed partial class WithoutAttention
{
    private const int Width = 5;

    private readonly Parameter wte = Matrix(9, Width),
        gate = Matrix(Width, Width), up = Matrix(17, Width), mix = Matrix(Width, Width + 17 + 1);
    private readonly Parameter temper = Vector(17, 1.5, std: 0.1), lm_head = Matrix(9, Width);

    public Tensor Forward(Tokens tokens)
    {
        Tensor x = wte[tokens];
        Tensor g = Sigmoid(Linear(x, gate)), mean = Mean(x);
        Tensor shares = Softmax(Linear(g * x, up) / (1 + Square(temper)));
        Tensor h = Linear(Concat(x - mean, shares, mean), mix) / (1 + Abs(x));
        return Linear(h + Sigmoid(Linear(h, gate)) * Max(h, -0.5), lm_head);
    }
}
