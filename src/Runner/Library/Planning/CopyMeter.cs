using System.Diagnostics;
using MicroGpt.Runtime;

namespace MicroGpt.Runner.Planning;

/// <summary>Measures how many bytes a second one thread reads and writes, in memory as large as a model's gradient.</summary>
internal static class CopyMeter
{
    private const long Least = 1 << 16;
    private const long Most = 1 << 26; // in no cache
    private const int Rounds = 20;
    private const long BytesOfRound = 1 << 24;

    /// <summary>The best of several rounds of copies: a disturbance only makes one slower.</summary>
    /// <param name="bytes">Bytes that are read, and as many that are written.</param>
    public static unsafe double BytesPerSecond(double bytes)
    {
        int doubles = (int)(Math.Clamp(bytes, Least, Most) / sizeof(double));
        using var from = new Arena<double>(doubles);
        using var to = new Arena<double>(doubles);
        int copies = (int)Math.Max(1, BytesOfRound / ((long)doubles * sizeof(double)));
        double best = 0;
        for (int round = 0; round <= Rounds; round++)
        {
            long started = Stopwatch.GetTimestamp();
            for (int copy = 0; copy < copies; copy++)
            {
                new ReadOnlySpan<double>(from.Pointer, doubles).CopyTo(new Span<double>(to.Pointer, doubles));
            }

            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;

            // The first copy makes the pages.
            best = round == 0 ? 0 : Math.Max(best, 2.0 * copies * doubles * sizeof(double) / seconds);
            from.Pointer[round] = round;
        }

        return best;
    }
}
