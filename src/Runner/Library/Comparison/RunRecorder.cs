using System.Diagnostics;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Comparison;

/// <summary>
/// Keeps every step of a run and the time that each took, its own work and that of the observer it passes the steps on to left
/// out.
/// </summary>
/// <param name="next">Is told of every step after it was kept; null for none.</param>
internal sealed class RunRecorder(ITrainingObserver? next = null) : ITrainingObserver
{
    private readonly List<TrainingStep> steps = [];
    private readonly List<double> microseconds = [];
    private long resumed;

    /// <summary>The steps so far.</summary>
    public IReadOnlyList<TrainingStep> Steps => steps;

    /// <summary>
    /// The median time between two steps in microseconds, which neither the just-in-time compiler's first steps nor those that
    /// redraw the display move; null before the second step.
    /// </summary>
    public double? MedianMicroseconds
    {
        get
        {
            if (microseconds.Count == 0)
            {
                return null;
            }

            double[] sorted = [.. microseconds];
            Array.Sort(sorted);
            return sorted[sorted.Length / 2];
        }
    }

    /// <inheritdoc/>
    public void OnStep(in TrainingStep step)
    {
        if (resumed != 0)
        {
            microseconds.Add(Stopwatch.GetElapsedTime(resumed).TotalMicroseconds);
        }

        steps.Add(step);
        next?.OnStep(step);
        resumed = Stopwatch.GetTimestamp();
    }
}
