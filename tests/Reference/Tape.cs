namespace MicroGpt.Reference;

/// <summary>
/// A scalar autograd engine in the manner of micrograd (Andrej Karpathy): every number that is computed becomes a node that
/// remembers its operands and the derivative with respect to each of them.
/// </summary>
/// <remarks>
/// Nodes lie in plain arrays and refer to each other by index, so a step allocates next to nothing. A node is appended after its operands;
/// the order of the tape is therefore a topological order, and walking it from the end is the backward pass. The first nodes are the
/// parameters.
/// </remarks>
public sealed class Tape
{
    private const int None = -1;

    private double[] _data = new double[1024];
    private double[] _gradient = new double[1024];
    private int[] _first = new int[1024];
    private int[] _second = new int[1024];
    private double[] _firstLocal = new double[1024];
    private double[] _secondLocal = new double[1024];

    /// <summary>Number of nodes, the parameters included.</summary>
    public int Count { get; private set; }

    /// <summary>The node at <paramref name="index"/>; parameter i is node i.</summary>
    public Value this[int index] => new(this, index);

    /// <summary>Empties the tape and puts the parameters on it.</summary>
    public void Reset(ReadOnlySpan<double> parameters)
    {
        Count = 0;
        foreach (double parameter in parameters)
        {
            Leaf(parameter);
        }
    }

    /// <summary>Appends a number that depends on no other.</summary>
    public Value Leaf(double data) => Append(data, None, 0, None, 0);

    /// <summary>
    /// Computes the derivative of <paramref name="output"/> with respect to every node, to be read from <see cref="Value.Gradient"/>.
    /// </summary>
    public void Backward(Value output)
    {
        Array.Clear(_gradient, 0, Count);
        _gradient[output.Index] = 1;
        for (int node = output.Index; node >= 0; node--)
        {
            if (_first[node] != None)
            {
                _gradient[_first[node]] += _firstLocal[node] * _gradient[node];
            }

            if (_second[node] != None)
            {
                _gradient[_second[node]] += _secondLocal[node] * _gradient[node];
            }
        }
    }

    internal double Data(int index) => _data[index];

    internal double Gradient(int index) => _gradient[index];

    /// <summary>Appends f(operand), given its value and its derivative.</summary>
    internal Value Append(double data, Value operand, double local) => Append(data, operand.Index, local, None, 0);

    /// <summary>Appends f(first, second), given its value and its two partial derivatives.</summary>
    internal Value Append(double data, Value first, double firstLocal, Value second, double secondLocal) =>
        Append(data, first.Index, firstLocal, second.Index, secondLocal);

    private Value Append(double data, int first, double firstLocal, int second, double secondLocal)
    {
        int node = Count;
        if (node == _data.Length)
        {
            Grow();
        }

        _data[node] = data;
        _first[node] = first;
        _firstLocal[node] = firstLocal;
        _second[node] = second;
        _secondLocal[node] = secondLocal;
        Count = node + 1;
        return new Value(this, node);
    }

    private void Grow()
    {
        int size = 2 * Count;
        Array.Resize(ref _data, size);
        Array.Resize(ref _gradient, size);
        Array.Resize(ref _first, size);
        Array.Resize(ref _second, size);
        Array.Resize(ref _firstLocal, size);
        Array.Resize(ref _secondLocal, size);
    }
}
