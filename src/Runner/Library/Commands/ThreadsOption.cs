using System.CommandLine;
using MicroGpt.Runner.Distribution;

namespace MicroGpt.Runner.Commands;

/// <summary>The option for the number of threads of a training step.</summary>
internal static class ThreadsOption
{
    /// <summary>1 to the number of logical processors.</summary>
    public static Option<int> Create() => NumberOption.Whole(
        "--threads",
        FormattableString.Invariant($"Threads of a training step, at most {Environment.ProcessorCount} here; they pay for wide models. ")
            + "Results do not depend on it.",
        1,
        1,
        Environment.ProcessorCount,
        Why);

    /// <summary>A launcher binds a rank to a core or two unless it is told not to; a program by itself has all processors.</summary>
    private static string Why => Launcher.Sign is null
        ? ", the number of processors that this process may use"
        : ", the number of processors that this rank may use: a launcher binds each rank to a core unless it is told otherwise. "
            + "Give mpirun --bind-to none (srun --cpus-per-task) for threads, or leave --threads out and start more ranks";
}
