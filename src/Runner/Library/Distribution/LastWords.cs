using System.Diagnostics;

namespace MicroGpt.Runner.Distribution;

/// <summary>
/// Says what is left of a job whose launcher ends it, as it does when a rank has died: it asks every process to end, and a moment later
/// kills those that wait for the dead one. A run that is asked to end and can says so itself.
/// </summary>
internal sealed class LastWords : IDisposable
{
    // A launcher waits for a second or more, of which a busy machine takes its part.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.25);

    private readonly Lock gate = new();
    private readonly IReadOnlyList<RankReport> ranks;
    private readonly Job job;
    private readonly TextWriter error;
    private readonly Func<string> whatIsLeft;
    private readonly Timer timer;
    private readonly CancellationTokenRegistration registration;
    private bool isOver;

    /// <summary>Listens for the request to end.</summary>
    /// <param name="ranks">Where the ranks are.</param>
    /// <param name="job">The job.</param>
    /// <param name="error">Where to say it.</param>
    /// <param name="asked">Is cancelled by the launcher's request.</param>
    /// <param name="whatIsLeft">What is left of the run, as a sentence without an end.</param>
    public LastWords(IReadOnlyList<RankReport> ranks, Job job, TextWriter error, CancellationToken asked, Func<string> whatIsLeft)
    {
        this.ranks = ranks;
        this.job = job;
        this.error = error;
        this.whatIsLeft = whatIsLeft;
        timer = new Timer(_ => SayNow());

        // What is needed then is loaded and compiled now, when there is time.
        _ = IsAlive(Environment.ProcessId);
        _ = whatIsLeft();
        registration = asked.Register(() => timer.Change(Patience, Timeout.InfiniteTimeSpan));
    }

    /// <summary>The run has ended as it should.</summary>
    public void NothingToSay()
    {
        lock (gate)
        {
            isOver = true;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NothingToSay();
        registration.Dispose();
        timer.Dispose();
    }

    /// <summary>Says it without patience: the process is about to end.</summary>
    public void SayNow()
    {
        lock (gate)
        {
            if (!isOver && IsFirstAlive())
            {
                isOver = true;
                error.WriteLine($"error: the job was asked to end, or a rank of it has died: {whatIsLeft()}.");
            }
        }
    }

    /// <summary>
    /// Whether no rank of a lower number lives on this machine; ranks on others cannot be seen from here, and speak for theirs.
    /// </summary>
    private bool IsFirstAlive()
    {
        for (int rank = 0; rank < job.Rank; rank++)
        {
            if (ranks[rank].Host == ranks[job.Rank].Host && IsAlive(ranks[rank].Process))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsAlive(int process)
    {
        try
        {
            using var found = Process.GetProcessById(process);
            return !found.HasExited;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }
}
