using static MicroGpt.Functions;

namespace MicroGpt.Onnx.Tests;

/// <summary>Every function of one element, every reduction, and channels cut, joined and repeated with groups and without.</summary>
[Model(VocabSize = 8, BlockSize = 24)]
public sealed partial class EveryFunction
{
    private readonly Parameter wte = Matrix(8, 12), gain = Vector(4, 1), shift = Vector(12), one = Vector(1, 0.5), lm_head = Matrix(8, 31);

    public Tensor Forward(Tokens tokens)
    {
        Tensor x = wte[tokens], grouped = x.Heads(3);
        Tensor smooth = Exp(-Square(x)) + Log(1 + Square(x)) - Sqrt(1 + Abs(x)) * Tanh(x) / (1 + Sigmoid(x))
            + Erf(x) + Rsqrt(2 + Square(x));
        Tensor pieces = Relu(x) + Max(x, shift) - Min(x, 0.1) + Clamp(x, -0.2, 0.3) + Max(Exp(shift) + one, 1);
        Tensor reduced = grouped * gain + Largest(grouped) - Sum(grouped) + Mean(x) + Softmax(grouped) * one;
        Tensor parts = Concat(grouped[1..3], Detach(grouped)[..1], grouped - gain).Heads(1);
        return Linear(Concat(smooth + pieces.Heads(1)[^12..], LayerNorm(reduced).Heads(1)[2..5], shift[..2], parts[^13..], one), lm_head);
    }
}

/// <summary>Rotary positions in both orders, shared heads of keys, of one group and of several, windows of two lengths.</summary>
[Model(VocabSize = 9, BlockSize = 40)]
public sealed partial class Rotary
{
    private const int Width = 24;

    private readonly Parameter wte = Matrix(9, Width),
        w1 = Matrix(Width, Width), w2 = Matrix(2 * 6, Width), w3 = Matrix(2 * 5, Width), wo = Matrix(Width, 20);
    private readonly Parameter lm_head = Matrix(9, Width);

    public Tensor Forward(Tokens tokens)
    {
        Tensor x = wte[tokens];
        Tensor q = Rope(Linear(x, w1), tokens, 4, theta: 50), k = Rope(Linear(x, w2), tokens, 2, theta: 50);
        x += Linear(Attention(q, k, Linear(x, w3), tokens, 4, 2, window: 7, softcap: 3), wo);
        Tensor one = Rope(Dropout(x, 0.1), tokens, 1, interleaved: true);
        x += Attention(one, one, x, tokens, 1, scale: 0.1, window: 3);
        Tensor pairs = Rope(x, tokens, 6, interleaved: true);
        return Linear(x + Attention(pairs, pairs, x, tokens, 6), lm_head);
    }
}
