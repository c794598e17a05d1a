using MicroGpt.Distribution;
using MicroGpt.Runner.Benchmark;
using MicroGpt.Runner.Distribution;
using MicroGpt.Runtime;

namespace MicroGpt.Runner.Planning;

/// <summary>Measures what lies between the ranks of a job: all of them exchange, as they do in a step.</summary>
internal static class NetworkMeter
{
    private static readonly TimeSpan s_round = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(0.5);

    /// <summary>Measures small exchanges, and those of messages as a step has them.</summary>
    /// <param name="job">Two ranks or more.</param>
    /// <param name="gradient">Bytes of a gradient.</param>
    public static unsafe NetworkSpeed Measure(Job job, double gradient)
    {
        int size = job.Size;
        int bytes = (int)Math.Max(1, Math.Min(gradient, ScalingModel.Bucket) / size);
        using var sent = new Arena<byte>((long)bytes * size);
        using var received = new Arena<byte>((long)bytes * size);
        var sends = new Transfer[size - 1];
        var receives = new Transfer[size - 1];
        for (int i = 0; i < size - 1; i++)
        {
            int peer = (job.Rank + 1 + i) % size;
            sends[i] = new Transfer(peer, (nint)(sent.Pointer + ((long)peer * bytes)), bytes);
            receives[i] = new Transfer(peer, (nint)(received.Pointer + ((long)peer * bytes)), bytes);
        }

        ICommunicator ranks = job;
        double small = Seconds(job, () => job.Any(here: false));
        double large = Seconds(job, () => ranks.Exchange(sends, receives));
        double latency = small / Math.Ceiling(Math.Log2(size));
        double waiting = latency * ScalingModel.Messages(size);
        return new NetworkSpeed(latency, (size - 1.0) * bytes / Math.Max(large - waiting, large / 10));
    }

    private static double Seconds(Job job, Action exchange) =>
        RankRounds.Measure(job, exchange, s_round, s_time).Min(round => round.Seconds);
}
