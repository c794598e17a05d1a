using MicroGpt.Runner.Messages;

namespace MicroGpt.Runner.Training;

/// <summary>How the learning rate falls after the warm-up.</summary>
public enum ScheduleKind
{
    /// <summary>In a straight line.</summary>
    Linear = 0,

    /// <summary>Along half a cosine (Loshchilov and Hutter, 2017): slowly at first and at the end.</summary>
    Cosine = 1,

    /// <summary>It stays as it is.</summary>
    Constant = 2,
}

/// <summary>
/// The course of the learning rate over a run. In step s of S, counted from 0, after a warm-up of W steps, it is
/// <c>lr · (s + 1) / (W + 1)</c> while s &lt; W, then <c>min + (lr − min) · f((s − W) / (S − W))</c>, where f(x) is <c>1 − x</c>,
/// <c>(1 + cos πx) / 2</c> or 1.
/// </summary>
public sealed record ScheduleSettings
{
    /// <summary>The form of f. Default: a straight line.</summary>
    public ScheduleKind Kind { get; init; } = ScheduleKind.Linear;

    /// <summary>W, the steps in which the rate rises to its full value. Default: none.</summary>
    public int Warmup { get; init; }

    /// <summary>What the rate falls to. Default: 0.</summary>
    public double MinLearningRate { get; init; }

    /// <summary>The learning rate of a step.</summary>
    /// <param name="learningRate">The full rate, reached at the end of the warm-up.</param>
    /// <param name="step">The step, from 0.</param>
    /// <param name="steps">Number of steps of the run.</param>
    public double At(double learningRate, int step, int steps)
    {
        if (step < Warmup)
        {
            return learningRate * (step + 1.0) / (Warmup + 1.0);
        }

        double share = (double)(step - Warmup) / (steps - Warmup);
        double height = Kind switch
        {
            ScheduleKind.Linear => 1.0 - share,
            ScheduleKind.Cosine => 0.5 * (1.0 + Math.Cos(Math.PI * share)),
            _ => 1.0,
        };
        return MinLearningRate + ((learningRate - MinLearningRate) * height);
    }

    /// <summary>Finds what does not go together.</summary>
    /// <param name="learningRate">The full learning rate of the run.</param>
    /// <exception cref="RunnerException">The schedule does not fit the run; the message names the options.</exception>
    public void Check(double learningRate)
    {
        if (MinLearningRate > 0 && Kind == ScheduleKind.Constant)
        {
            throw RunnerException.Usage(
                "--min-learning-rate: a constant schedule does not fall; leave it out, or give --schedule linear or cosine.");
        }

        if (MinLearningRate > learningRate)
        {
            throw RunnerException.Usage(Invariant(
                $"--min-learning-rate: {MinLearningRate} is above the learning rate of {learningRate}, which is to fall to it."));
        }
    }

    /// <summary>Finds out whether the run is long enough to warm up.</summary>
    /// <param name="steps">Number of steps of the run.</param>
    /// <exception cref="RunnerException">The full rate would never be reached.</exception>
    public void CheckWarmup(int steps)
    {
        if (Warmup > 0 && Warmup >= steps)
        {
            throw RunnerException.Usage(Invariant(
                $"--warmup: {Counted.Of(Warmup, "step")} of warm-up {(Warmup == 1 ? "leaves" : "leave")} none of the run's {steps:N0} ")
                    + "for the full learning rate; give fewer, or more --steps.");
        }
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
