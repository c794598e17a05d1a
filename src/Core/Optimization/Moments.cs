using MicroGpt.Runtime;

namespace MicroGpt;

/// <summary>The state of an update rule: up to two numbers a weight.</summary>
/// <param name="count">Number of weights.</param>
/// <param name="each">Numbers that are kept of a weight: 0, 1 or 2.</param>
internal sealed unsafe class Moments<T>(nint count, int each) : IDisposable
    where T : unmanaged
{
    private readonly Arena<T> _memory = new(each * (count + Padding(count)));
    private Arena<T>? _sum;

    public nint Count => count;

    /// <summary>[count] heavy ball's velocity, Adam's mean gradient.</summary>
    public T* First => _memory.Pointer;

    /// <summary>[count] Adam's mean squared gradient.</summary>
    public T* Second => _memory.Pointer + (each > 1 ? count + Padding(count) : 0);

    /// <summary>[count] sum of the gradients of a step under way.</summary>
    public T* GradientSum => (_sum ??= new Arena<T>(count)).Pointer;

    /// <summary>What is kept of all weights.</summary>
    public MomentRange<T> All => Range(0, count);

    /// <summary>What is kept of some weights.</summary>
    public MomentRange<T> Range(nint first, nint number) => new(First + first, Second + first, number);

    public void Dispose()
    {
        _memory.Dispose();
        _sum?.Dispose();
    }

    /// <summary>What makes the second array begin at a cache line, too.</summary>
    private static nint Padding(nint count) => -count & ((64 / sizeof(T)) - 1);
}

/// <summary>The state of neighbouring weights.</summary>
/// <param name="first">[count] heavy ball's velocity, Adam's mean gradient.</param>
/// <param name="second">[count] Adam's mean squared gradient.</param>
/// <param name="count">Number of weights.</param>
internal readonly unsafe struct MomentRange<T>(T* first, T* second, nint count)
    where T : unmanaged
{
    public T* First { get; } = first;

    public T* Second { get; } = second;

    public nint Count { get; } = count;
}
