using System.Diagnostics;
using MicroGpt.Runner.Distribution;
using MicroGpt.Runner.Messages;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Terminal;

/// <summary>What the displays of a run show of it while it goes on, and the sentence at its end.</summary>
internal sealed class TrainProgress(TrainingSession session) : ITrainingObserver
{
    private readonly TrainingRate rate = new();
    private readonly int stepsBefore = session.CompletedSteps;
    private readonly long started = Stopwatch.GetTimestamp();
    private readonly TimeSpan communicatedBefore = (session.Ranks as Job)?.Elapsed ?? default;
    private TimeSpan first;

    /// <summary>The run.</summary>
    public TrainingSession Session => session;

    /// <summary>The mean that smooths the losses, with what it is taken over.</summary>
    public string Smoothed => FormattableString.Invariant($"mean of the last {session.Losses.Count} {session.Losses.Mean():F4}");

    /// <summary>Steps a second over the last seconds; null before there are two steps.</summary>
    public string? Rate => double.IsNaN(rate.StepsPerSecond) ? null : Describe(rate.StepsPerSecond);

    /// <summary>The time until the last step at this rate; null where it is not known, or too short to be worth a word.</summary>
    public string? TimeLeft
    {
        get
        {
            double seconds = (session.Settings.Steps - session.CompletedSteps) / rate.StepsPerSecond;
            return seconds is >= 1 and < 1e9 ? Describe(TimeSpan.FromSeconds(seconds)) + " left" : null;
        }
    }

    /// <summary>When the last step was finished, by <see cref="Stopwatch"/>, so that one reading of the clock a step is enough.</summary>
    public long LastStep => rate.LastStep;

    /// <inheritdoc/>
    public void OnStep(in TrainingStep step)
    {
        rate.Add(step.Positions);
        if (first == default)
        {
            first = Stopwatch.GetElapsedTime(started);
        }
    }

    /// <summary>The sentence that closes a run. The first step, most of which is the just-in-time compiler's, is told apart.</summary>
    public string Summary()
    {
        int steps = session.CompletedSteps - stepsBefore;
        TimeSpan time = Stopwatch.GetElapsedTime(started);
        string speed = steps < 2 ? "" : FormattableString.Invariant(
            $" ({Describe((steps - 1) / Math.Max((time - first).TotalSeconds, 1e-9))} after the first, ")
                + FormattableString.Invariant($"which took {first.TotalSeconds:F2} s)");
        string communication = session.Ranks is not Job { Size: > 1 } job ? "" : FormattableString.Invariant(
            $"; {(job.Elapsed - communicatedBefore) / time:P1} of the time communication and waiting for other ranks");
        return FormattableString.Invariant(
            $"{Counted.Of(steps, "step")} in {time.TotalSeconds:F2} s{speed}; ")
                + FormattableString.Invariant($"last loss {session.Losses.Last:F4}, {Smoothed}{communication}");
    }

    /// <summary>A number of steps a second, slow ones with decimals.</summary>
    private static string Describe(double stepsPerSecond) => stepsPerSecond switch
    {
        >= 100 => FormattableString.Invariant($"{stepsPerSecond:N0} steps/s"),
        >= 10 => FormattableString.Invariant($"{stepsPerSecond:F1} steps/s"),
        _ => FormattableString.Invariant($"{stepsPerSecond:0.00#} steps/s"),
    };

    private static string Describe(TimeSpan time) => time switch
    {
        { TotalDays: >= 1 } => FormattableString.Invariant($"{(int)time.TotalDays:N0} d {time.Hours} h"),
        { TotalHours: >= 1 } => FormattableString.Invariant($"{time.Hours} h {time.Minutes:00} min"),
        { TotalMinutes: >= 1 } => FormattableString.Invariant($"{time.Minutes} min {time.Seconds:00} s"),
        _ => FormattableString.Invariant($"{time.Seconds} s"),
    };
}
