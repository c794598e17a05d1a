using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Terminal;

/// <summary>Shows nothing of a run but what it invents.</summary>
internal sealed class QuietTrainView(RunnerConsole console) : ITrainView
{
    /// <inheritdoc/>
    public void ShowFacts((string Label, string Fact)[] facts)
    {
    }

    /// <inheritdoc/>
    public bool Train(TrainingSession session, ITrainingObserver? log, CancellationToken cancellation)
    {
        bool finished = session.Run(log is null ? [] : [log], cancellation);
        if (finished)
        {
            TrainView.WarnOfDivergence(console.Error, session);
        }

        return finished;
    }

    /// <inheritdoc/>
    public void ShowSample(int number, string text) => new PlainTrainView(console).ShowSample(number, text);
}
