using System.Buffers.Binary;

namespace MicroGpt.Runner.Randomness;

/// <summary>
/// The 32-bit Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998), seeded with <c>init_by_array</c> as CPython's
/// <c>random.seed</c> does for an integer.
/// </summary>
public sealed class MersenneTwister
{
    private const int StateSize = 624;
    private const int ShiftSize = 397;
    private const uint UpperMask = 0x80000000;
    private const uint LowerMask = 0x7fffffff;

    private readonly uint[] state = new uint[StateSize];
    private int index = StateSize;

    /// <summary>Seeds the generator.</summary>
    /// <param name="seed">Any integer; like CPython, only its absolute value counts.</param>
    public MersenneTwister(long seed)
    {
        ulong magnitude = seed < 0 ? 0UL - (ulong)seed : (ulong)seed;
        uint low = (uint)magnitude;
        uint high = (uint)(magnitude >> 32);
        InitByArray(high == 0 ? [low] : [low, high]);
    }

    /// <summary>Begins anew from a key, as <c>init_by_array</c> of the authors' reference implementation does.</summary>
    /// <param name="key">At least one word.</param>
    public void Key(ReadOnlySpan<uint> key)
    {
        ArgumentOutOfRangeException.ThrowIfZero(key.Length, nameof(key));
        InitByArray(key);
        index = StateSize;
    }

    /// <summary>The 624 words of the state as bytes (little-endian), and the index of the next one.</summary>
    public (byte[] Words, int Index) Save()
    {
        byte[] words = new byte[StateSize * sizeof(uint)];
        for (int i = 0; i < StateSize; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(words.AsSpan(i * sizeof(uint)), state[i]);
        }

        return (words, index);
    }

    /// <summary>Goes on where <see cref="Save"/> left off.</summary>
    /// <exception cref="ArgumentException">It is not the state of such a generator.</exception>
    public void Restore(ReadOnlySpan<byte> words, int index)
    {
        if (words.Length != StateSize * sizeof(uint) || index is < 0 or > StateSize || !words.ContainsAnyExcept((byte)0))
        {
            throw new ArgumentException(
                "This is not the state of a Mersenne Twister: 624 words, not all zero, and an index up to 624.", nameof(words));
        }

        for (int i = 0; i < StateSize; i++)
        {
            state[i] = BinaryPrimitives.ReadUInt32LittleEndian(words[(i * sizeof(uint))..]);
        }

        this.index = index;
    }

    /// <summary>The next 32 random bits.</summary>
    public uint NextUInt32()
    {
        if (index == StateSize)
        {
            Twist();
            index = 0;
        }

        uint y = state[index++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >> 18);
    }

    private void Twist()
    {
        for (int i = 0; i < StateSize; i++)
        {
            uint y = (state[i] & UpperMask) | (state[(i + 1) % StateSize] & LowerMask);
            uint mixed = (y & 1) == 0 ? y >> 1 : (y >> 1) ^ 0x9908b0df;
            state[i] = state[(i + ShiftSize) % StateSize] ^ mixed;
        }
    }

    private void InitByArray(ReadOnlySpan<uint> key)
    {
        state[0] = 19650218;
        for (int n = 1; n < StateSize; n++)
        {
            state[n] = 1812433253 * (state[n - 1] ^ (state[n - 1] >> 30)) + (uint)n;
        }

        int i = 1;
        int j = 0;
        for (int k = Math.Max(StateSize, key.Length); k > 0; k--)
        {
            state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) * 1664525)) + key[j] + (uint)j;
            i = Following(i);
            j = (j + 1) % key.Length;
        }

        for (int k = StateSize - 1; k > 0; k--)
        {
            state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) * 1566083941)) - (uint)i;
            i = Following(i);
        }

        state[0] = 0x80000000;
    }

    /// <summary>The index after i, running from 1 to the end of the state; the step back to 1 carries the last word to the front.</summary>
    private int Following(int i)
    {
        if (i + 1 < StateSize)
        {
            return i + 1;
        }

        state[0] = state[StateSize - 1];
        return 1;
    }
}
