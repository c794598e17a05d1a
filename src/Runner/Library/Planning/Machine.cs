using System.Diagnostics;
using System.Numerics;
using MicroGpt.Runner.Distribution;

namespace MicroGpt.Runner.Planning;

/// <summary>What ranks share.</summary>
/// <param name="Ranks">Ranks of a machine, at most.</param>
/// <param name="Cores">Its cores, as far as ranks may use them.</param>
/// <param name="Threads">Threads of a rank.</param>
/// <param name="Measured">Ranks that were at work on it when the costs of a step were measured.</param>
/// <param name="Inside">What lies between its ranks.</param>
internal sealed record Machine(int Ranks, int Cores, int Threads, int Measured, NetworkSpeed Inside)
{
    /// <summary>How much longer a rank takes, as there are fewer cores than threads, than it did when it was measured.</summary>
    /// <param name="ranks">Ranks of a job.</param>
    public double Slowdown(int ranks) => Load(Math.Min(ranks, Ranks)) / Load(Measured);

    /// <summary>
    /// The cores that the ranks of this machine may use: a launcher binds each to a part of them, and what the system grants may be less
    /// than there is.
    /// </summary>
    public static int CoresOf(Job job)
    {
        ulong own = OperatingSystem.IsLinux() || OperatingSystem.IsWindows() ? Mask() : 0;
        double[] low = job.All((uint)own), high = job.All((uint)(own >> 32));
        ulong all = low.Zip(high).Aggregate(0UL, (sum, half) => sum | (ulong)half.First | ((ulong)half.Second << 32));
        return all == own ? Environment.ProcessorCount : BitOperations.PopCount(all);
    }

    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    [System.Runtime.Versioning.SupportedOSPlatform("windows")]
    private static ulong Mask()
    {
        using var process = Process.GetCurrentProcess();
        return (ulong)process.ProcessorAffinity;
    }

    private double Load(int ranks) => Math.Max(1.0, (double)ranks * Threads / Cores);
}
