using System.Diagnostics;
using MicroGpt.Runner.Distribution;

namespace MicroGpt.Runner.Benchmark;

/// <summary>A round of something that all ranks do at the same time.</summary>
/// <param name="First">How often it was done before.</param>
/// <param name="Count">How often it was done in the round.</param>
/// <param name="Seconds">Seconds each time, on the slowest rank.</param>
/// <param name="Communication">The share of them that the ranks sent, received and waited for one another, in the mean.</param>
internal readonly record struct RankRound(int First, int Count, double Seconds, double Communication);

/// <summary>Measures what all ranks do at the same time; they agree on how often.</summary>
internal static class RankRounds
{
    private const int MostTimes = 1 << 20;

    /// <summary>Measures rounds, after others that compile and fill the caches.</summary>
    /// <param name="job">The ranks.</param>
    /// <param name="step">What each of them does.</param>
    /// <param name="round">Time of a round; what takes longer makes a round of its own.</param>
    /// <param name="time">Time of all rounds; two are measured in any case.</param>
    public static RankRound[] Measure(Job job, Action step, TimeSpan round, TimeSpan time)
    {
        int done = 0;
        Round(1);
        RankRound last = Round(1);
        for (bool grows = true; grows; grows = last.Count < MostTimes && last.Count * 2 < CountFor(last))
        {
            last = Round(Math.Min(CountFor(last), 4 * last.Count));
        }

        int count = CountFor(last);
        var rounds = new List<RankRound>();
        for (double spent = 0; rounds.Count < 2 || spent < time.TotalSeconds; spent += rounds[^1].Seconds * count)
        {
            rounds.Add(Round(count));
        }

        return [.. rounds];

        int CountFor(RankRound measured) =>
            (int)Math.Clamp(round.TotalSeconds / Math.Max(measured.Seconds, 1e-9), 1, MostTimes);

        RankRound Round(int times)
        {
            job.Any(here: false); // All begin together.
            TimeSpan before = job.Elapsed;
            long started = Stopwatch.GetTimestamp();
            for (int i = 0; i < times; i++)
            {
                step();
            }

            job.Any(here: false); // A round ends when the last one has come so far.
            TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
            double communication = job.All((job.Elapsed - before) / elapsed).Average();
            done += times;
            return new RankRound(done - times, times, job.All(elapsed.TotalSeconds / times).Max(), communication);
        }
    }
}
