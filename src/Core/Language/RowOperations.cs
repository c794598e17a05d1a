using MicroGpt.Numerics;

namespace MicroGpt;

/// <summary>What works on rows: reading a table, products with a matrix, rotary positions, dropout, the loss.</summary>
internal static class RowOperations
{
    /// <summary>y[t] = table[index[t]]</summary>
    public static Tensor Embed(Parameter table, ForwardPass pass, int[] indices)
    {
        _ = CommonWith(pass, table);
        int width = table.Axis.Count;
        double[] values = new double[indices.Length * width];
        for (int t = 0; t < indices.Length; t++)
        {
            table.Values.AsSpan(indices[t] * width, width).CopyTo(values.AsSpan(t * width));
        }

        var y = new Tensor(pass, isVector: false, table.Axis, values, $"reading {table.Name}") { NeedsGradient = true };
        y.Backpropagate = () =>
        {
            double[] gradient = table.AddressGradient();
            for (int i = 0; i < values.Length; i++)
            {
                gradient[(indices[i / width] * width) + (i % width)] += y.Gradient![i];
            }
        };
        return y;
    }

    /// <summary>y[t] = x[t] Wᵀ with W as [out, in]</summary>
    public static Tensor Linear(Tensor tensor, Parameter parameter)
    {
        var w = parameter.Matrix("Linear needs a matrix");
        var x = tensor.Operand();
        int inner = w.Axis.Count, outer = w.StoredRows;
        if (inner != x.Channels)
        {
            throw new LanguageException($"{w} takes {inner} channels, but {x} has {x.Channels}");
        }

        RequireRows(x, "Linear");
        var pass = ForwardPass.Common(x, w)!;
        double[] values = new double[pass.Rows * outer];
        for (int t = 0; t < pass.Rows; t++)
        {
            for (int o = 0; o < outer; o++)
            {
                values[(t * outer) + o] = Dot(x.Values.AsSpan(t * inner, inner), w.Values.AsSpan(o * inner, inner));
            }
        }

        var y = new Tensor(pass, isVector: false, new Axis(1, outer), values, $"Linear by {w.Name}") { NeedsGradient = true };
        y.Backpropagate = () =>
        {
            double[] dw = w.AddressGradient();
            for (int t = 0; t < pass.Rows; t++)
            {
                for (int o = 0; o < outer; o++)
                {
                    double dy = y.Gradient![(t * outer) + o];
                    AddMultiple(dy, x.Values.AsSpan(t * inner, inner), dw.AsSpan(o * inner, inner));
                    if (x.NeedsGradient)
                    {
                        AddMultiple(dy, w.Values.AsSpan(o * inner, inner), x.AddressGradient().AsSpan(t * inner, inner));
                    }
                }
            }
        };
        return y;
    }

    /// <summary>
    /// In each head of d channels, pair i turned by position · θ^(−2i / d) (Su et al., 2021). The gradient is turned back.
    /// </summary>
    public static Tensor Rope(Tensor tensor, Tokens tokens, int heads, double theta, bool interleaved)
    {
        RequireRows(tensor, "Rope");
        var x = tensor.Heads(heads);
        int size = x.Axis.Size;
        if (size % 2 != 0)
        {
            throw new LanguageException($"Rope turns pairs of channels, but a head of {x} has {size}");
        }

        if (!(theta > 0) || double.IsInfinity(theta))
        {
            throw new LanguageException($"Rope needs a finite theta of more than 0, not {TensorText.Number(theta)}");
        }

        var pass = CommonWith(tokens.Pass, x);
        double[] values = new double[x.Values.Length];
        Turn(x.Values, values, forwards: 1);
        var y = new Tensor(pass, isVector: false, new Axis(1, x.Axis.Count), values, "Rope") { NeedsGradient = x.NeedsGradient };
        y.Backpropagate = !y.NeedsGradient ? null : () => Turn(y.Gradient!, x.AddressGradient(), forwards: -1);
        return y;

        void Turn(double[] from, double[] to, int forwards)
        {
            for (int group = 0; group < from.Length / size; group++)
            {
                int position = pass.Positions[group / heads];
                for (int i = 0; i < size / 2; i++)
                {
                    double angle = position * Math.Pow(theta, -2.0 * i / size);
                    double cos = Math.Cos(angle), sin = forwards * Math.Sin(angle);
                    int first = (group * size) + (interleaved ? 2 * i : i);
                    int second = first + (interleaved ? 1 : size / 2);
                    to[first] += (from[first] * cos) - (from[second] * sin);
                    to[second] += (from[first] * sin) + (from[second] * cos);
                }
            }
        }
    }

    /// <summary>In a training step, elements become 0 with a probability, else they are divided by 1 minus that.</summary>
    public static Tensor Dropout(Tensor tensor, double rate)
    {
        var x = tensor.Operand();
        RequireRows(x, "Dropout");
        if (rate is not (>= 0 and < 1))
        {
            throw new LanguageException($"Dropout needs a rate of at least 0 and less than 1, not {TensorText.Number(rate)}");
        }

        int site = x.Pass!.NextDropoutSite();
        if (x.Pass.Dropout is not { } draw)
        {
            return x;
        }

        double[] factors = new double[x.Values.Length];
        for (int i = 0; i < factors.Length; i++)
        {
            int row = i / x.Axis.Count, channel = i % x.Axis.Count;
            uint[] words = Philox.Draw(draw.Seed, (uint)draw.Step, (uint)site, (uint)(draw.FirstRow + row), (uint)channel / 4);
            factors[i] = words[channel % 4] < rate * 4294967296.0 ? 0 : 1 / (1 - rate);
        }

        var y = new Tensor(x.Pass, isVector: false, x.Axis, [.. x.Values.Zip(factors, (value, factor) => value * factor)], "Dropout")
        {
            NeedsGradient = x.NeedsGradient,
        };
        y.Backpropagate = !y.NeedsGradient ? null : () =>
        {
            double[] dx = x.AddressGradient();
            for (int i = 0; i < dx.Length; i++)
            {
                dx[i] += y.Gradient![i] * factors[i];
            }
        };
        return y;
    }

    /// <summary>
    /// The mean over the rows of −ln softmax(logits[t])[target[t]], in nats, and its gradient with respect to the logits.
    /// </summary>
    public static (double Loss, double[] Gradient) CrossEntropy(Tensor logits, int[] targets)
    {
        int width = logits.Axis.Count, rows = targets.Length;
        double sum = 0.0;
        double[] gradient = new double[logits.Values.Length];
        for (int t = 0; t < rows; t++)
        {
            var row = logits.Values.AsSpan(t * width, width);
            var of = gradient.AsSpan(t * width, width);
            double largest = double.NegativeInfinity;
            foreach (double logit in row)
            {
                largest = Math.Max(largest, logit);
            }

            double total = 0.0;
            for (int c = 0; c < width; c++)
            {
                of[c] = Math.Exp(row[c] - largest);
                total += of[c];
            }

            for (int c = 0; c < width; c++)
            {
                of[c] = ((of[c] / total) - (c == targets[t] ? 1 : 0)) / rows;
            }

            sum += Math.Log(total) + largest - row[targets[t]];
        }

        return (sum / rows, gradient);
    }

    /// <exception cref="LanguageException">The value is a vector.</exception>
    public static void RequireRows(Tensor x, string function)
    {
        if (x.Operand().IsVector)
        {
            throw new LanguageException($"{function} needs rows; {x} is a vector");
        }
    }

    /// <exception cref="LanguageException">The tokens are not those that the values were computed from.</exception>
    public static ForwardPass CommonWith(ForwardPass tokens, params ReadOnlySpan<Tensor> tensors) => ForwardPass.Common(tensors) == tokens
        ? tokens
        : throw new LanguageException($"{tensors[0]} and the tokens belong to different runs of the forward pass");

    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0.0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    /// <summary>to += factor · from</summary>
    public static void AddMultiple(double factor, ReadOnlySpan<double> from, Span<double> to)
    {
        for (int i = 0; i < to.Length; i++)
        {
            to[i] += factor * from[i];
        }
    }
}
