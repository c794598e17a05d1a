using MicroGpt.Runner.Comparison;

namespace MicroGpt.Course;

/// <summary>The course: what <c>compare</c> trains step by step.</summary>
public static class CourseSteps
{
    /// <summary>The steps in the order of the course.</summary>
    public static IReadOnlyList<CourseStep> All { get; } =
    [
        new(0, "counting", "bigram counts", "tokens, loss", "counting", null, null)
        {
            Uncompiled = CountingModel.For,
            Remark = "Pairs of tokens are counted; nothing is compiled.",
        },
        new(1, "a gradient, checked", "bigram MLP", "embedding, gradient, its check", "SGD", 1.0, nameof(Step2)) { ChecksGradient = true },
        new(2, "automatic gradient", "bigram MLP", "automatic gradient", "SGD", 1.0, nameof(Step2)),
        new(3, "one attention head", "GPT", "attention, positions, residuals", "SGD", 0.1, nameof(Step3)),
        new(4, "several heads", "GPT", "several heads, layers", "SGD", 0.1, nameof(Step4)),
        new(5, "Adam", "GPT", "momentum, own step sizes", "Adam", 0.01, nameof(Step5)),
    ];
}
