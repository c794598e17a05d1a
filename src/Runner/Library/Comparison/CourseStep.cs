using MicroGpt.Runner.Data;

namespace MicroGpt.Runner.Comparison;

/// <summary>One step of a course that a program brings along for <c>compare</c>: what it trains, how, and what is new in it.</summary>
/// <param name="Number">Its number in the course.</param>
/// <param name="Title">What the step is about, in a few words.</param>
/// <param name="Architecture">What its model is.</param>
/// <param name="NewConcepts">What it adds to the step before.</param>
/// <param name="Optimizer">The update in a word, such as "SGD".</param>
/// <param name="LearningRate">Initial learning rate; null for a model that has none.</param>
/// <param name="ModelName">The compiled model that is trained; null where <see cref="Uncompiled"/> makes one.</param>
public sealed record CourseStep(
    int Number, string Title, string Architecture, string NewConcepts, string Optimizer, double? LearningRate, string? ModelName)
{
    /// <summary>How the step is called in tables and charts.</summary>
    public string Name => FormattableString.Invariant($"step {Number}");

    /// <summary>Makes the model of a step that trains no compiled one, for the data that it will see.</summary>
    public Func<Corpus, ModelEntry>? Uncompiled { get; init; }

    /// <summary>A sentence about the model for the page; null where the name of the compiled model says enough.</summary>
    public string? Remark { get; init; }

    /// <summary>Whether the step's lesson is comparing the gradient with differences of the loss.</summary>
    public bool ChecksGradient { get; init; }
}
