using System.Runtime.InteropServices;

namespace MicroGpt.Bench.Numerics;

/// <summary>Native memory that begins at a cache line, as a kernel's does.</summary>
internal sealed unsafe class AlignedBuffer<T> : IDisposable
    where T : unmanaged
{
    private const int CacheLine = 64;

    public AlignedBuffer(int length, Func<int, T> element)
    {
        Pointer = (T*)NativeMemory.AlignedAlloc((nuint)(length * sizeof(T)), CacheLine);
        for (int i = 0; i < length; i++)
        {
            Pointer[i] = element(i);
        }
    }

    public T* Pointer { get; }

    public void Dispose() => NativeMemory.AlignedFree(Pointer);
}
