using System.Diagnostics;
using MicroGpt.Runner.Evaluation;
using MicroGpt.Runner.Messages;
using MicroGpt.Runner.Training;
using Spectre.Console;

namespace MicroGpt.Runner.Terminal;

/// <summary>
/// Shows a training run on a terminal: a table of facts, figures and a curve that are drawn again and again, coloured samples.
/// </summary>
internal sealed class LiveTrainView(RunnerConsole console) : ITrainView
{
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
        var progress = new TrainProgress(session);
        var display = new Display(console, progress, () => terminal.Profile.Width);
        ITrainingObserver[] observers = log is null ? [progress, display] : [log, progress, display];
        bool finished;
        try
        {
            display.Draw();
            finished = session.Run(observers, cancellation);
        }
        finally
        {
            display.Draw();
            console.Live.Leave();
        }

        if (finished && session.CompletedSteps > 0)
        {
            terminal.WriteLine(progress.Summary());
            foreach (string line in HeldOutLines.Summary(session))
            {
                terminal.WriteLine(line);
            }

            TrainView.WarnOfDivergence(console.Error, session);
            terminal.WriteLine();
        }

        return finished;
    }

    /// <inheritdoc/>
    public void ShowSample(int number, string text)
    {
        terminal.Write(new Text(FormattableString.Invariant($"sample {number,2}: "), LabelStyle));
        terminal.Write(new Text(PrintableText.Lines(text), SampleStyle));
        terminal.WriteLine();
    }

    /// <summary>The figures and the curve. Drawn from the training thread, so that drawing never competes with it for a core.</summary>
    private sealed class Display(RunnerConsole console, TrainProgress progress, Func<int> terminalWidth) : ITrainingObserver
    {
        private const int CurveHeight = 3;
        private const int WidestBar = 40;
        private const int WidestCurve = 90;
        private const string Grey = "\u001b[90m";
        private const string Colour = "\u001b[36m";
        private const string Normal = "\u001b[0m";

        private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

        private readonly LossCurve curve = new();
        private long lastDrawn;

        /// <inheritdoc/>
        public void OnStep(in TrainingStep step)
        {
            curve.Add(step.Loss);
            if (Stopwatch.GetElapsedTime(lastDrawn, progress.LastStep) >= Interval)
            {
                Draw();
            }
        }

        /// <summary>Draws what is known now.</summary>
        public void Draw()
        {
            lastDrawn = Stopwatch.GetTimestamp();

            // The last column stays free: some terminals begin a new line when it is written to.
            int width = Math.Max(TrainView.LiveLabelWidth + 1, terminalWidth() - 1);
            console.Live.Draw(console.Out, [.. Lines(width)]);
        }

        private IEnumerable<string> Lines(int width)
        {
            TrainingSession session = progress.Session;
            int done = session.CompletedSteps;
            int steps = session.Settings.Steps;
            string count = FormattableString.Invariant($"{done:N0} of {steps:N0}");
            yield return Line(
                "step", width, count, Bar(width - TrainView.LiveLabelWidth - count.Length - 8, (double)done / Math.Max(1, steps)));
            if (done > 0)
            {
                yield return Line(
                    "loss", width, FormattableString.Invariant($"{session.Losses.Mean():F4}, mean of the last {session.Losses.Count}"));
            }

            if (session.Validation is { Last: HeldOutLoss heldOut } validation)
            {
                string best = validation.IsBest
                    ? "" : FormattableString.Invariant($", best {validation.State.Best:F4} at step {validation.State.BestStep:N0}");
                yield return Line("held out", width, FormattableString.Invariant($"{heldOut.NatsPerToken:F4}{best}"));
            }

            if (progress.Rate is string rate)
            {
                yield return Line("speed", width, rate + (progress.TimeLeft is string left ? ", " + left : ""));
            }

            foreach (string line in curve.Draw(Math.Min(width, WidestCurve), CurveHeight))
            {
                int label = Math.Min(TrainView.LiveLabelWidth, line.Length);
                yield return Grey + line[..label] + Colour + line[label..] + Normal;
            }
        }

        private static string Line(string label, int width, string text, string end = "")
        {
            int room = width - TrainView.LiveLabelWidth;
            string shown = text.Length <= room ? text : text[..room];
            return Grey + label.PadRight(TrainView.LiveLabelWidth) + Normal + shown + end;
        }

        /// <summary>A bar with its percentage; nothing where there is no room for it.</summary>
        private static string Bar(int room, double share)
        {
            int width = Math.Min(room, WidestBar);
            if (width < 5)
            {
                return "";
            }

            int full = (int)(width * Math.Clamp(share, 0.0, 1.0));
            string percent = FormattableString.Invariant($"{(int)(share * 100),4} %");
            return $"  {Colour}{new string('━', full)}{Grey}{new string('─', width - full)}{Normal}{percent}";
        }
    }
}
