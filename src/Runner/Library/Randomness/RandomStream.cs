using System.Numerics;

namespace MicroGpt.Runner.Randomness;

/// <summary>
/// The distributions of CPython's <c>random.Random</c>, drawing the same numbers in the same order, so that a run here and
/// a run of the course's Python programs with the same seed shuffle, initialise and sample alike.
/// </summary>
/// <param name="seed">The seed; its absolute value counts.</param>
public sealed class RandomStream(long seed)
{
    private readonly MersenneTwister bits = new(seed);
    private double nextGauss = double.NaN;

    /// <summary>
    /// Begins anew, keyed [seed low, seed high, number]: a stream beside the run's main one, which its numbers do not touch.
    /// </summary>
    /// <param name="seed">The run's seed; its absolute value counts.</param>
    /// <param name="number">Which of the streams beside the main one.</param>
    public void Key(long seed, uint number)
    {
        ulong magnitude = seed < 0 ? 0UL - (ulong)seed : (ulong)seed;
        bits.Key([(uint)magnitude, (uint)(magnitude >> 32), number]);
        nextGauss = double.NaN;
    }

    /// <summary>All that decides which numbers come next.</summary>
    public RandomStreamState Save()
    {
        (byte[] words, int index) = bits.Save();
        return new RandomStreamState(words, index, double.IsNaN(nextGauss) ? null : nextGauss);
    }

    /// <summary>Goes on where <see cref="Save"/> left off.</summary>
    /// <exception cref="ArgumentException">It is not the state of such a stream.</exception>
    public void Restore(RandomStreamState state)
    {
        bits.Restore(state.Words, state.Index);
        nextGauss = state.PendingGauss ?? double.NaN;
    }

    /// <summary>Uniform in [0, 1) with 53 random bits (<c>random.random</c>).</summary>
    public double NextDouble()
    {
        uint high = bits.NextUInt32() >> 5;
        uint low = bits.NextUInt32() >> 6;
        return ((high * 67108864.0) + low) * (1.0 / 9007199254740992.0);
    }

    /// <summary>Random bits (<c>random.getrandbits</c>).</summary>
    /// <param name="count">1 to 32.</param>
    public uint NextBits(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 32);
        return bits.NextUInt32() >> (32 - count);
    }

    /// <summary>Uniform in 0 to <paramref name="limit"/> - 1, by redrawing what is too large (<c>random.randrange</c>).</summary>
    public int NextBelow(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        int width = 32 - BitOperations.LeadingZeroCount((uint)limit);
        uint drawn;
        do
        {
            drawn = NextBits(width);
        }
        while (drawn >= (uint)limit);

        return (int)drawn;
    }

    /// <summary>Shuffles in place (Fisher and Yates, from the back; <c>random.shuffle</c>).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextBelow(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>
    /// Normally distributed (Box and Muller, 1958; <c>random.gauss</c>): every second call returns the partner of the call before.
    /// </summary>
    public double NextGauss(double mean, double standardDeviation)
    {
        double z = nextGauss;
        nextGauss = double.NaN;
        if (double.IsNaN(z))
        {
            double angle = NextDouble() * (2.0 * Math.PI);
            double radius = Math.Sqrt(-2.0 * Math.Log(1.0 - NextDouble()));
            z = Math.Cos(angle) * radius;
            nextGauss = Math.Sin(angle) * radius;
        }

        return mean + (z * standardDeviation);
    }

    /// <summary>An index drawn in proportion to its weight (<c>random.choices</c>).</summary>
    /// <param name="cumulativeWeights">Running sums of the weights; the last is positive and finite.</param>
    /// <exception cref="ArgumentException">There are no weights, or their sum is not positive and finite.</exception>
    public int NextChoice(ReadOnlySpan<double> cumulativeWeights)
    {
        if (cumulativeWeights.IsEmpty || !(cumulativeWeights[^1] > 0.0) || double.IsInfinity(cumulativeWeights[^1]))
        {
            throw new ArgumentException("The sum of the weights must be positive and finite.", nameof(cumulativeWeights));
        }

        double drawn = NextDouble() * cumulativeWeights[^1];

        // bisect_right over all but the last: rounding can never lead past the end.
        int low = 0;
        int high = cumulativeWeights.Length - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (drawn < cumulativeWeights[middle])
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }

        return low;
    }
}

/// <summary>The state of a random stream.</summary>
/// <param name="Words">The 624 words of the Mersenne Twister, little-endian.</param>
/// <param name="Index">The next of them, 0 to 624.</param>
/// <param name="PendingGauss">The normally distributed number that the next call for one returns; null where it draws a new pair.</param>
public sealed record RandomStreamState(byte[] Words, int Index, double? PendingGauss);
