using MicroGpt.Numerics;
using MicroGpt.Runner.Benchmark;

namespace MicroGpt.Bench.Kernels;

/// <summary>The baseline of a kernel: its multiply-adds with nothing to load, to store or to wait for.</summary>
internal static class Peak
{
    /// <summary>Passes of the loop of multiply-adds that do so many floating-point operations.</summary>
    public static int PassesFor(long operations) =>
        (int)Math.Max(1, Math.Round(operations / MultiplyAdd.Run(VectorSupport.PreferredBits, Precision.Single, 1)));

    /// <summary>Runs the loop on the vectors that kernels use.</summary>
    public static double Run(int passes) => MultiplyAdd.Run(VectorSupport.PreferredBits, Precision.Single, passes);
}
