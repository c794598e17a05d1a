using System.Numerics;

namespace MicroGpt.Runtime;

/// <summary>A head whose weights are asked for.</summary>
/// <param name="FirstChannel">Its first channel in memory, of the queries as of the keys.</param>
/// <param name="Size">Its channels.</param>
/// <param name="Scale">Factor of the product of a query and a key.</param>
public readonly record struct AttentionHead(int FirstChannel, int Size, double Scale)
{
    /// <summary>Positions that a row sees, its own included; 0 for all up to its own.</summary>
    public int Window { get; init; }

    /// <summary>c where scores s become c tanh(s / c); 0 for none.</summary>
    public double Softcap { get; init; }
}

/// <summary>
/// The weights of attention, computed from queries and keys where training has kept none: for whoever looks at a model, not for speed.
/// </summary>
public static unsafe class AttentionWeights
{
    /// <summary>The weights of all rows of a batch for one head, a row each: those of its own document up to itself, and zeros.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="queries">[rows, channels] in panels of a cache line.</param>
    /// <param name="keys">[rows, channels] in panels of a cache line.</param>
    /// <param name="panelRows">Rows of a panel.</param>
    /// <param name="head">The head.</param>
    /// <param name="batch">The rows' places in their documents.</param>
    /// <param name="columns">Weights a row of the result, in the order of the positions.</param>
    /// <param name="destination">[rows, columns].</param>
    public static void Compute<T>(
        T* queries, T* keys, nint panelRows, AttentionHead head, PackedRows batch, int columns, Span<double> destination)
        where T : unmanaged, INumberBase<T>
    {
        ArgumentNullException.ThrowIfNull(batch);
        for (int row = 0; row < batch.Rows; row++)
        {
            Span<double> weights = destination.Slice(row * columns, columns);
            weights.Clear();
            int position = batch.Positions[row];
            int first = head.Window == 0 ? 0 : Math.Max(0, position - head.Window + 1);
            Span<double> seen = weights[first..(position + 1)];
            for (int s = 0; s < seen.Length; s++)
            {
                seen[s] = Score(queries, row, keys, row - position + first + s, panelRows, head);
            }

            Softmax(seen);
        }
    }

    private static double Score<T>(T* queries, int query, T* keys, int key, nint panelRows, AttentionHead head)
        where T : unmanaged, INumberBase<T>
    {
        int width = 64 / sizeof(T);
        double product = 0.0;
        for (int c = head.FirstChannel; c < head.FirstChannel + head.Size; c++)
        {
            nint panel = (c / width) * panelRows * width;
            product += double.CreateChecked(queries[panel + ((nint)query * width) + (c % width)])
                * double.CreateChecked(keys[panel + ((nint)key * width) + (c % width)]);
        }

        double score = product * head.Scale;
        return head.Softcap == 0 ? score : head.Softcap * Math.Tanh(score / head.Softcap);
    }

    private static void Softmax(Span<double> scores)
    {
        double largest = double.NegativeInfinity;
        foreach (double score in scores)
        {
            largest = Math.Max(largest, score);
        }

        double sum = 0.0;
        foreach (ref double score in scores)
        {
            sum += score = Math.Exp(score - largest);
        }

        foreach (ref double weight in scores)
        {
            weight /= sum;
        }
    }
}
