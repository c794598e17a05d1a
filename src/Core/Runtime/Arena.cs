using System.Runtime.InteropServices;

namespace MicroGpt.Runtime;

/// <summary>
/// One block of zeroed memory outside the garbage-collected heap, aligned to a cache line; a large one is in large pages, where the system
/// gives them.
/// </summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="double"/> or <see cref="int"/>.</typeparam>
public sealed unsafe class Arena<T> : IDisposable
    where T : unmanaged
{
    /// <summary>Bytes of a cache line, and of the widest vector.</summary>
    private const int Alignment = 64;

    private readonly Lock _gate = new();
    private void* _block;
    private int _owners = 1;

    /// <summary>Allocates a block of zeros.</summary>
    /// <param name="elements">Number of elements; 0 gives an empty block.</param>
    /// <exception cref="OutOfMemoryException">The machine has not enough memory; the message says how much was asked for.</exception>
    public Arena(long elements)
    {
        Elements = elements;
        nuint used = (nuint)elements * (nuint)sizeof(T);
        bool isLarge = used >= LargePages.LeastBytes;
        nuint alignment = (nuint)(isLarge ? LargePages.Bytes : Alignment);
        nuint bytes = used + alignment;
        try
        {
            // Fresh pages of the system are zero as they are, and take no memory before they are written to.
            _block = NativeMemory.AllocZeroed(bytes);
            Pointer = (T*)(((nuint)_block + (alignment - 1)) & ~(alignment - 1));
        }
        catch (OutOfMemoryException e)
        {
            throw new OutOfMemoryException($"The model needs a block of {bytes / (1024.0 * 1024.0):F0} MiB, which is not available.", e);
        }

        if (isLarge)
        {
            LargePages.Ask(Pointer, used);
        }
    }

    /// <summary>Frees the block of an arena that nobody disposed of.</summary>
    ~Arena() => Free();

    /// <summary>The first element.</summary>
    public T* Pointer { get; private set; }

    /// <summary>Number of elements.</summary>
    public long Elements { get; }

    /// <summary>
    /// Gives the block one more owner: it stays until each has disposed of it. Whoever shares it must dispose of it no more than once.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The block is gone already.</exception>
    public Arena<T> Share()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_owners == 0, this);
            _owners++;
            return this;
        }
    }

    /// <summary>Sets every element to zero.</summary>
    public void Clear() => NativeMemory.Clear(Pointer, (nuint)Elements * (nuint)sizeof(T));

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_owners == 0 || --_owners > 0)
            {
                return;
            }

            Free();
        }

        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.Free(_block);
        _block = null;
        Pointer = null;
    }
}
