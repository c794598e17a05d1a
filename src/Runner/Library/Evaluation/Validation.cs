using MicroGpt.Distribution;

namespace MicroGpt.Runner.Evaluation;

/// <summary>What a run remembers of its held-out losses: all that decides whether it ends early, and what it says.</summary>
public readonly record struct ValidationState
{
    /// <summary>Before the first step.</summary>
    public ValidationState()
    {
    }

    /// <summary>The best held-out loss, in nats a token; NaN before the first measurement.</summary>
    public double Best { get; init; } = double.NaN;

    /// <summary>The step after which it was measured; 0 before the first measurement.</summary>
    public int BestStep { get; init; }

    /// <summary>Measurements since then.</summary>
    public int WithoutBetter { get; init; }

    /// <summary>The mean training loss of the steps up to the best measurement, in nats a token.</summary>
    public double TrainingLossAtBest { get; init; } = double.NaN;

    /// <summary>Sum of the training losses since the last measurement.</summary>
    public double LossSum { get; init; }

    /// <summary>Number of steps since the last measurement.</summary>
    public int LossCount { get; init; }

    /// <summary>Whether the run has been warned that training and held-out loss part.</summary>
    public bool HasWarned { get; init; }
}

/// <summary>Measures the held-out loss of a run every so many steps and at its end, and notices when it no longer becomes better.</summary>
public sealed class Validation
{
    // A single measurement above the best may be chance.
    private const int MeasurementsApart = 2;

    private readonly int steps;
    private readonly int? earlyStop;

    /// <summary>Prepares the measurements of a run.</summary>
    /// <param name="evaluator">Measures on the held-out part.</param>
    /// <param name="steps">Steps of the run.</param>
    /// <param name="every">Steps from one measurement to the next; null for a tenth of the run.</param>
    /// <param name="earlyStop">Measurements without a better one after which the run is over; null for never.</param>
    public Validation(Evaluator evaluator, int steps, int? every, int? earlyStop)
    {
        Evaluator = evaluator;
        this.steps = steps;
        Every = every ?? Math.Max(1, steps / 10);
        this.earlyStop = earlyStop;
    }

    /// <summary>Measures on the held-out part.</summary>
    public Evaluator Evaluator { get; }

    /// <summary>Steps from one measurement to the next.</summary>
    public int Every { get; }

    /// <summary>The last measurement; null before the first.</summary>
    public HeldOutLoss? Last { get; private set; }

    /// <summary>What decides over the rest of the run; set it to go on with a saved run.</summary>
    public ValidationState State { get; set; } = new();

    /// <summary>Whether the last measurement was the best so far.</summary>
    public bool IsBest => State is { BestStep: > 0, WithoutBetter: 0 };

    /// <summary>Whether the held-out loss has not become better for as many measurements as the run was told to wait.</summary>
    public bool IsOver => earlyStop is int patience && State.WithoutBetter >= patience;

    /// <summary>
    /// That training and held-out loss part: the model has begun to learn its data by heart. Null but after the measurement that shows it.
    /// </summary>
    public string? Warning { get; private set; }

    /// <summary>Measures where it is time to.</summary>
    /// <param name="model">The model after the step's update.</param>
    /// <param name="step">The step, from 1.</param>
    /// <param name="loss">The step's training loss.</param>
    /// <param name="ranks">The processes that measure together; null for this one alone.</param>
    /// <returns>The held-out loss; null where it was not measured.</returns>
    public HeldOutLoss? AfterStep(ICompiledModel model, int step, double loss, ICommunicator? ranks = null)
    {
        Warning = null;
        State = State with { LossSum = State.LossSum + loss, LossCount = State.LossCount + 1 };
        if (step % Every != 0 && step != steps)
        {
            return null;
        }

        HeldOutLoss measured = Evaluator.Measure(model, ranks);
        Last = measured;
        Take(measured.NatsPerToken, step, State.LossSum / State.LossCount);
        return measured;
    }

    private void Take(double heldOut, int step, double training)
    {
        State = State with { LossSum = 0.0, LossCount = 0 };
        if (!(heldOut >= State.Best))
        {
            State = State with { Best = heldOut, BestStep = step, WithoutBetter = 0, TrainingLossAtBest = training };
            return;
        }

        State = State with { WithoutBetter = State.WithoutBetter + 1 };
        if (!State.HasWarned && State.WithoutBetter >= MeasurementsApart && training < State.TrainingLossAtBest)
        {
            State = State with { HasWarned = true };
            Warning = FormattableString.Invariant(
                $"the held-out loss went from {State.Best:F4} at step {State.BestStep:N0} up to {heldOut:F4} at step {step:N0}, ")
                    + FormattableString.Invariant($"the training loss from {State.TrainingLossAtBest:F4} down to {training:F4}: ")
                    + "the model learns its data by heart. More data, a smaller model or --early-stop helps.";
        }
    }
}
