namespace MicroGpt.Runner.Course;

/// <summary>One step of the course: what it trains, how, and what is new in it.</summary>
/// <param name="Number">0 to 5.</param>
/// <param name="Title">What the step is about, in a few words.</param>
/// <param name="Architecture">What its model is.</param>
/// <param name="NewConcepts">What it adds to the step before.</param>
/// <param name="Optimizer">"counting", "SGD" or "Adam".</param>
/// <param name="LearningRate">Initial learning rate; null for counting, which has none.</param>
/// <param name="ModelName">The spec class that is trained; null for counting, which needs no compiled model.</param>
public sealed record CourseStep(
    int Number, string Title, string Architecture, string NewConcepts, string Optimizer, double? LearningRate, string? ModelName)
{
    /// <summary>The steps in the order of the course.</summary>
    public static IReadOnlyList<CourseStep> All { get; } =
    [
        new(0, "counting", "bigram counts", "tokens, loss", "counting", null, null),
        new(1, "a gradient, checked", "bigram MLP", "embedding, gradient, its check", "SGD", 1.0, "Step2"),
        new(2, "automatic gradient", "bigram MLP", "automatic gradient", "SGD", 1.0, "Step2"),
        new(3, "one attention head", "GPT", "attention, positions, residuals", "SGD", 0.1, "Step3"),
        new(4, "several heads", "GPT", "several heads, layers", "SGD", 0.1, "Step4"),
        new(5, "Adam", "GPT", "momentum, own step sizes", "Adam", 0.01, "Step5"),
    ];

    /// <summary>How the step is called in tables and charts.</summary>
    public string Name => FormattableString.Invariant($"step {Number}");

    /// <summary>Whether the step's lesson is comparing the gradient with differences of the loss.</summary>
    public bool ChecksGradient => Number == 1;
}
