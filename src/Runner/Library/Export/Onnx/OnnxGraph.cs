using System.Globalization;

namespace MicroGpt.Runner.Export.Onnx;

/// <summary>Operations and the numbers that they need, while they are put together. Whatever is asked for twice is there once.</summary>
internal sealed class OnnxGraph
{
    private readonly List<ProtoMessage> nodes = [];
    private readonly List<ProtoMessage> initializers = [];
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> shared = new(StringComparer.Ordinal);

    /// <summary>The operations; each comes after those that it reads.</summary>
    public IReadOnlyList<ProtoMessage> Nodes => nodes;

    /// <summary>The numbers.</summary>
    public IReadOnlyList<ProtoMessage> Initializers => initializers;

    /// <summary>Takes a name: the one asked for, or that with a number behind it where it is taken.</summary>
    public string Take(string name)
    {
        string free = name;
        for (int number = 2; !names.Add(free); number++)
        {
            free = name + "_" + number.ToString(CultureInfo.InvariantCulture);
        }

        return free;
    }

    /// <summary>Adds an operation.</summary>
    /// <param name="name">Name of its result.</param>
    /// <param name="op">The operator.</param>
    /// <param name="inputs">What it reads.</param>
    /// <param name="attributes">What it is told besides.</param>
    /// <returns>The name of the result, which is another one where the name is taken.</returns>
    public string Add(string name, string op, IReadOnlyList<string> inputs, params ProtoMessage[] attributes)
    {
        string output = Take(name);
        nodes.Add(OnnxMessages.Node(op, inputs, output, attributes));
        return output;
    }

    /// <summary>Adds an operation whose result has a name that was taken for it.</summary>
    public void AddNamed(string name, string op, IReadOnlyList<string> inputs) => nodes.Add(OnnxMessages.Node(op, inputs, name));

    /// <summary>Adds numbers of the model.</summary>
    /// <returns>Their name, which is another one where it is taken.</returns>
    public string AddTensor(string name, IReadOnlyList<long> dimensions, ReadOnlySpan<float> values)
    {
        string taken = Take(name);
        initializers.Add(OnnxMessages.Tensor(taken, dimensions, values, OnnxType.Float));
        return taken;
    }

    /// <summary>A single number.</summary>
    public string Number(double value) => Shared("number_" + Text(value), name =>
        initializers.Add(OnnxMessages.Tensor<float>(name, [], [(float)value], OnnxType.Float)));

    /// <summary>A single number in double precision.</summary>
    public string Double(double value) => Shared("double_" + Text(value), name =>
        initializers.Add(OnnxMessages.Tensor<double>(name, [], [value], OnnxType.Double)));

    /// <summary>Numbers in double precision.</summary>
    /// <param name="name">What they are called; the same name means the same numbers.</param>
    /// <param name="values">The numbers.</param>
    public string Doubles(string name, ReadOnlySpan<double> values)
    {
        double[] copy = values.ToArray();
        return Shared(name, taken => initializers.Add(OnnxMessages.Tensor<double>(taken, [copy.Length], copy, OnnxType.Double)));
    }

    /// <summary>A list of whole numbers: a shape, axes, indices.</summary>
    public string Integers(params long[] values) => Shared("integers_" + string.Join("_", values.Select(value => Text(value))), name =>
        initializers.Add(OnnxMessages.Tensor<long>(name, [values.Length], values, OnnxType.Int64)));

    /// <summary>A single whole number.</summary>
    public string Integer(long value) => Shared("integer_" + Text(value), name =>
        initializers.Add(OnnxMessages.Tensor<long>(name, [], [value], OnnxType.Int64)));

    /// <summary>A value that is computed once, for whoever asks for it.</summary>
    /// <param name="name">What it is called; the same name means the same value.</param>
    /// <param name="compute">Adds the operations and gives the name of the result.</param>
    public string Once(string name, Func<string> compute)
    {
        if (!shared.TryGetValue(name, out string? result))
        {
            result = compute();
            shared.Add(name, result);
        }

        return result;
    }

    private string Shared(string name, Action<string> add) => Once(name, () =>
    {
        string taken = Take(name);
        add(taken);
        return taken;
    });

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
