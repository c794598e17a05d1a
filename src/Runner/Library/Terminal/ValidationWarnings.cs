using MicroGpt.Runner.Evaluation;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Terminal;

/// <summary>Says when training and held-out loss part, as soon as they do.</summary>
/// <param name="error">Where to write.</param>
/// <param name="validation">The run's measurements.</param>
/// <param name="next">Is told of every step as well; null for none.</param>
internal sealed class ValidationWarnings(TextWriter error, Validation validation, ITrainingObserver? next) : ITrainingObserver
{
    /// <inheritdoc/>
    public void OnStep(in TrainingStep step)
    {
        next?.OnStep(step);
        if (validation.Warning is string warning)
        {
            error.WriteLine($"warning: {warning}");
        }
    }
}
