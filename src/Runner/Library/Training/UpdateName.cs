namespace MicroGpt.Runner.Training;

/// <summary>What the update rules are called, on the command line and in sentences.</summary>
internal static class UpdateName
{
    /// <summary>The names on the command line.</summary>
    public static IReadOnlyList<string> All { get; } = ["sgd", "momentum", "adam", "adamw"];

    /// <summary>The rule of that name, whatever the case; null where there is none.</summary>
    public static UpdateKind? Find(string name)
    {
        for (int kind = 0; kind < All.Count; kind++)
        {
            if (All[kind].Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return (UpdateKind)kind;
            }
        }

        return null;
    }

    /// <summary>The name on the command line.</summary>
    public static string Of(UpdateKind kind) => All[(int)kind];

    /// <summary>How the rule is written.</summary>
    public static string InSentence(UpdateKind kind) => kind switch
    {
        UpdateKind.Sgd => "SGD",
        UpdateKind.Momentum => "momentum",
        UpdateKind.Adam => "Adam",
        _ => "AdamW",
    };

    /// <summary>The rule of a run with its constants, in words.</summary>
    /// <param name="settings">The run's settings.</param>
    /// <param name="model">The model.</param>
    public static string Describe(TrainingSettings settings, ModelDescription model)
    {
        UpdateRule rule = settings.Rule ?? UpdateRule.For(model.Optimizer);
        string constants = rule.Kind switch
        {
            UpdateKind.Sgd => "",
            UpdateKind.Momentum => FormattableString.Invariant($" {rule.MomentumFactor}"),
            UpdateKind.Adam => FormattableString.Invariant($" (beta {rule.Beta1} and {rule.Beta2})"),
            _ => FormattableString.Invariant($" (beta {rule.Beta1} and {rule.Beta2}, weight decay {rule.WeightDecay})"),
        };
        string clipping = rule.ClipNorm is double norm ? FormattableString.Invariant($", gradient clipped to norm {norm}") : "";
        return InSentence(rule.Kind) + constants + clipping + (settings.UpdatesInStep ? ", compiled into the step" : "");
    }
}
