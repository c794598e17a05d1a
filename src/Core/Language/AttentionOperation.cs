namespace MicroGpt;

/// <summary>
/// Causal multi-head attention within each document (Vaswani et al., 2017), several query heads sharing a key head where there are
/// fewer of these (Ainslie et al., 2023), over a window and with capped scores where that is asked for. Written as its formulas.
/// </summary>
internal sealed class AttentionOperation
{
    private readonly Tensor _q, _k, _v;
    private readonly ForwardPass _pass;
    private readonly double _scale;
    private readonly int? _window;
    private readonly double? _softcap;

    // For each row and head, the weights of the keys that it sees, from the first on.
    private readonly double[][] _weights;

    private AttentionOperation(Tensor q, Tensor k, Tensor v, ForwardPass pass, double? scale, int? window, double? softcap)
    {
        (_q, _k, _v, _pass, _window, _softcap) = (q, k, v, pass, window, softcap);
        _scale = scale ?? 1 / Math.Sqrt(q.Axis.Size);
        _weights = new double[pass.Rows * q.Axis.Groups][];
    }

    private int Heads => _q.Axis.Groups;

    /// <summary>Query heads for each key head.</summary>
    private int Shared => Heads / _k.Axis.Groups;

    /// <param name="q">[rows, heads·d]</param>
    /// <param name="k">[rows, key heads·d]</param>
    /// <param name="v">[rows, key heads·e]</param>
    /// <param name="pass">The run that they belong to.</param>
    /// <param name="scale">Factor of q·k; 1 / √d unless given.</param>
    /// <param name="window">Each row sees the last so many positions, its own included.</param>
    /// <param name="softcap">c where scores s become c tanh(s / c).</param>
    /// <returns>[rows, heads·e], ungrouped</returns>
    public static Tensor Apply(Tensor q, Tensor k, Tensor v, ForwardPass pass, double? scale, int? window, double? softcap)
    {
        var operation = new AttentionOperation(q, k, v, pass, scale, window, softcap);
        var y = new Tensor(pass, isVector: false, new Axis(1, q.Axis.Groups * v.Axis.Size), operation.Forward(), "Attention")
        {
            NeedsGradient = q.NeedsGradient || k.NeedsGradient || v.NeedsGradient,
        };
        y.Backpropagate = !y.NeedsGradient ? null : () => operation.Backward(y.Gradient!);
        return y;
    }

    private double[] Forward()
    {
        double[] y = new double[_pass.Rows * Heads * _v.Axis.Size];
        for (int t = 0; t < _pass.Rows; t++)
        {
            for (int h = 0; h < Heads; h++)
            {
                int first = FirstKey(t);
                double[] weights = _weights[(t * Heads) + h] = Softmax(t, h, first);
                for (int s = first; s <= t; s++)
                {
                    RowOperations.AddMultiple(weights[s - first], Head(_v, _v.Values, s, h / Shared), Result(y, t, h));
                }
            }
        }

        return y;
    }

    private double[] Softmax(int t, int h, int first)
    {
        double[] weights = new double[t - first + 1];
        for (int s = first; s <= t; s++)
        {
            double score = Score(t, s, h);
            weights[s - first] = _softcap is { } cap ? cap * Math.Tanh(score / cap) : score;
        }

        double largest = weights.Max();
        double sum = 0.0;
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = Math.Exp(weights[i] - largest);
            sum += weights[i];
        }

        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] /= sum;
        }

        return weights;
    }

    // With dp[s] = dy·v[s] and ds = p (dp − Σ p dp), and where scores are capped further times 1 − tanh²(s / c):
    // dq = scale Σ ds k[s], dk[s] = scale Σ ds q, dv[s] = Σ p dy.
    private void Backward(double[] dy)
    {
        double[] dq = _q.AddressGradient(), dk = _k.AddressGradient(), dv = _v.AddressGradient();
        for (int t = 0; t < _pass.Rows; t++)
        {
            for (int h = 0; h < Heads; h++)
            {
                double[] weights = _weights[(t * Heads) + h];
                int first = FirstKey(t), keyHead = h / Shared;
                double[] gradients = new double[weights.Length];
                double mean = 0.0;
                for (int i = 0; i < weights.Length; i++)
                {
                    gradients[i] = RowOperations.Dot(Result(dy, t, h), Head(_v, _v.Values, first + i, keyHead));
                    mean += weights[i] * gradients[i];
                }

                for (int i = 0; i < weights.Length; i++)
                {
                    int s = first + i;
                    double ds = weights[i] * (gradients[i] - mean) * _scale;
                    if (_softcap is { } cap)
                    {
                        double capped = Math.Tanh(Score(t, s, h) / cap);
                        ds *= 1 - (capped * capped);
                    }

                    RowOperations.AddMultiple(ds, Head(_k, _k.Values, s, keyHead), Head(_q, dq, t, h));
                    RowOperations.AddMultiple(ds, Head(_q, _q.Values, t, h), Head(_k, dk, s, keyHead));
                    RowOperations.AddMultiple(weights[i], Result(dy, t, h), Head(_v, dv, s, keyHead));
                }
            }
        }
    }

    private double Score(int t, int s, int h) =>
        _scale * RowOperations.Dot(Head(_q, _q.Values, t, h), Head(_k, _k.Values, s, h / Shared));

    /// <summary>The first row that a row sees.</summary>
    private int FirstKey(int t) => t - Math.Min(_pass.Positions[t], (_window ?? int.MaxValue) - 1);

    private static Span<double> Head(Tensor tensor, double[] values, int row, int head) =>
        values.AsSpan((row * tensor.Axis.Count) + (head * tensor.Axis.Size), tensor.Axis.Size);

    private Span<double> Result(double[] values, int row, int head) =>
        values.AsSpan(((row * Heads) + head) * _v.Axis.Size, _v.Axis.Size);
}
