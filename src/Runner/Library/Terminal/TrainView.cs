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
    /// <summary>Columns of the labels beside what is drawn again and again.</summary>
    public const int LiveLabelWidth = 10;

    /// <summary>A live display on a terminal, plain lines elsewhere, the samples alone where quiet is asked for.</summary>
    public static ITrainView For(RunnerConsole console, bool isQuiet = false) =>
        isQuiet ? new QuietTrainView(console)
        : console.IsTerminal ? new LiveTrainView(console)
        : new PlainTrainView(console);

    /// <summary>Says so where a run ended with finite losses but has gone wrong: worse than it began, and worse than guessing.</summary>
    public static void WarnOfDivergence(TextWriter error, TrainingSession session)
    {
        LossWindow losses = session.Losses;
        double guessing = Math.Log(session.Tokenizer.Count);
        double mean = losses.Mean();
        if (losses.Total < 2 * LossWindow.Size || mean <= guessing || mean <= losses.FirstMean)
        {
            return;
        }

        string rate = session.InitialLearningRate > 0
            ? FormattableString.Invariant(
                $" A lower learning rate helps as a rule: --learning-rate {session.InitialLearningRate / 10:G3} instead ")
                    + FormattableString.Invariant($"of {session.InitialLearningRate}; so do --warmup and --clip-norm.")
            : "";
        error.WriteLine(FormattableString.Invariant(
            $"warning: the run diverged: the mean of the last {LossWindow.Size} losses, {mean:F4}, ")
                + FormattableString.Invariant($"is above that of the first {LossWindow.Size}, {losses.FirstMean:F4}, ")
                + FormattableString.Invariant($"and above ln {session.Tokenizer.Count} = {guessing:F4}, the loss of guessing.{rate}"));
    }
}
