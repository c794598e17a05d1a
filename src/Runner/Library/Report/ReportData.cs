using System.Text.Json.Serialization;
using MicroGpt.Runner.Logs;

namespace MicroGpt.Runner.Report;

/// <summary>
/// Everything a report page shows. Commands fill these records; <see cref="ReportWriter"/> turns them into a page.
/// Parts without data (an empty list, a null) are left out of the page.
/// </summary>
/// <param name="Title">Heading of the page, and the title of the browser's tab.</param>
public sealed record ReportData(string Title)
{
    /// <summary>One or two sentences below the heading: what was trained, on what.</summary>
    public string Subtitle { get; init; } = "";

    /// <summary>Short facts below the subtitle: "Documents" - "32,033", "Seed" - "42", ...</summary>
    public IReadOnlyList<ReportFact> Facts { get; init; } = [];

    /// <summary>The loss curves, in the order in which they are listed.</summary>
    public IReadOnlyList<LossSeries> Series { get; init; } = [];

    /// <summary>
    /// Document of each step, by index into the longest series, where all series were trained on the same documents;
    /// shown beside the cross-hair. Null where the runs differ or it is not known.
    /// </summary>
    public IReadOnlyList<string>? Documents { get; init; }

    /// <summary>Horizontal lines of the chart: what is reached without any model.</summary>
    public IReadOnlyList<BaselineLine> Baselines { get; init; } = [];

    /// <summary>Columns of the comparison table, one a model.</summary>
    public IReadOnlyList<ComparisonRow> Comparison { get; init; } = [];

    /// <summary>What can be looked at inside each model.</summary>
    public IReadOnlyList<ModelReport> Models { get; init; } = [];
}

/// <summary>A labelled figure in the page's head, already formatted.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Value">The figure.</param>
public sealed record ReportFact(string Label, string Value);

/// <summary>The losses of one run.</summary>
/// <param name="Name">Name of the run, as shown beside its curve; unique in a report.</param>
/// <param name="ColourRole">
/// Which of the page's <see cref="ColourRoles"/> series colours it has, from 0; larger numbers begin again. A model
/// keeps its role in every part of the page.
/// </param>
/// <param name="Steps">Step of each point, strictly increasing, from 1.</param>
/// <param name="Losses">Loss of each point, in nats a token, measured before the step's update. NaN leaves a gap.</param>
public sealed record LossSeries(
    string Name,
    int ColourRole,
    [property: JsonConverter(typeof(StepsConverter))] IReadOnlyList<int> Steps,
    IReadOnlyList<double> Losses)
{
    /// <summary>Number of colours that the page can tell apart.</summary>
    public const int ColourRoles = 8;

    /// <summary>Learning rate of each point; null for a model that has none (counting).</summary>
    public IReadOnlyList<double>? LearningRates { get; init; }

    /// <summary>Losses on what was held out, by step; null where they were not measured.</summary>
    public IReadOnlyList<HeldOutPoint>? HeldOut { get; init; }

    /// <summary>The steps after which the loss on what was held out was measured.</summary>
    internal static HeldOutPoint[] HeldOutOf(IEnumerable<LossLogEntry> steps) =>
        [.. steps.Where(step => step.HeldOutLoss is not null).Select(step => new HeldOutPoint(step.Step, step.HeldOutLoss!.Value))];

    /// <summary>The run that a loss log holds.</summary>
    public static LossSeries Of(LossLogFile log, string name, int colourRole) =>
        new(name, colourRole, [.. log.Entries.Select(e => e.Step)], [.. log.Entries.Select(e => e.Loss)])
        {
            HeldOut = HeldOutOf(log.Entries) is { Length: > 0 } points ? points : null,
            LearningRates = log.Entries.All(e => e.LearningRate is null)
                ? null
                : [.. log.Entries.Select(e => e.LearningRate ?? double.NaN)],
        };
}

/// <summary>The loss on what was held out from training.</summary>
/// <param name="Step">The step after whose update it was measured.</param>
/// <param name="Nats">Mean loss a token; NaN is left out.</param>
public sealed record HeldOutPoint(int Step, double Nats);

/// <summary>A horizontal line of the chart.</summary>
/// <param name="Name">"uniform", "unigram" or "bigram".</param>
/// <param name="Nats">Its height, in nats a token.</param>
public sealed record BaselineLine(string Name, double Nats);

/// <summary>One model in the comparison table. Nulls are shown as a dash.</summary>
/// <param name="Model">Name of the model; equal to the name of its series.</param>
public sealed record ComparisonRow(string Model)
{
    /// <summary>Colour of the model; as <see cref="LossSeries.ColourRole"/>.</summary>
    public int ColourRole { get; init; }

    /// <summary>"bigram counts", "bigram MLP", "GPT".</summary>
    public string Architecture { get; init; } = "";

    /// <summary>"none", "1 head of 16", "4 heads of 4".</summary>
    public string Attention { get; init; } = "";

    /// <summary>Transformer layers; null where the architecture has none.</summary>
    public int? Layers { get; init; }

    /// <summary>Number of trained numbers.</summary>
    public int? Parameters { get; init; }

    /// <summary>What this step adds to the one before it, in a few words.</summary>
    public string NewConcepts { get; init; } = "";

    /// <summary>"counting", "SGD", "Adam".</summary>
    public string Optimizer { get; init; } = "";

    /// <summary>Learning rate at the first step.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Loss of the first step, nats a token.</summary>
    public double? FirstLoss { get; init; }

    /// <summary>Mean loss of the last 100 steps, nats a token; of all steps where there are fewer.</summary>
    public double? MeanOfLast100 { get; init; }

    /// <summary>Steps that <see cref="MeanOfLast100"/> is taken over.</summary>
    public int? StepsInMean { get; init; }

    /// <summary>Loss on documents that were not trained on, nats a token.</summary>
    public double? HeldOutNats { get; init; }

    /// <summary>The summed nats / ln 2 / characters: the BOS that ends a document adds nats, but no character.</summary>
    public double? BitsPerCharacter { get; init; }

    /// <summary>exp of the held-out loss: between how many characters the model is undecided.</summary>
    public double? Perplexity { get; init; }

    /// <summary>Time of a training step, in microseconds.</summary>
    public double? MicrosecondsPerStep { get; init; }
}
