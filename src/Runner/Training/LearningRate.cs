namespace MicroGpt.Runner.Training;

/// <summary>The learning rate: the course's defaults and its schedule.</summary>
public static class LearningRate
{
    /// <summary>The course's initial learning rate: 0.01 for Adam; with SGD, 1.0 for the MLP and 0.1 for a GPT.</summary>
    public static double DefaultFor(ModelDescription model) => model switch
    {
        { Optimizer: Optimizer.Adam } => 0.01,
        { Architecture: "MLP" } => 1.0,
        _ => 0.1,
    };

    /// <summary>Linear decay to zero: <c>initial · (1 − step / steps)</c>.</summary>
    /// <param name="initial">The learning rate of the first step.</param>
    /// <param name="step">The step, from 0.</param>
    /// <param name="steps">Number of steps of the run.</param>
    public static double At(double initial, int step, int steps) => initial * (1.0 - ((double)step / steps));
}
