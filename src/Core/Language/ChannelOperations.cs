namespace MicroGpt;

/// <summary>What works on the channels of each row, group by group: rows of [rows, n·d] are rows · n groups of d.</summary>
internal static class ChannelOperations
{
    /// <summary>The same numbers with other groups.</summary>
    public static Tensor View(Tensor x, Axis axis)
    {
        var y = new Tensor(x.Pass, x.IsVector, axis, x.Values, x.Operation) { NeedsGradient = x.NeedsGradient, Viewed = x };
        y.Backpropagate = !y.NeedsGradient ? null : () => Add(y.Gradient!, x.AddressGradient());
        return y;
    }

    /// <summary>The same numbers, through which no gradient flows.</summary>
    public static Tensor Detach(Tensor tensor)
    {
        var x = tensor.Operand();
        return new Tensor(x.Pass, x.IsVector, x.Axis, x.Values, "Detach");
    }

    public static Tensor Slice(Tensor tensor, int from, int to)
    {
        var x = tensor.Operand();
        int size = x.Axis.Size, length = to - from;
        double[] values = new double[x.Values.Length / size * length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = x.Values[Place(i)];
        }

        var y = new Tensor(x.Pass, x.IsVector, x.Axis with { Size = length }, values, "Slice")
        {
            NeedsGradient = x.NeedsGradient,
        };
        y.Backpropagate = !y.NeedsGradient ? null : () =>
        {
            double[] dx = x.AddressGradient();
            for (int i = 0; i < values.Length; i++)
            {
                dx[Place(i)] += y.Gradient![i];
            }
        };
        return y;

        int Place(int i) => (i / length * size) + from + (i % length);
    }

    /// <summary>The channels of each tensor after those of the one before, within each group.</summary>
    public static Tensor Concat(Tensor[] parts)
    {
        if (parts.Length == 0)
        {
            throw new LanguageException("Concat needs at least one tensor");
        }

        Tensor[] operands = [.. parts.Select(p => p.Operand())];
        int groups = operands[0].Axis.Groups;
        if (operands.FirstOrDefault(p => p.Axis.Groups != groups) is { } other)
        {
            throw new LanguageException(
                $"Concat: {groups} heads of {operands[0]} do not meet {other.Axis.Groups} of {other}; Heads(1) ungroups");
        }

        if (parts.Length == 1)
        {
            return parts[0];
        }

        var pass = ForwardPass.Common(operands);
        bool isVector = operands.All(p => p.IsVector);
        var axis = new Axis(groups, operands.Sum(p => p.Axis.Size));
        double[] values = new double[(isVector ? 1 : pass!.Rows) * axis.Count];
        ForEach((place, part, partPlace) => values[place] = part.Values[partPlace]);
        var y = new Tensor(pass, isVector, axis, values, "Concat") { NeedsGradient = operands.Any(p => p.NeedsGradient) };
        y.Backpropagate = !y.NeedsGradient ? null : () => ForEach((place, part, partPlace) =>
        {
            if (part.NeedsGradient)
            {
                part.AddressGradient()[partPlace] += y.Gradient![place];
            }
        });
        return y;

        void ForEach(Action<int, Tensor, int> copy)
        {
            int place = 0;
            for (int group = 0; group < values.Length / axis.Size; group++)
            {
                foreach (var part in operands)
                {
                    // A vector's groups are the same for every row.
                    int from = (part.IsVector ? group % groups : group) * part.Axis.Size;
                    for (int c = 0; c < part.Axis.Size; c++)
                    {
                        copy(place++, part, from + c);
                    }
                }
            }
        }
    }

    /// <summary>The sum over the channels of each group.</summary>
    public static Tensor Sum(Tensor tensor)
    {
        var x = tensor.Operand();
        int size = x.Axis.Size;
        double[] values = new double[x.Values.Length / size];
        for (int i = 0; i < x.Values.Length; i++)
        {
            values[i / size] += x.Values[i];
        }

        var y = new Tensor(x.Pass, x.IsVector, x.Axis with { Size = 1 }, values, "Sum") { NeedsGradient = x.NeedsGradient };
        y.Backpropagate = !y.NeedsGradient ? null : () =>
        {
            double[] dx = x.AddressGradient();
            for (int i = 0; i < dx.Length; i++)
            {
                dx[i] += y.Gradient![i / size];
            }
        };
        return y;
    }

    /// <summary>The largest of the channels of each group; its gradient is shared evenly by all that are as large.</summary>
    public static Tensor Largest(Tensor tensor)
    {
        var x = tensor.Operand();
        int size = x.Axis.Size;
        double[] values = new double[x.Values.Length / size];
        Array.Fill(values, double.NegativeInfinity);
        for (int i = 0; i < x.Values.Length; i++)
        {
            values[i / size] = Math.Max(values[i / size], x.Values[i]);
        }

        var y = new Tensor(x.Pass, x.IsVector, x.Axis with { Size = 1 }, values, "Largest") { NeedsGradient = x.NeedsGradient };
        y.Backpropagate = !y.NeedsGradient ? null : () =>
        {
            int[] equals = new int[values.Length];
            for (int i = 0; i < x.Values.Length; i++)
            {
                equals[i / size] += x.Values[i] == values[i / size] ? 1 : 0;
            }

            double[] dx = x.AddressGradient();
            for (int i = 0; i < dx.Length; i++)
            {
                dx[i] += x.Values[i] == values[i / size] ? y.Gradient![i / size] / equals[i / size] : 0;
            }
        };
        return y;
    }

    /// <summary>Adds one array to another.</summary>
    private static void Add(double[] from, double[] to)
    {
        for (int i = 0; i < to.Length; i++)
        {
            to[i] += from[i];
        }
    }
}
