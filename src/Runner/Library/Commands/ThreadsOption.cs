using System.CommandLine;

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
        Environment.ProcessorCount);
}
