using MicroGpt.Runtime;

namespace MicroGpt.Bench.Kernels;

/// <summary>What a kernel works on: random matrices in panels, for a number of rows.</summary>
internal sealed unsafe class KernelMemory(int rows) : IDisposable
{
    /// <summary>Columns of a panel in single precision.</summary>
    private const int PanelWidth = 16;

    private readonly Random _random = new(1);
    private readonly List<IDisposable> _blocks = [];

    // Odd, as in a model.
    private readonly int _capacity = rows | 1;

    /// <summary>Elements from one panel of an activation to the next.</summary>
    public nint Panel => _capacity * PanelWidth;

    /// <summary>[rows, columns] with columns a multiple of a panel's.</summary>
    public float* Activation(int columns) => Matrix(_capacity, columns);

    /// <summary>An activation of zeros.</summary>
    public float* Zeros(int columns)
    {
        var block = new Arena<float>((long)_capacity * columns);
        _blocks.Add(block);
        return block.Pointer;
    }

    /// <summary>[inner, outer], both multiples of a panel's columns.</summary>
    public float* Matrix(int inner, int outer)
    {
        long elements = (long)inner * outer;
        var block = new Arena<float>(elements);
        _blocks.Add(block);
        for (long i = 0; i < elements; i++)
        {
            block.Pointer[i] = _random.NextSingle() - 0.5f;
        }

        return block.Pointer;
    }

    /// <summary>First rows of segments of equal length, then the number of rows.</summary>
    public int* Starts(int segmentLength)
    {
        int segments = rows / segmentLength;
        var block = new Arena<int>(segments + 1);
        _blocks.Add(block);
        for (int i = 0; i <= segments; i++)
        {
            block.Pointer[i] = i * segmentLength;
        }

        return block.Pointer;
    }

    public void Dispose() => _blocks.ForEach(block => block.Dispose());
}
