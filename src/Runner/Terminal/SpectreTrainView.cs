using System.Diagnostics;
using MicroGpt.Runner.Training;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MicroGpt.Runner.Terminal;

/// <summary>Shows a training run on a terminal: a table of facts, a live progress bar with loss and rate, coloured samples.</summary>
internal sealed class SpectreTrainView(RunnerConsole console) : ITrainView
{
    // With the other columns beside it, the bar's line fits 80 characters.
    private const int BarWidth = 20;

    private static readonly Style LabelStyle = new(Color.Grey);
    private static readonly Style SampleStyle = new(Color.Green);

    private readonly IAnsiConsole terminal = SpectreConsole.For(console);

    /// <inheritdoc/>
    public void ShowFacts((string Label, string Fact)[] facts)
    {
        var grid = new Grid();
        grid.AddColumn(new GridColumn().NoWrap());
        grid.AddColumn();
        foreach ((string label, string fact) in facts)
        {
            grid.AddRow(new Text(label, LabelStyle), new Text(fact));
        }

        terminal.Write(grid);
        terminal.WriteLine();
    }

    /// <inheritdoc/>
    public bool Train(TrainingSession session, ITrainingObserver? log, CancellationToken cancellation)
    {
        LossWindow losses = session.Losses;
        var status = new RunStatus(losses);
        bool finished = false;

        // Redrawn from the training thread, so that drawing never competes with it for a core.
        terminal.Progress()
            .AutoRefresh(false)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn { Width = BarWidth }, new PercentageColumn(), status, new RemainingTimeColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask("training", maxValue: Math.Max(1, session.Settings.Steps));
                ITrainingObserver progress = new Redraw(context, task, status);
                ITrainingObserver[] observers = log is null ? [progress] : [log, progress];
                finished = session.Run(observers, cancellation);
                task.Value = finished ? task.MaxValue : session.CompletedSteps;
                status.Update(session.CompletedSteps);
                context.Refresh();
            });
        if (finished && session.CompletedSteps > 0)
        {
            terminal.WriteLine(TrainView.Summary(losses, session.CompletedSteps, status.Elapsed));
            foreach (string line in HeldOutLines.Summary(session))
            {
                terminal.WriteLine(line);
            }

            terminal.WriteLine();
        }

        return finished;
    }

    /// <inheritdoc/>
    public void ShowSample(int number, string text)
    {
        terminal.Write(new Text(FormattableString.Invariant($"sample {number,2}: "), LabelStyle));
        terminal.Write(new Text(PrintableText.Of(text), SampleStyle));
        terminal.WriteLine();
    }

    /// <summary>Moves the bar, ten times a second.</summary>
    private sealed class Redraw(ProgressContext context, ProgressTask task, RunStatus status) : ITrainingObserver
    {
        private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

        private long lastDrawn;

        /// <inheritdoc/>
        public void OnStep(in TrainingStep step)
        {
            if (Stopwatch.GetElapsedTime(lastDrawn) < Interval)
            {
                return;
            }

            lastDrawn = Stopwatch.GetTimestamp();
            task.Value = step.Step;
            status.Update(step.Step);
            context.Refresh();
        }
    }

    /// <summary>The column with the smoothed loss (the mean of the last steps) and the rate.</summary>
    private sealed class RunStatus(LossWindow losses) : ProgressColumn
    {
        private readonly long started = Stopwatch.GetTimestamp();
        private string text = "";

        public TimeSpan Elapsed { get; private set; }

        public void Update(int steps)
        {
            Elapsed = Stopwatch.GetElapsedTime(started);
            text = losses.Count == 0 ? "" : FormattableString.Invariant(
                $"loss {losses.Mean():F4}  {TrainView.Rate(steps, Elapsed):N0} steps/s");
        }

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(text);
    }
}
