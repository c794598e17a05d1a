using System.CommandLine;
using System.CommandLine.Parsing;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Commands;

/// <summary>The options of a run that holds data out and measures the loss on it.</summary>
internal sealed class ValidationOptions
{
    private readonly Option<double> share = NumberOption.Share(
        "--validation",
        "Share of the documents (of a stream, of its end) to hold out and measure the loss on, such as 0.1. [default: 0, none]");

    private readonly Option<int?> every = NumberOption.Count(
        "--evaluate-every", "Steps from one measurement of the held-out loss to the next. [default: a tenth of the run]");

    private readonly Option<int?> earlyStop = NumberOption.Count(
        "--early-stop", "End the run after this many measurements without a better held-out loss. [default: never]");

    private ValidationOptions()
    {
    }

    /// <summary>Makes the options and adds them to a command.</summary>
    public static ValidationOptions AddTo(Command command)
    {
        var options = new ValidationOptions();
        command.Add(options.share);
        command.Add(options.every);
        command.Add(options.earlyStop);
        return options;
    }

    /// <summary>Puts what was asked for into the settings of a run.</summary>
    /// <exception cref="RunnerException">Something is asked of a validation that there is not.</exception>
    public TrainingSettings Apply(ParseResult result, TrainingSettings settings)
    {
        double held = result.GetValue(share);
        int? steps = result.GetValue(every);
        int? patience = result.GetValue(earlyStop);
        if (held == 0 && (steps ?? patience) is not null)
        {
            string option = steps is null ? earlyStop.Name : every.Name;
            throw RunnerException.Usage($"{option} needs data that is held out: add --validation with a share, such as --validation 0.1.");
        }

        return settings with { ValidationShare = held, EvaluateEvery = steps, EarlyStop = patience };
    }
}
