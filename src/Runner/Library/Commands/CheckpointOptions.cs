using System.CommandLine;
using System.CommandLine.Parsing;
using MicroGpt.Runner.Checkpoints;
using MicroGpt.Runner.Messages;

namespace MicroGpt.Runner.Commands;

/// <summary>The options of a run that saves itself, goes on, or starts from saved weights.</summary>
internal sealed class CheckpointOptions
{
    private const string Resume = "--resume";

    /// <summary>What may stand beside --resume: it changes no number of the run.</summary>
    private static readonly string[] BesideResume =
        [Resume, "--data", "--threads", "--log", "--report", "--samples", "--temperature", "--save-every", "--stop-at", "--quiet"];

    private readonly Option<string?> save = new("--save")
    {
        Description = "Folder to save the run in: latest.safetensors and, with --validation, best.safetensors.",
        HelpName = "folder",
    };

    private readonly Option<int?> every =
        NumberOption.Count("--save-every", "Steps from one checkpoint to the next. [default: a tenth of the run]");
    private readonly Option<int?> keep =
        NumberOption.Count("--keep", "Keep this many numbered checkpoints beside the latest one. [default: none]");
    private readonly Option<int?> stopAt = NumberOption.Count("--stop-at", "Save the run after this step and end; --resume goes on.");
    private readonly Option<string?> resume = new(Resume)
    {
        Description = "Go on with the run that saved itself in this folder, with its own settings and the same data.",
        HelpName = "folder",
    };

    private readonly Option<string?> init = new("--init")
    {
        Description = "Start a new run from the weights and the tokenizer of this checkpoint, "
            + "or from a safetensors file of another program.",
        HelpName = "file",
    };

    private readonly WeightOptions weights;

    private CheckpointOptions(WeightOptions weights) => this.weights = weights;

    /// <summary>Makes the options and adds them to a command.</summary>
    public static CheckpointOptions AddTo(Command command)
    {
        var options = new CheckpointOptions(WeightOptions.AddTo(
            command,
            "With --init: lines 'ours theirs' that say how parameters are called in that file.",
            "With --init: names and order are those of others; only for a model that computes the same."));
        EmptyName.Refuse(options.resume, "a run's folder");
        EmptyName.Refuse(options.init, "a checkpoint or of a run's folder");
        foreach (Option option in new Option[] { options.save, options.every, options.keep, options.stopAt, options.resume, options.init })
        {
            command.Add(option);
        }

        return options;
    }

    /// <summary>Whether an option was given, rather than left at its default.</summary>
    public static bool IsGiven(ParseResult result, string option) =>
        result.CommandResult.Command.Options.FirstOrDefault(known => known.Name == option) is Option found
            && result.GetResult(found) is { Implicit: false };

    /// <summary>The folder of the run to go on with; null for a new run.</summary>
    /// <exception cref="RunnerException">Something is asked for that would change the run.</exception>
    public string? Resumed(ParseResult result)
    {
        string? folder = result.GetValue(resume);
        Option? other = folder is null ? null : result.CommandResult.Command.Options.FirstOrDefault(
            option => !BesideResume.Contains(option.Name) && result.GetResult(option) is { Implicit: false });
        return other is null ? folder : throw RunnerException.Usage(
            $"{other.Name} cannot stand with {Resume}: the run goes on with its own settings. A new run, with a new schedule, "
                + $"starts from its weights by --init {CheckpointFolder.Latest(folder!)}.");
    }

    /// <summary>The weights to start from; null for random ones.</summary>
    /// <exception cref="RunnerException">
    /// They cannot be read, a tokenizer is asked for beside their own, or names without a file that has them.
    /// </exception>
    public InitialWeights? Init(ParseResult result)
    {
        if (result.GetValue(init) is not string path)
        {
            return weights.Given(result) is not string names
                ? null : throw RunnerException.Usage($"{names} says how a file calls parameters: add --init with its name.");
        }

        InitialWeights opened = InitialWeights.Open(path, weights.Given(result), weights.Places(result));
        if (opened.Tokenizer is null || !IsGiven(result, "--tokenizer"))
        {
            return opened;
        }

        opened.Dispose();
        throw RunnerException.Usage("--tokenizer cannot stand with --init: "
            + $"the tokenizer comes from the {(opened.ModelName is null ? "file" : "checkpoint")}. Leave --tokenizer out.");
    }

    /// <summary>The file that says how the weights to start from are called; null for none.</summary>
    public string? Names(ParseResult result) => weights.File(result);

    /// <summary>The folder to save in; null for none.</summary>
    /// <exception cref="RunnerException">Options ask how to save, but none where.</exception>
    public string? Folder(ParseResult result)
    {
        string? folder = result.GetValue(save);
        if (folder is null)
        {
            foreach (Option<int?> option in new[] { every, keep, stopAt })
            {
                if (result.GetValue(option) is not null)
                {
                    throw RunnerException.Usage($"{option.Name} needs a folder to save in: add --save with its name.");
                }
            }
        }

        return folder;
    }

    /// <summary>How a new run saves itself.</summary>
    public SaveSettings Settings(ParseResult result) => new(result.GetValue(every), result.GetValue(keep) ?? 0);

    /// <summary>How a run that goes on saves itself.</summary>
    public SaveSettings Settings(ParseResult result, SaveSettings saved) => saved with { Every = result.GetValue(every) ?? saved.Every };

    /// <summary>The step to stop after; null for none.</summary>
    /// <param name="result">What was given.</param>
    /// <param name="done">Steps that the run has done.</param>
    /// <exception cref="RunnerException">The run is past that step.</exception>
    public int? StopAt(ParseResult result, int done = 0) => result.GetValue(stopAt) is int step && step <= done
        ? throw RunnerException.Usage(FormattableString.Invariant(
            $"--stop-at: the run has done {Counted.Of(done, "step")}, so it cannot stop after step {step:N0}; give a later one."))
        : result.GetValue(stopAt);
}
