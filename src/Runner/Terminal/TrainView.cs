using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Terminal;

/// <summary>Shows a training run.</summary>
internal interface ITrainView
{
    /// <summary>Shows what is about to be trained.</summary>
    void ShowFacts((string Label, string Fact)[] facts);

    /// <summary>Trains the session to its end, or until cancellation, and shows how it goes.</summary>
    /// <param name="session">The session.</param>
    /// <param name="log">Is told of every step; null for none.</param>
    /// <param name="cancellation">Stops the run before the next step.</param>
    /// <returns>False when cancelled.</returns>
    bool Train(TrainingSession session, ITrainingObserver? log, CancellationToken cancellation);

    /// <summary>Shows one invented document.</summary>
    /// <param name="number">Counted from 1.</param>
    /// <param name="text">The document.</param>
    void ShowSample(int number, string text);
}

/// <summary>Chooses how to show a training run.</summary>
internal static class TrainView
{
    /// <summary>Spectre.Console on a terminal, plain lines elsewhere.</summary>
    public static ITrainView For(RunnerConsole console) =>
        console.IsTerminal ? new SpectreTrainView(console) : new PlainTrainView(console.Out);

    /// <summary>The sentence that closes a training run.</summary>
    public static string Summary(LossWindow losses, int steps, TimeSpan time) => FormattableString.Invariant(
        $"{steps:N0} steps in {time.TotalSeconds:F2} s ({Rate(steps, time):N0} steps/s); last loss {losses.Last:F4}, mean of the last {losses.Count} {losses.Mean():F4}");

    /// <summary>Steps a second.</summary>
    public static double Rate(int steps, TimeSpan time) => steps / Math.Max(time.TotalSeconds, 1e-9);
}
