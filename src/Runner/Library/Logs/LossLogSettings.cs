namespace MicroGpt.Runner.Logs;

/// <summary>Where the losses of a run are written to, and what stands beside them.</summary>
/// <param name="Path">The file: CSV, or JSON lines where its name ends in <c>.jsonl</c>.</param>
public sealed record LossLogSettings(string Path)
{
    /// <summary>The ending of a file of JSON lines.</summary>
    public const string JsonEnding = ".jsonl";

    /// <summary>Whether the run measures a held-out loss.</summary>
    public bool HeldOutLoss { get; init; }

    /// <summary>Whether the run measures the norm of every step's gradient.</summary>
    public bool GradientNorm { get; init; }

    /// <summary>Whether a log that is there already may be emptied.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Whether the file holds JSON lines.</summary>
    public bool IsJson => HasJsonEnding(Path);

    /// <summary>The columns of the CSV file, in their order.</summary>
    public IReadOnlyList<string> Columns
    {
        get
        {
            List<string> columns =
            [
                LossLogColumn.Step, LossLogColumn.Document, LossLogColumn.Positions, LossLogColumn.LearningRate, LossLogColumn.Loss,
            ];
            if (HeldOutLoss)
            {
                columns.Add(LossLogColumn.HeldOutLoss);
            }

            if (GradientNorm)
            {
                columns.Add(LossLogColumn.GradientNorm);
            }

            return columns;
        }
    }

    /// <summary>The first line of the CSV file.</summary>
    public string Header => string.Join(',', Columns);

    /// <summary>Whether a name is that of a file of JSON lines.</summary>
    public static bool HasJsonEnding(string path) => path.EndsWith(JsonEnding, StringComparison.OrdinalIgnoreCase);
}

/// <summary>The names of a log's columns, and of the members of its JSON lines.</summary>
public static class LossLogColumn
{
    /// <summary>The step, counted from 1.</summary>
    public const string Step = "step";

    /// <summary>The document trained on; of a batch the first.</summary>
    public const string Document = "document";

    /// <summary>Positions of the step.</summary>
    public const string Positions = "positions";

    /// <summary>The step's learning rate; empty for a model without one.</summary>
    public const string LearningRate = "lr";

    /// <summary>The loss before the update, in nats a token.</summary>
    public const string Loss = "loss";

    /// <summary>The loss on what is held out, after the update; empty where it was not measured.</summary>
    public const string HeldOutLoss = "held_out_loss";

    /// <summary>The norm of the gradient before clipping.</summary>
    public const string GradientNorm = "gradient_norm";

    /// <summary>Seconds of training until the end of the step, those before an interruption included. JSON lines only.</summary>
    public const string Seconds = "seconds";

    /// <summary>Steps a second over the last seconds; null after the first step. JSON lines only.</summary>
    public const string StepsPerSecond = "steps_per_second";

    /// <summary>Positions a second over the last seconds; null after the first step. JSON lines only.</summary>
    public const string PositionsPerSecond = "positions_per_second";
}
