using static MicroGpt.Functions;

namespace MicroGpt.TestSpecs;

// Architectures of their own, checked against their text run eagerly.

/// <summary>Dropout of rows, of groups that are padded in memory, and of what is added to the residual stream.</summary>
[Model(VocabSize = 27, BlockSize = 16, Precision = Precision.Double)]
public sealed partial class Dropping
{
    private const int Width = 15, Heads = 3;

    // A name that the contract has, too.
    private const double Dropout = 0.2;

    private readonly Parameter wte = Matrix(27, Width), wpe = Matrix(16, Width), gain = Vector(Width / Heads, 1);
    private readonly Parameter wq = Matrix(Width, Width), wv = Matrix(Width, Width), head = Matrix(27, Width);

    public Tensor Forward(Tokens tokens)
    {
        Tensor x = Functions.Dropout(wte[tokens] + wpe[tokens.Positions], 0.1);
        Tensor q = Functions.Dropout(Linear(x, wq).Heads(Heads), Dropout) * gain;
        x += Functions.Dropout(Attention(q, Linear(x, wq), Linear(x, wv), tokens, Heads), Dropout);
        return Linear(RmsNorm(Functions.Dropout(x, 0)), head);
    }
}

/// <summary>The same calls in single precision, with the update of Adam.</summary>
[Model(VocabSize = 27, BlockSize = 16, Optimizer = Optimizer.Adam)]
public sealed partial class DroppingSingle
{
    private readonly Parameter wte = Matrix(27, 20), fc = Matrix(40, 20), proj = Matrix(20, 40), head = Matrix(27, 20);

    public Tensor Forward(Tokens tokens)
    {
        Tensor x = Dropout(wte[tokens], 0.3);
        return Linear(x + Dropout(Linear(Gelu(Linear(x, fc)), proj), 0.5), head);
    }
}

/// <summary>Sums over channels, which must not meet what is drawn for places that hold none.</summary>
[Model(VocabSize = 27, BlockSize = 16, Precision = Precision.Double)]
public sealed partial class DroppingMeans
{
    private readonly Parameter wte = Matrix(27, 11), gain = Vector(11, 1), bias = Vector(11), head = Matrix(27, 11);

    public Tensor Forward(Tokens tokens) => Linear(LayerNorm(Dropout(wte[tokens], 0.3), gain, bias), head);
}

/// <summary>An architecture that models derive from: rotary positions and a window, in documents of any length.</summary>
public class Windowed(int width, int heads, int window)
{
    private readonly Parameter wte = Matrix(27, width), wq = Matrix(width, width), wv = Matrix(width, width), head = Matrix(27, width);

    public Tensor Forward(Tokens tokens)
    {
        Tensor x = wte[tokens], q = Rope(Linear(RmsNorm(x), wq), tokens, heads);
        return Linear(x + Attention(q, q, Linear(x, wv), tokens, heads, window: window), head);
    }
}

/// <summary>Two heads, narrower than a panel.</summary>
[Model(VocabSize = 27, Precision = Precision.Double)]
public sealed partial class WindowedNarrow() : Windowed(width: 8, heads: 2, window: 5);

/// <summary>One head of several panels.</summary>
[Model(VocabSize = 27, Precision = Precision.Double)]
public sealed partial class WindowedWide() : Windowed(width: 24, heads: 1, window: 7);

/// <summary>Two layers that differ in their number of heads.</summary>
[Model(VocabSize = 27, BlockSize = 16, Precision = Precision.Double)]
public sealed partial class UnevenHeads
{
    private readonly Parameter wte = Matrix(27, 8), wq = Matrix(8, 8), wv = Matrix(8, 8), lm_head = Matrix(27, 8);

    public Tensor Forward(Tokens tokens)
    {
        Tensor x = wte[tokens];
        x += Attention(Linear(x, wq), x, Linear(x, wv), tokens, 4);
        x += Attention(Linear(x, wv), x, x, tokens, 2);
        return Linear(RmsNorm(x), lm_head);
    }
}
