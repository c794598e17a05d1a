using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MicroGpt.Runner.Data;

/// <summary>
/// Tokens in the narrowest numbers that hold them: one byte each up to 256 of them, two up to 65,536. A text of gigabytes is kept in this.
/// </summary>
internal sealed class TokenBuffer
{
    private readonly int width;
    private byte[] bytes;

    /// <summary>Makes an empty buffer.</summary>
    /// <param name="tokenCount">Tokens are 0 to this, exclusive.</param>
    /// <param name="capacity">Room that is made beforehand, in tokens.</param>
    public TokenBuffer(int tokenCount, int capacity = 256)
    {
        width = tokenCount <= byte.MaxValue + 1 ? sizeof(byte) : tokenCount <= ushort.MaxValue + 1 ? sizeof(ushort) : sizeof(int);
        bytes = new byte[Math.Min(Array.MaxLength, Math.Max(1L, capacity) * width)];
    }

    /// <summary>Number of tokens.</summary>
    public int Length { get; private set; }

    /// <summary>The token at an index.</summary>
    public int this[int index] => width switch
    {
        sizeof(byte) => bytes[index],
        sizeof(ushort) => BitConverter.ToUInt16(bytes, index * sizeof(ushort)),
        _ => BitConverter.ToInt32(bytes, index * sizeof(int)),
    };

    /// <summary>Appends a token.</summary>
    public void Add(int token)
    {
        long end = ((long)Length + 1) * width;
        if (end > bytes.Length)
        {
            if (end > Array.MaxLength)
            {
                throw RunnerException.Usage(FormattableString.Invariant(
                    $"--data: the text has more than {Length:N0} tokens, which is the most; take a part of it."));
            }

            // By half, so that an estimate that was a little too low costs little.
            Array.Resize(ref bytes, (int)Math.Max(end, Math.Min(Array.MaxLength, bytes.Length + ((long)bytes.Length / 2))));
        }

        switch (width)
        {
            case sizeof(byte):
                bytes[Length] = (byte)token;
                break;
            case sizeof(ushort):
                BitConverter.TryWriteBytes(bytes.AsSpan(Length * sizeof(ushort)), (ushort)token);
                break;
            default:
                BitConverter.TryWriteBytes(bytes.AsSpan(Length * sizeof(int)), token);
                break;
        }

        Length++;
    }

    /// <summary>Copies tokens out.</summary>
    /// <param name="start">Index of the first.</param>
    /// <param name="destination">Receives as many as it has room for.</param>
    // Optimised at its first call, as PackedRows.Load is.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void CopyTo(int start, Span<int> destination)
    {
        ReadOnlySpan<byte> source = bytes.AsSpan(0, Length * width)[(start * width)..];
        switch (width)
        {
            case sizeof(byte):
                Widen(source, destination);
                break;
            case sizeof(ushort):
                Widen(MemoryMarshal.Cast<byte, ushort>(source), destination);
                break;
            default:
                MemoryMarshal.Cast<byte, int>(source)[..destination.Length].CopyTo(destination);
                break;
        }
    }

    /// <summary>Gives back room that is not used, where that is worth a copy.</summary>
    public void Trim()
    {
        int used = Length * width;
        if (used < bytes.Length - (bytes.Length / 8))
        {
            Array.Resize(ref bytes, used);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Widen<T>(ReadOnlySpan<T> source, Span<int> destination)
        where T : unmanaged, IBinaryInteger<T>
    {
        source = source[..destination.Length]; // So that the loop checks neither length.
        for (int i = 0; i < source.Length; i++)
        {
            destination[i] = int.CreateTruncating(source[i]);
        }
    }
}
