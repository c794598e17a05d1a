namespace MicroGpt;

/// <summary>
/// The part of the contract of a model that calls <see cref="Functions.Dropout"/>: which elements its training steps drop. Nothing is
/// dropped by <see cref="IModelSession.Loss"/>, <see cref="IModelSession.Decode"/> and the <see cref="ICompiledModel.Gradient"/> of the
/// contract.
/// </summary>
public interface IModelDropout
{
    /// <summary>
    /// What the next training step draws from; seed 0, step 0 at first. Each step moves it on to the next. Of several batches that make a
    /// step together (<see cref="GradientOptimizer.Accumulate"/>) each goes on where the rows of the last ended. Loading parameters
    /// goes back to step 0.
    /// </summary>
    DropoutDraw Dropout { get; set; }

    /// <summary>The loss and its gradient as a training step has them that draws from here, parameters untouched.</summary>
    /// <param name="batch">Packed documents.</param>
    /// <param name="gradient">Receives <see cref="ModelDescription.ParameterCount"/> elements, in canonical form.</param>
    /// <param name="dropout">What decides which elements are dropped; <see cref="Dropout"/> stays as it is.</param>
    /// <returns>The loss in nats.</returns>
    /// <exception cref="ArgumentException">As for <see cref="ICompiledModel.Gradient"/>.</exception>
    double Gradient(in Batch batch, Span<double> gradient, DropoutDraw dropout);
}

/// <summary>What decides, beside their place, which elements a training step drops.</summary>
/// <param name="Seed">The run's.</param>
/// <param name="Step">Number of the training step, from 0.</param>
/// <param name="FirstRow">Rows of the whole batch before this one's, where a batch is divided.</param>
public readonly record struct DropoutDraw(ulong Seed, int Step, int FirstRow = 0)
{
    /// <summary>The beginning of the next step.</summary>
    public DropoutDraw NextStep() => new(Seed, Step + 1);

    /// <summary>The same step, so many rows further on.</summary>
    public DropoutDraw After(int rows) => this with { FirstRow = FirstRow + rows };
}
