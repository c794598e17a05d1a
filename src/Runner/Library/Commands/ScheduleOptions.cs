using System.CommandLine;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Commands;

/// <summary>The options that say how large a step is, and how that changes over the run.</summary>
internal sealed class ScheduleOptions
{
    private static readonly string[] Kinds = ["linear", "cosine", "constant"];

    private readonly Option<double?> learningRate = NumberOption.NotNegative(
        "--learning-rate", "Learning rate, from which the schedule falls. [default: 0.01 with Adam and AdamW; "
            + "with SGD 0.1 for a GPT and 1 for an MLP, with momentum a tenth of that]");

    private readonly Option<string?> schedule = new("--schedule")
    {
        Description = $"How the learning rate falls after the warm-up: {string.Join(", ", Kinds)}. [default: {Kinds[0]}]",
        HelpName = "name",
    };

    private readonly Option<int> warmup = NumberOption.Whole("--warmup", "Steps in which the learning rate rises to its full value.", 0, 0);
    private readonly Option<double?> minimum =
        NumberOption.NotNegative("--min-learning-rate", "What the learning rate falls to. [default: 0]");

    private ScheduleOptions()
    {
    }

    /// <summary>Makes the options and adds them to a command.</summary>
    public static ScheduleOptions AddTo(Command command)
    {
        var options = new ScheduleOptions();
        options.learningRate.Aliases.Add("--lr");
        options.schedule.CompletionSources.Add(_ => Kinds.Select(name => new System.CommandLine.Completions.CompletionItem(name)));
        command.Add(options.learningRate);
        command.Add(options.schedule);
        command.Add(options.warmup);
        command.Add(options.minimum);
        return options;
    }

    /// <summary>The learning rate asked for; null for the course's.</summary>
    public double? LearningRate(ParseResult result) => result.GetValue(learningRate);

    /// <summary>
    /// The schedule asked for; whether it fits the run is for <see cref="ScheduleSettings.Check"/> to say, which knows the steps.
    /// </summary>
    /// <exception cref="RunnerException">There is no schedule of that name.</exception>
    public ScheduleSettings Schedule(ParseResult result) => new()
    {
        Kind = result.GetValue(schedule) is string name ? Find(name) : ScheduleKind.Linear,
        Warmup = result.GetValue(warmup),
        MinLearningRate = result.GetValue(minimum) ?? 0.0,
    };

    private static ScheduleKind Find(string name)
    {
        int kind = Array.FindIndex(Kinds, candidate => candidate.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (kind >= 0)
        {
            return (ScheduleKind)kind;
        }

        string guess = NearestName.Find(name, Kinds) is string nearest ? $" Did you mean {nearest}?" : "";
        throw RunnerException.Usage($"--schedule: there is no schedule '{name}'.{guess} Known: {string.Join(", ", Kinds)}.");
    }
}
