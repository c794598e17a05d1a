using System.CommandLine;
using MicroGpt.Runner.Terminal;

namespace MicroGpt.Runner.Commands;

/// <summary>The options that choose the update rule: by name, and with what clipping.</summary>
internal sealed class OptimizerOption
{
    private const string Name = "--optimizer";

    private readonly Option<string?> optimizer;
    private readonly Option<double?> clipNorm;

    private OptimizerOption(Option<string?> optimizer, Option<double?> clipNorm)
    {
        this.optimizer = optimizer;
        this.clipNorm = clipNorm;
    }

    /// <summary>Makes the options and adds them to a command; their values are put together by <see cref="Rule"/>.</summary>
    public static OptimizerOption AddTo(Command command)
    {
        var optimizer = new Option<string?>(Name)
        {
            Description = $"The update rule: {string.Join(", ", UpdateName.All)}. [default: the one that the model's spec names, which is compiled into its training step]",
            HelpName = "name",
        };
        optimizer.CompletionSources.Add(_ => UpdateName.All.Select(name => new System.CommandLine.Completions.CompletionItem(name)));
        Option<double?> clipNorm = NumberOption.Positive("--clip-norm", "Scale a gradient down to this norm where it is larger. [default: no clipping]");
        command.Add(optimizer);
        command.Add(clipNorm);
        return new OptimizerOption(optimizer, clipNorm);
    }

    /// <summary>The rule asked for; null for the one that the model compiles into its step.</summary>
    /// <exception cref="RunnerException">There is no rule of that name.</exception>
    public UpdateRule? Rule(ParseResult result, ModelDescription model)
    {
        UpdateRule compiledIn = UpdateRule.For(model.Optimizer);
        UpdateRule asked = result.GetValue(optimizer) is string name ? Find(name) : compiledIn;
        asked = asked with { ClipNorm = result.GetValue(clipNorm) };
        return asked == compiledIn ? null : asked;
    }

    private static UpdateRule Find(string name)
    {
        if (UpdateName.Find(name) is UpdateKind kind)
        {
            return new UpdateRule { Kind = kind };
        }

        string guess = NearestName.Find(name, UpdateName.All) is string nearest ? $" Did you mean {nearest}?" : "";
        throw RunnerException.Usage($"{Name}: there is no optimizer '{name}'.{guess} Known: {string.Join(", ", UpdateName.All)}.");
    }
}
