namespace MicroGpt.Runner.Distribution;

/// <summary>Ends a rank in silence: something is in the way on another one, and rank 0 says it.</summary>
internal sealed class OtherRankException(int exitCode) : Exception("another rank has failed")
{
    public int ExitCode { get; } = exitCode;
}

/// <summary>How a rank ends that cannot go on.</summary>
/// <param name="Message">What it says; null where another rank says it.</param>
/// <param name="ExitCode">The code it ends with.</param>
/// <param name="EndsOthers">Whether the other ranks would wait for it in vain.</param>
internal sealed record RankFailure(string? Message, int ExitCode, bool EndsOthers)
{
    /// <summary>What becomes of an exception on this rank. Before the run it is told to the others.</summary>
    public static RankFailure Of(Job job, Exception exception)
    {
        switch (exception)
        {
            case OtherRankException other:
                return new RankFailure(null, other.ExitCode, EndsOthers: false);
            case RunnerException { IsOfAllRanks: true } error:
                return new RankFailure(job.Rank == 0 ? error.Message : null, error.ExitCode, EndsOthers: false);
            case RunnerException error when !job.IsUnderWay:
                RankReport here = RankReport.Here(error.ExitCode, error: error.Message);
                RunnerException problem = RankReport.Problem(RankReport.Exchange(job, here))!;
                return new RankFailure(job.Rank == 0 ? problem.Message : null, problem.ExitCode, EndsOthers: false);
            case RunnerException error:
                return new RankFailure(Named(job, error.Message), error.ExitCode, EndsOthers: true);
            default:
                string what = $"unexpected {exception.GetType().Name}: {exception.Message}";
                return new RankFailure(Named(job, what), MicroGpt.Runner.ExitCode.Failure, EndsOthers: true);
        }
    }

    /// <summary>Tells the other ranks that this one has come so far, and what it is about to compute.</summary>
    /// <param name="job">The job.</param>
    /// <param name="facts">What must be the same on all ranks; nothing where it has been compared.</param>
    /// <returns>The reports of all.</returns>
    /// <exception cref="OtherRankException">Something is in the way on another rank, which rank 0 has been told.</exception>
    /// <exception cref="RunnerException">The same, on rank 0.</exception>
    public static RankReport[] Agree(Job job, string facts = "")
    {
        RankReport[] reports = RankReport.Exchange(job, RankReport.Here(facts: facts));
        return RankReport.Problem(reports) switch
        {
            null => reports,
            { } problem when job.Rank == 0 => throw new RunnerException(problem.ExitCode, problem.Message) { IsOfAllRanks = true },
            { } problem => throw new OtherRankException(problem.ExitCode),
        };
    }

    private static string Named(Job job, string message) =>
        job.Rank == 0 ? message : FormattableString.Invariant($"rank {job.Rank} ({Environment.MachineName}): {message}");
}
