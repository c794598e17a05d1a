namespace MicroGpt.Runner;

/// <summary>Exit codes of the program.</summary>
public static class ExitCode
{
    /// <summary>Everything asked for was done.</summary>
    public const int Success = 0;

    /// <summary>The run began and failed: the loss diverged, a file could not be written.</summary>
    public const int Failure = 1;

    /// <summary>The command line or an input file is wrong; nothing was run.</summary>
    public const int Usage = 2;

    /// <summary>Stopped by Ctrl-C (128 + SIGINT, as shells report it).</summary>
    public const int Interrupted = 130;

    /// <summary>Asked to end by the system (128 + SIGTERM).</summary>
    public const int Terminated = 143;
}

/// <summary>A failure that its message explains in full: it is shown without a stack trace and ends the program.</summary>
/// <param name="exitCode">One of <see cref="MicroGpt.Runner.ExitCode"/>.</param>
/// <param name="message">What is wrong, where, and what to do about it.</param>
/// <param name="inner">The cause, if another exception reported it.</param>
public sealed class RunnerException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The code with which the program ends.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>Whether it happens on every rank of a job at the same time, so that one of them says it and none is left behind.</summary>
    internal bool IsOfAllRanks { get; init; }

    /// <summary>A wrong argument or input file.</summary>
    public static RunnerException Usage(string message, Exception? inner = null) =>
        new(MicroGpt.Runner.ExitCode.Usage, message, inner);

    /// <summary>A run that failed under way.</summary>
    public static RunnerException Failure(string message, Exception? inner = null) =>
        new(MicroGpt.Runner.ExitCode.Failure, message, inner);
}
