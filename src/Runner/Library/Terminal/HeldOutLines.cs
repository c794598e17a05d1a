using MicroGpt.Runner.Evaluation;
using MicroGpt.Runner.Report;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Terminal;

/// <summary>Says how a model does on the data that is held out: at every measurement, and at the end.</summary>
/// <param name="output">Where to write.</param>
/// <param name="validation">The run's measurements.</param>
internal sealed class HeldOutLines(TextWriter output, Validation validation) : ITrainingObserver
{
    /// <inheritdoc/>
    public void OnStep(in TrainingStep step)
    {
        if (step.HeldOutLoss is not null && validation.Last is HeldOutLoss loss)
        {
            output.WriteLine(FormattableString.Invariant($"{loss} after step {step.Step:N0}"));
        }
    }

    /// <summary>The last measurement, what it is to be measured against, and why the run is over where it ended early.</summary>
    public static IEnumerable<string> Summary(TrainingSession session)
    {
        if (session.Validation is not Validation validation || validation.Last is not HeldOutLoss loss)
        {
            yield break;
        }

        string on = $" on {validation.Evaluator.Scope}";
        yield return $"{loss}{on}; {Describe(Baselines.Of(session.Corpus))}";
        if (validation.IsOver && session.CompletedSteps < session.Settings.Steps)
        {
            yield return FormattableString.Invariant(
                $"ended early: no better held-out loss in {validation.State.WithoutBetter:N0} ")
                    + FormattableString.Invariant($"measurement{(validation.State.WithoutBetter == 1 ? "" : "s")} since ")
                    + FormattableString.Invariant($"step {validation.State.BestStep:N0}, when it was {validation.State.Best:F4}");
        }
        else if (!validation.IsBest)
        {
            yield return FormattableString.Invariant(
                $"the best held-out loss was {validation.State.Best:F4}, at step {validation.State.BestStep:N0}");
        }
    }

    /// <summary>The baselines in a phrase.</summary>
    public static string Describe(Baselines baselines) => FormattableString.Invariant(
        $"without a model: uniform {baselines.Uniform:F4}, unigram {baselines.Unigram:F4}, bigram {baselines.Bigram:F4}");
}
