using System.Diagnostics;
using MicroGpt.Runner.Evaluation;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Terminal;

/// <summary>Shows a training run as plain lines: for files, pipes and terminals without cursor control.</summary>
internal sealed class PlainTrainView(TextWriter output) : ITrainView
{
    /// <summary>How a line of progress begins.</summary>
    public const string StepLine = "step ";

    private const int LabelWidth = 16;

    /// <inheritdoc/>
    public void ShowFacts((string Label, string Fact)[] facts)
    {
        foreach ((string label, string fact) in facts)
        {
            output.WriteLine(label.PadRight(LabelWidth) + fact);
        }
    }

    /// <inheritdoc/>
    public bool Train(TrainingSession session, ITrainingObserver? log, CancellationToken cancellation)
    {
        LossWindow losses = session.Losses;
        var progress = new Progress(output, losses, session.Settings.Steps);
        var firstStep = new FirstStepTimes();
        ITrainingObserver[] observers = log is null ? [progress, firstStep] : [log, progress, firstStep];
        if (session.Validation is Validation validation)
        {
            observers = [.. observers, new HeldOutLines(output, validation)];
        }

        long started = Stopwatch.GetTimestamp();
        bool finished = session.Run(observers, cancellation);
        if (finished && session.CompletedSteps > 0)
        {
            output.WriteLine(TrainView.Summary(losses, session.CompletedSteps, Stopwatch.GetElapsedTime(started)));
            output.WriteLine(firstStep);
            foreach (string line in HeldOutLines.Summary(session))
            {
                output.WriteLine(line);
            }
        }

        return finished;
    }

    /// <inheritdoc/>
    public void ShowSample(int number, string text) =>
        output.WriteLine(FormattableString.Invariant($"sample {number,2}: {PrintableText.Of(text)}"));

    /// <summary>A line for the first step, for every tenth of the run, and after ten seconds without one.</summary>
    private sealed class Progress(TextWriter output, LossWindow losses, int steps) : ITrainingObserver
    {
        private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(10);

        private readonly int width = FormattableString.Invariant($"{steps}").Length;
        private long nextTenth = 1;
        private long lastLine = Stopwatch.GetTimestamp();
        private int lastStep;

        /// <inheritdoc/>
        public void OnStep(in TrainingStep step)
        {
            bool tenth = step.Step * 10L >= nextTenth * steps;
            if (!tenth && step.Step != 1 && Stopwatch.GetElapsedTime(lastLine) < LongestSilence)
            {
                return;
            }

            nextTenth = (step.Step * 10L / steps) + 1;

            // The first step is mostly the just-in-time compiler's, so its rate would say nothing.
            string rate = lastStep == 0 ? "" : FormattableString.Invariant(
                $"  {TrainView.Rate(step.Step - lastStep, Stopwatch.GetElapsedTime(lastLine)):N0} steps/s");
            lastLine = Stopwatch.GetTimestamp();
            lastStep = step.Step;
            string number = FormattableString.Invariant($"{step.Step}").PadLeft(width);
            output.WriteLine(FormattableString.Invariant(
                $"{StepLine}{number}/{steps}  loss {step.Loss:F4}  mean of the last {losses.Count} {losses.Mean():F4}{rate}"));
        }
    }
}
