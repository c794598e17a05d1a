namespace MicroGpt.Runner.Training;

/// <summary>The learning rate: the course's defaults and its schedule.</summary>
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

    /// <summary>Linear decay to zero: <c>initial · (1 − step / steps)</c>.</summary>
    /// <param name="initial">The learning rate of the first step.</param>
    /// <param name="step">The step, from 0.</param>
    /// <param name="steps">Number of steps of the run.</param>
    public static double At(double initial, int step, int steps) => initial * (1.0 - ((double)step / steps));
}
