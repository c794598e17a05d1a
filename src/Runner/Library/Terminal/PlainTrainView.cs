using System.Diagnostics;
using MicroGpt.Runner.Evaluation;
using MicroGpt.Runner.Messages;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Terminal;

/// <summary>Shows a training run as plain lines: for files, pipes and terminals without cursor control.</summary>
internal sealed class PlainTrainView(RunnerConsole console) : ITrainView
{
    private const int LabelWidth = 16;

    private readonly TextWriter output = console.Out;

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
        var progress = new TrainProgress(session);
        var lines = new Lines(output, progress);
        var firstStep = new FirstStepTimes();
        ITrainingObserver[] observers = log is null ? [progress, lines, firstStep] : [log, progress, lines, firstStep];
        if (session.Validation is Validation validation)
        {
            observers = [.. observers, new HeldOutLines(output, validation)];
        }

        bool finished = session.Run(observers, cancellation);
        if (finished && session.CompletedSteps > 0)
        {
            output.WriteLine(progress.Summary());
            output.WriteLine(firstStep);
            foreach (string line in HeldOutLines.Summary(session))
            {
                output.WriteLine(line);
            }

            TrainView.WarnOfDivergence(console.Error, session);
        }

        return finished;
    }

    /// <inheritdoc/>
    public void ShowSample(int number, string text) =>
        output.WriteLine(FormattableString.Invariant($"sample {number,2}: {PrintableText.Lines(text)}"));

    /// <summary>A line for the first step, for every tenth of the run, and after ten seconds without one.</summary>
    private sealed class Lines(TextWriter output, TrainProgress progress) : ITrainingObserver
    {
        private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(10);

        private readonly int steps = progress.Session.Settings.Steps;
        private readonly int width = FormattableString.Invariant($"{progress.Session.Settings.Steps:N0}").Length;
        private long nextTenth = (progress.Session.CompletedSteps * 10L / Math.Max(1, progress.Session.Settings.Steps)) + 1;
        private long lastLine;

        /// <inheritdoc/>
        public void OnStep(in TrainingStep step)
        {
            bool tenth = step.Step * 10L >= nextTenth * steps;
            if (!tenth && lastLine != 0 && Stopwatch.GetElapsedTime(lastLine, progress.LastStep) < LongestSilence)
            {
                return;
            }

            nextTenth = (step.Step * 10L / steps) + 1;
            lastLine = progress.LastStep;
            string number = FormattableString.Invariant($"{step.Step:N0}").PadLeft(width);
            string rate = progress.Rate is string known ? "  " + known : "";
            string left = progress.TimeLeft is string time ? "  " + time : "";
            output.WriteLine(
                FormattableString.Invariant($"step {number}/{steps:N0}  loss {step.Loss:F4}  {progress.Smoothed}{rate}{left}"));
        }
    }
}
