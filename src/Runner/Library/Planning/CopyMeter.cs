using System.Diagnostics;
using MicroGpt.Runtime;

namespace MicroGpt.Runner.Planning;

/// <summary>Measures how many bytes a second one thread reads and writes that are in no cache.</summary>
internal static class CopyMeter
{
    private const int Doubles = 1 << 23; // 64 MB, read here and written there
    private const int Rounds = 5;

    /// <summary>The best of several copies: a disturbance only makes one slower.</summary>
    public static unsafe double BytesPerSecond()
    {
        using var from = new Arena<double>(Doubles);
        using var to = new Arena<double>(Doubles);
        double best = 0;
        for (int round = 0; round <= Rounds; round++)
        {
            long started = Stopwatch.GetTimestamp();
            new ReadOnlySpan<double>(from.Pointer, Doubles).CopyTo(new Span<double>(to.Pointer, Doubles));
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;

            // The first copy makes the pages.
            best = round == 0 ? 0 : Math.Max(best, 2.0 * Doubles * sizeof(double) / seconds);
            from.Pointer[round] = round;
        }

        return best;
    }
}
