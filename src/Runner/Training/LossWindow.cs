namespace MicroGpt.Runner.Training;

/// <summary>Keeps the last losses of a run for their mean: a single step's loss is one document's and says little.</summary>
public sealed class LossWindow : ITrainingObserver
{
    /// <summary>The number of steps that the mean is taken over.</summary>
    public const int Size = 100;

    private readonly double[] losses = new double[Size];
    private long count;

    /// <summary>Number of losses that the mean is taken over at present.</summary>
    public int Count => (int)Math.Min(count, Size);

    /// <summary>The last loss; NaN before the first step.</summary>
    public double Last => count == 0 ? double.NaN : losses[(count - 1) % Size];

    /// <summary>The mean of the last <see cref="Count"/> losses; NaN before the first step.</summary>
    public double Mean()
    {
        double sum = 0.0;
        foreach (double loss in losses.AsSpan(0, Count))
        {
            sum += loss;
        }

        return sum / Count;
    }

    /// <inheritdoc/>
    public void OnStep(in TrainingStep step) => losses[count++ % Size] = step.Loss;
}
