using MicroGpt.Runner.Batches;
using MicroGpt.Runner.Gradients;
using MicroGpt.Runner.Logs;
using MicroGpt.Runner.Report;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Comparison;

/// <summary>What a comparison knows of one run: trained just now, or read from a log.</summary>
/// <param name="Name">Name of the run.</param>
internal sealed record FinishedRun(string Name)
{
    /// <summary>The run's line in the comparison table.</summary>
    public required ComparisonRow Row { get; init; }

    /// <summary>The run, step by step.</summary>
    public required IReadOnlyList<LossLogEntry> Steps { get; init; }

    /// <summary>What can be looked at inside the model; null for a run read from a log, and for one that failed.</summary>
    public ModelReport? Model { get; init; }

    /// <summary>Where the held-out loss was measured; null where it was not.</summary>
    public HeldOut? HeldOut { get; init; }

    /// <summary>A run that an earlier <c>train --log</c> saved.</summary>
    public static FinishedRun Of(LossLogFile log, string name) => new(name)
    {
        Row = Losses(
            new ComparisonRow(name)
            {
                Architecture = "from " + Path.GetFileName(log.Path), Attention = "-", Optimizer = "-",
                LearningRate = log.Entries[0].LearningRate,
            },
            log.Entries),
        Steps = log.Entries,
    };

    /// <summary>A run whose training failed: its steps up to the failure.</summary>
    public static FinishedRun Failed(RunPlan plan, RunRecorder recorder) => new(plan.Name)
    {
        Row = Losses(RowOf(plan, recorder), Entries(plan, recorder)),
        Steps = Entries(plan, recorder),
    };

    /// <summary>Measures a trained model.</summary>
    /// <param name="plan">What was trained.</param>
    /// <param name="session">The finished session; its samples have been drawn.</param>
    /// <param name="recorder">The steps.</param>
    /// <param name="samples">Documents that the model invented.</param>
    /// <param name="samplesNote">How they were drawn.</param>
    /// <param name="inspect">Documents to look at.</param>
    /// <param name="check">The gradient check before training; null where there was none.</param>
    public static FinishedRun Of(
        RunPlan plan, TrainingSession session, RunRecorder recorder, IReadOnlyList<string> samples, string samplesNote,
        IReadOnlyList<string> inspect, GradientCheckReport? check)
    {
        HeldOut heldOut = HeldOut.Of(session);
        ComparisonRow row = Losses(RowOf(plan, recorder), Entries(plan, recorder));
        ModelDescription description = session.Model.Description;
        (Playground? playground, string note) = Playground.Of(session.Model, session.Tokenizer);
        return new FinishedRun(plan.Name)
        {
            Row = heldOut.Loss.Tokens == 0 ? row : row with
            {
                HeldOutNats = heldOut.Loss.NatsPerToken,
                BitsPerCharacter = heldOut.Loss.BitsPerCharacter,
                Perplexity = heldOut.Loss.Perplexity,
            },
            Steps = Entries(plan, recorder),
            HeldOut = heldOut,
            Model = new ModelReport(plan.Name, 0)
            {
                Summary = plan.Summary,
                Samples = samples,
                SamplesNote = samples.Count == 0 ? "" : samplesNote,
                Parameters = ModelReport.ParametersOf(description),
                Graph = ReportGraph.Of(description.Graphs.Training),
                Playground = playground,
                PlaygroundNote = note,
                Inspections = ModelInspector.Inspect(session, inspect),
                GradientCheck = check,
            },
        };
    }

    /// <summary>
    /// The course's gradient check on the first document, before any update: forward differences with step 1e-5 beside the
    /// compiled gradient, and how much closer central differences come.
    /// </summary>
    public static GradientCheckReport CheckGradient(TrainingSession session)
    {
        IBatchSource documents = BatchSource.For(session.Split, session.Settings.Seed, 1, session.Model.Description.BlockSize);
        Batch batch = documents.Next();
        IReadOnlyList<GradientCheckMatrix> forward = GradientCheck.Run(session.Model, batch, GradientCheckSettings.OfCourse);
        IReadOnlyList<GradientCheckMatrix> central = GradientCheck.Run(
            session.Model, batch, GradientCheckSettings.Central(session.Model.Description.Precision));
        string method = FormattableString.Invariant(
            $"Forward differences, step {GradientCheckSettings.OfCourse.Step:0e+0}, on the first document ('{documents.FirstText}'); ")
                + FormattableString.Invariant($"largest difference {GradientCheck.LargestError(forward):0.0e+0} (with central ")
                + FormattableString.Invariant($"differences {GradientCheck.LargestError(central):0.0e+0})");
        return new GradientCheckReport(method, forward);
    }

    private static ComparisonRow RowOf(RunPlan plan, RunRecorder recorder)
    {
        ModelDescription model = plan.Entry.Description;
        return new ComparisonRow(plan.Name)
        {
            Architecture = plan.Architecture,
            Attention = plan.Attention,
            Layers = model.NLayer > 0 ? model.NLayer : null,
            Parameters = model.ParameterCount,
            NewConcepts = plan.NewConcepts,
            Optimizer = plan.Optimizer,
            LearningRate = plan.LearningRate,
            MicrosecondsPerStep = recorder.MedianMicroseconds,
        };
    }

    private static ComparisonRow Losses(ComparisonRow row, IReadOnlyList<LossLogEntry> steps) => steps.Count == 0 ? row : row with
    {
        FirstLoss = steps[0].Loss,
        StepsInMean = Math.Min(steps.Count, LossWindow.Size),
        MeanOfLast100 = steps.Skip(Math.Max(0, steps.Count - LossWindow.Size)).Average(step => step.Loss),
    };

    private static IReadOnlyList<LossLogEntry> Entries(RunPlan plan, RunRecorder recorder) =>
    [
        .. recorder.Steps.Select(step => new LossLogEntry(
            step.Step, step.Document.ToString(), step.Positions, plan.LearningRate is null ? null : step.LearningRate, step.Loss)
        {
            HeldOutLoss = step.HeldOutLoss,
            GradientNorm = step.GradientNorm,
        }),
    ];
}
