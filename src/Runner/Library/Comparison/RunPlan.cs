using MicroGpt.Runner.Data;
using MicroGpt.Runner.Terminal;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Comparison;

/// <summary>A model to train for a comparison, and the words that describe it.</summary>
/// <param name="Name">Name of the run, unique in a comparison.</param>
/// <param name="Entry">The model.</param>
internal sealed record RunPlan(string Name, ModelEntry Entry)
{
    /// <summary>Whether it is a step of the course.</summary>
    public bool IsOfCourse { get; init; }

    /// <summary>What kind of model it is.</summary>
    public required string Architecture { get; init; }

    /// <summary>What it adds to the model before it; empty for a model that is not part of the course.</summary>
    public string NewConcepts { get; init; } = "";

    /// <summary>The update rule in words.</summary>
    public required string Optimizer { get; init; }

    /// <summary>Initial learning rate; null for a model that has none.</summary>
    public required double? LearningRate { get; init; }

    /// <summary>Whether the gradient is compared with differences of the loss before training.</summary>
    public bool ChecksGradient { get; init; }

    /// <summary>Whether it learns by a gradient, and does not count.</summary>
    public bool HasGradient { get; init; } = true;

    /// <summary>A sentence for the page.</summary>
    public required string Summary { get; init; }

    /// <summary>
    /// "none", "1 head of 16", "4 heads of 4"; without the size for an architecture in which it need not follow from the width.
    /// </summary>
    public string Attention => Entry.Description is { NHead: > 0 } model
        ? FormattableString.Invariant($"{model.NHead} {(model.NHead == 1 ? "head" : "heads")}")
            + (model.Architecture == "GPT" ? FormattableString.Invariant($" of {model.NEmbd / model.NHead}") : "")
        : "none";

    /// <summary>A compiled model with the course's learning rate for its kind.</summary>
    public static RunPlan Of(ModelEntry entry) => new(entry.Name, entry)
    {
        Architecture = entry.Description.Architecture == "MLP" ? "bigram MLP" : entry.Description.Architecture,
        Optimizer = RunFacts.NameOf(entry.Description.Optimizer),
        LearningRate = Training.LearningRate.DefaultFor(entry.Description),
        Summary = $"The compiled model {entry.Name}, in {RunFacts.NameOf(entry.Description.Precision)} precision.",
    };

    /// <summary>A step of the course.</summary>
    /// <param name="step">The step.</param>
    /// <param name="models">The compiled models of the program.</param>
    /// <param name="corpus">What will be trained on; a model that is not compiled takes its vocabulary from it.</param>
    /// <exception cref="RunnerException">The program lacks the step's model.</exception>
    public static RunPlan Of(CourseStep step, IReadOnlyList<ModelEntry> models, Corpus corpus)
    {
        ModelEntry entry = step.Uncompiled?.Invoke(corpus)
            ?? models.FirstOrDefault(model => model.Name == step.ModelName)
            ?? throw RunnerException.Usage(
                $"--course: {step.Name} trains the compiled model {step.ModelName}, which this program does not have.");
        string source = step.Remark ?? $"The compiled model {entry.Name}, in {RunFacts.NameOf(entry.Description.Precision)} precision.";
        return new RunPlan(step.Name, entry)
        {
            IsOfCourse = true,
            HasGradient = step.Uncompiled is null,
            Architecture = step.Architecture,
            NewConcepts = step.NewConcepts,
            Optimizer = step.Optimizer,
            LearningRate = step.LearningRate,
            ChecksGradient = step.ChecksGradient,
            Summary = $"{char.ToUpperInvariant(step.Title[0])}{step.Title[1..]}. {source}",
        };
    }
}
