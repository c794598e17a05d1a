using System.CommandLine;
using System.CommandLine.Parsing;
using MicroGpt.Runner.Batches;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Randomness;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Commands;

/// <summary>The options for the length of a run: in steps or in epochs.</summary>
internal sealed class LengthOptions
{
    private readonly Option<int?> steps;
    private readonly Option<int?> epochs = NumberOption.Count(
        "--epochs", "Times that the training sees all documents (of a stream, as many windows as it fills), in place of --steps.");

    private LengthOptions()
    {
        steps = NumberOption.WholeOrNone(
            "--steps", FormattableString.Invariant($"Training steps. [default: {new TrainingSettings().Steps}]"), 0);
    }

    /// <summary>Makes the options and adds them to a command.</summary>
    public static LengthOptions AddTo(Command command)
    {
        var options = new LengthOptions();
        command.Add(options.steps);
        command.Add(options.epochs);
        return options;
    }

    /// <summary>The number of steps asked for, or the default.</summary>
    public int Steps(ParseResult result) => result.GetValue(steps) ?? new TrainingSettings().Steps;

    /// <summary>The number of epochs asked for; null where the run is counted in steps.</summary>
    /// <exception cref="RunnerException">Both are asked for.</exception>
    public int? Epochs(ParseResult result)
    {
        int? number = result.GetValue(epochs);
        return number is null || result.GetValue(steps) is null
            ? number
            : throw RunnerException.Usage("--epochs and --steps both say how long to train; give one of them.");
    }

    /// <summary>Counts the steps of some epochs: the last step may begin another one.</summary>
    /// <exception cref="RunnerException">There would be too many.</exception>
    public static TrainingSettings WithEpochs(TrainingSettings settings, int? epochs, Corpus corpus, ModelDescription model)
    {
        if (epochs is not int number)
        {
            return settings;
        }

        var split = DataSplit.Draw(corpus, new RandomStream(settings.Seed), settings.ValidationShare);
        long items = BatchSource.ItemsPerEpoch(split, model.BlockSize) * number;
        long perStep = (long)settings.BatchSize * settings.Accumulate;
        long count = (items + perStep - 1) / perStep;
        return count <= int.MaxValue
            ? settings with { Steps = (int)count }
            : throw RunnerException.Usage(FormattableString.Invariant(
                $"--epochs: {number:N0} epochs are {count:N0} steps, more than {int.MaxValue:N0}; give fewer."));
    }
}
