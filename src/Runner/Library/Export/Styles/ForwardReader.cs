namespace MicroGpt.Runner.Export.Styles;

/// <summary>
/// Finds known pieces in a forward pass, whatever its parameters and values are called. Each method looks at one value and says of which
/// values it is made, or null where it is made in another way. Views of channels as groups, and what only matters to training, are seen
/// through.
/// </summary>
internal sealed class ForwardReader(ModelGraph graph)
{
    private const double Tolerance = 1e-9;

    /// <summary>A linear layer.</summary>
    /// <param name="X">What it is applied to.</param>
    /// <param name="Weight">Its matrix.</param>
    /// <param name="Bias">Its bias; null for none.</param>
    public sealed record Layer(int X, string Weight, string? Bias);

    /// <summary>A norm.</summary>
    /// <param name="X">What it is applied to.</param>
    /// <param name="Gain">Its gain.</param>
    /// <param name="Bias">Its bias; null for none.</param>
    /// <param name="Epsilon">ε</param>
    public sealed record Norm(int X, string Gain, string? Bias, double Epsilon);

    /// <summary>The logits.</summary>
    public int Output => Under(graph.Outputs[0]);

    /// <summary>A node.</summary>
    public GraphNode Node(int value) => graph.Nodes[value];

    /// <summary>The value that a view is of.</summary>
    public int Under(int value)
    {
        while (graph.Nodes[value].Op is "Regroup" or "Dropout" or "Detach")
        {
            value = graph.Nodes[value].Inputs[0];
        }

        return value;
    }

    /// <summary>The inputs of an operation.</summary>
    public int[]? Of(int value, string op)
    {
        GraphNode node = graph.Nodes[Under(value)];
        return node.Op == op ? [.. node.Inputs.Select(Under)] : null;
    }

    /// <summary>The inputs of an operation of two in both orders; none where it is another.</summary>
    public IEnumerable<(int First, int Second)> Both(int value, string op) =>
        Of(value, op) is [int a, int b] ? [(a, b), (b, a)] : [];

    /// <summary>x Wᵀ, or that and a bias.</summary>
    public Layer? Linear(int value)
    {
        if (Of(value, "Linear") is [int x, int w])
        {
            return Parameter(w) is string weight ? new Layer(x, weight, null) : null;
        }

        foreach ((int product, int bias) in Both(value, "Add"))
        {
            if (Of(product, "Linear") is not null && Vector(bias) is string name && Linear(product) is Layer layer)
            {
                return layer with { Bias = name };
            }
        }

        return null;
    }

    /// <summary>x / √(mean(x²) + ε) times a gain.</summary>
    public Norm? RmsNorm(int value)
    {
        foreach ((int normed, int gain) in Both(value, "Multiply"))
        {
            if (Vector(gain) is string name && Normed(normed) is (int x, double epsilon))
            {
                return new Norm(x, name, null, epsilon);
            }
        }

        return null;
    }

    /// <summary>(x − mean(x)) / √(variance(x) + ε) times a gain, plus a bias.</summary>
    public Norm? LayerNorm(int value)
    {
        foreach ((int scaled, int bias) in Both(value, "Add"))
        {
            if (Vector(bias) is string name && RmsNorm(scaled) is Norm norm && Of(norm.X, "Subtract") is [int x, int mean]
                && Of(mean, "RepeatChannels") is [int repeated] && Mean(repeated) == x)
            {
                return norm with { X = x, Bias = name };
            }
        }

        return null;
    }

    /// <summary>x sigmoid(x): gives x.</summary>
    public int? Silu(int value)
    {
        foreach ((int x, int gate) in Both(value, "Multiply"))
        {
            if (Of(gate, "Sigmoid") is [int inner] && inner == x)
            {
                return x;
            }
        }

        return null;
    }

    /// <summary>0.5 x (1 + erf(x √½)): gives x.</summary>
    public int? Gelu(int value) => OfGate(value, "Erf") is (int x, int argument) && Scaled(argument, Math.Sqrt(0.5)) == x ? x : null;

    /// <summary>0.5 x (1 + tanh(√(2 / π) (x + 0.044715 x³))): gives x.</summary>
    public int? GeluTanh(int value) =>
        OfGate(value, "Tanh") is (int x, int argument) && Scaled(argument, Math.Sqrt(2 / Math.PI)) is int sum
        && Both(sum, "Add").Any(parts => parts.First == x && Both(parts.Second, "Multiply").Any(
            factors => factors.Second == x && Scaled(factors.First, 0.044715) is int square
                && Of(square, "Square") is [int inner] && inner == x)) ? x : null;

    /// <summary>A value repeated for several heads of queries each: gives the value, and for how many.</summary>
    /// <param name="value">What attention reads.</param>
    /// <param name="heads">Heads of attention.</param>
    public (int Value, int Times)? Shared(int value, int heads)
    {
        if (Of(value, "Concat") is not int[] parts)
        {
            return (Under(value), 1);
        }

        return parts.Distinct().Count() == 1 && Node(Under(value)).Shape.Inner.Groups * parts.Length == heads
            ? (parts[0], parts.Length) : null;
    }

    /// <summary>The name of a matrix; null for anything else.</summary>
    public string? Parameter(int value) => Node(value) is { Op: "Parameter" } node ? node.Text("parameter") : null;

    /// <summary>The number that a value is; null where it is computed.</summary>
    public double? Number(int value) => Node(value) is { Op: "Constant" } node ? node.Number("value") : null;

    /// <summary>Whether two numbers are one, but for rounding.</summary>
    public static bool AreSame(double one, double other) => Math.Abs(one - other) <= Tolerance * Math.Abs(other);

    /// <summary>The name of a vector that is repeated for every row.</summary>
    private string? Vector(int value) => Of(value, "RepeatRows") is [int vector] ? Parameter(vector) : null;

    /// <summary>x / √(mean(x²) + ε): gives x and ε. Over all channels, not over those of groups.</summary>
    private (int X, double Epsilon)? Normed(int value)
    {
        foreach ((int x, int factor) in Both(value, "Multiply"))
        {
            if (Of(factor, "RepeatChannels") is [int repeated] && Of(repeated, "Rsqrt") is [int sum])
            {
                foreach ((int mean, int epsilon) in Both(sum, "Add"))
                {
                    if (Number(epsilon) is double number && Mean(mean) is int square && Of(square, "Square") is [int inner] && inner == x)
                    {
                        return (x, number);
                    }
                }
            }
        }

        return null;
    }

    /// <summary>The mean over all channels: gives of what.</summary>
    private int? Mean(int value)
    {
        foreach ((int sum, int share) in Both(value, "Multiply"))
        {
            if (Of(sum, "Sum") is [int x] && Node(sum).Shape.Inner is { Groups: 1 } && Number(share) is double number
                && AreSame(number, 1.0 / Node(x).Shape.Inner.Count))
            {
                return x;
            }
        }

        return null;
    }

    /// <summary>0.5 x (1 + f(argument)): gives x and the argument.</summary>
    private (int X, int Argument)? OfGate(int value, string function)
    {
        foreach ((int half, int gate) in Both(value, "Multiply"))
        {
            if (Scaled(half, 0.5) is int x)
            {
                foreach ((int one, int called) in Both(gate, "Add"))
                {
                    if (Number(one) == 1 && Of(called, function) is [int argument])
                    {
                        return (x, argument);
                    }
                }
            }
        }

        return null;
    }

    /// <summary>A value times a number: gives the value.</summary>
    private int? Scaled(int value, double factor)
    {
        foreach ((int x, int number) in Both(value, "Multiply"))
        {
            if (Number(number) is double found && AreSame(found, factor))
            {
                return x;
            }
        }

        return null;
    }
}
