namespace MicroGpt.Runner.Training;

/// <summary>
/// Keeps the last losses of a run for their mean, since a single step's loss is one document's and says little, and the mean of the
/// first ones, against which a run is judged.
/// </summary>
public sealed class LossWindow : ITrainingObserver
{
    /// <summary>The number of steps that a mean is taken over.</summary>
    public const int Size = 100;

    private readonly double[] losses = new double[Size];
    private double firstSum;

    /// <summary>Number of losses since the beginning of the run.</summary>
    public long Total { get; private set; }

    /// <summary>Number of losses that the mean is taken over at present.</summary>
    public int Count => (int)Math.Min(Total, Size);

    /// <summary>The last loss; NaN before the first step.</summary>
    public double Last => Total == 0 ? double.NaN : losses[(Total - 1) % Size];

    /// <summary>The mean of the first losses, as many as <see cref="Count"/>; NaN before the first step.</summary>
    public double FirstMean => Total == 0 ? double.NaN : firstSum / Count;

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

    /// <summary>Adds a step's loss.</summary>
    public void Add(double loss)
    {
        if (Total < Size)
        {
            firstSum += loss;
        }

        losses[Total++ % Size] = loss;
    }

    /// <inheritdoc/>
    public void OnStep(in TrainingStep step) => Add(step.Loss);

    /// <summary>What a run needs to go on with the same means.</summary>
    public LossWindowState Save()
    {
        double[] last = new double[Count];
        for (int i = 0; i < last.Length; i++)
        {
            last[i] = losses[(Total - last.Length + i) % Size];
        }

        return new LossWindowState(Total, firstSum, last);
    }

    /// <summary>Goes on where <see cref="Save"/> left off.</summary>
    /// <exception cref="ArgumentException">The number of losses kept is not the one that the number of steps asks for.</exception>
    public void Restore(LossWindowState state)
    {
        if (state.Total < 0 || state.Last.Count != Math.Min(state.Total, Size))
        {
            throw new ArgumentException($"After {state.Total} steps there are {state.Last.Count} losses, which cannot be.", nameof(state));
        }

        // Each loss goes to the place that its step has: the sums have the same order, to the last bit.
        Total = state.Total;
        firstSum = state.FirstSum;
        for (int i = 0; i < state.Last.Count; i++)
        {
            losses[(Total - state.Last.Count + i) % Size] = state.Last[i];
        }
    }
}

/// <summary>What <see cref="LossWindow"/> keeps of a run.</summary>
/// <param name="Total">Losses since the beginning.</param>
/// <param name="FirstSum">Sum of the first of them, up to <see cref="LossWindow.Size"/>.</param>
/// <param name="Last">The last of them, up to <see cref="LossWindow.Size"/>, oldest first.</param>
public sealed record LossWindowState(long Total, double FirstSum, IReadOnlyList<double> Last);
