using System.CommandLine;
using MicroGpt.Runner.Terminal;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Commands;

/// <summary>The options that choose the update rule: by name, with what constants and what clipping.</summary>
internal sealed class RuleOptions
{
    private const string Name = "--optimizer";

    private readonly Option<string?> optimizer = new(Name)
    {
        Description = $"The update rule: {string.Join(", ", UpdateName.All)}. [default: the one that the model's spec names, "
            + "which is compiled into its training step]",
        HelpName = "name",
    };

    private readonly Option<double?> momentum = NumberOption.Decay(
        "--momentum", Constant("Share of the earlier steps' motion that is kept, with momentum.", UpdateRule.Momentum.MomentumFactor));
    private readonly Option<double?> beta1 =
        NumberOption.Decay("--beta1", Constant("Decay of the mean gradient, with adam and adamw.", UpdateRule.Adam.Beta1));
    private readonly Option<double?> beta2 =
        NumberOption.Decay("--beta2", Constant("Decay of the mean squared gradient, with adam and adamw.", UpdateRule.Adam.Beta2));
    private readonly Option<double?> weightDecay = NumberOption.NotNegative(
        "--weight-decay", Constant(
            "Each step takes this share, times the learning rate, off the matrices (embeddings are matrices), with adamw.",
            UpdateRule.AdamW.WeightDecay));

    private readonly Option<double?> clipNorm =
        NumberOption.Positive("--clip-norm", "Scale a gradient down to this norm where it is larger. [default: no clipping]");

    private RuleOptions()
    {
    }

    /// <summary>Makes the options and adds them to a command; their values are put together by <see cref="Rule"/>.</summary>
    public static RuleOptions AddTo(Command command)
    {
        var options = new RuleOptions();
        options.optimizer.CompletionSources.Add(
            _ => UpdateName.All.Select(name => new System.CommandLine.Completions.CompletionItem(name)));
        command.Add(options.optimizer);
        command.Add(options.momentum);
        command.Add(options.beta1);
        command.Add(options.beta2);
        command.Add(options.weightDecay);
        command.Add(options.clipNorm);
        return options;
    }

    /// <summary>The rule asked for; null for the one that the model compiles into its step.</summary>
    /// <exception cref="RunnerException">There is no rule of that name, or the rule does not have a constant that was given.</exception>
    public UpdateRule? Rule(ParseResult result, ModelDescription model)
    {
        UpdateRule compiledIn = UpdateRule.For(model.Optimizer);
        UpdateRule asked = result.GetValue(optimizer) is string name ? Find(name) : compiledIn;
        bool isAdam = asked.Kind is UpdateKind.Adam or UpdateKind.AdamW;
        if (Given(momentum, asked.Kind == UpdateKind.Momentum, "momentum") is double factor)
        {
            asked = asked with { MomentumFactor = factor };
        }

        if (Given(beta1, isAdam, "adam and adamw") is double first)
        {
            asked = asked with { Beta1 = first };
        }

        if (Given(beta2, isAdam, "adam and adamw") is double second)
        {
            asked = asked with { Beta2 = second };
        }

        if (Given(weightDecay, asked.Kind == UpdateKind.AdamW, "adamw") is double decay)
        {
            asked = asked with { WeightDecay = decay };
        }

        asked = asked with { ClipNorm = result.GetValue(clipNorm) };
        return asked == compiledIn ? null : asked;

        double? Given(Option<double?> option, bool hasIt, string owners)
        {
            double? value = result.GetValue(option);
            if (value is not null && !hasIt)
            {
                string chosen = result.GetValue(optimizer) is null ? $", which {model.Name} compiles in," : "";
                string first = owners.Split(' ')[0];
                throw RunnerException.Usage(
                    $"{option.Name}: {UpdateName.Of(asked.Kind)}{chosen} has no such "
                        + $"constant; {owners} {(owners.Contains(' ') ? "have" : "has")} it: {Name} {first}, or leave {option.Name} out.");
            }

            return value;
        }
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

    private static string Constant(string description, double @default) =>
        FormattableString.Invariant($"{description} [default: {@default}]");
}
