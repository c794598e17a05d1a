namespace MicroGpt.Runner.Training;

/// <summary>The course's learning rates; how they fall over a run is a <see cref="ScheduleSettings"/>.</summary>
public static class LearningRate
{
    /// <summary>
    /// The course's initial learning rate: 0.01 for Adam and AdamW; with SGD, 1.0 for the MLP and 0.1 for a GPT. Heavy ball adds up the
    /// gradients of 1 / (1 - μ) steps, so it gets the share 1 - μ of SGD's.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="rule">The update rule; null for the one that the model compiles in.</param>
    public static double DefaultFor(ModelDescription model, UpdateRule? rule = null)
    {
        rule ??= UpdateRule.For(model.Optimizer);
        double descent = model.Architecture == "MLP" ? 1.0 : 0.1;
        return rule.Kind switch
        {
            UpdateKind.Sgd => descent,
            UpdateKind.Momentum => Math.Round(descent * (1.0 - rule.MomentumFactor), 12),
            _ => 0.01,
        };
    }
}
