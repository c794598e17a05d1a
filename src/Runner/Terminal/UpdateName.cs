namespace MicroGpt.Runner.Terminal;

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
    /// <param name="rule">The rule chosen at run time; null for the one compiled into the model's step.</param>
    /// <param name="model">The model.</param>
    public static string Describe(UpdateRule? rule, ModelDescription model)
    {
        UpdateRule effective = rule ?? UpdateRule.For(model.Optimizer);
        string constants = effective.Kind switch
        {
            UpdateKind.Sgd => "",
            UpdateKind.Momentum => FormattableString.Invariant($" {effective.MomentumFactor}"),
            UpdateKind.Adam => FormattableString.Invariant($" (beta {effective.Beta1} and {effective.Beta2})"),
            _ => FormattableString.Invariant($" (beta {effective.Beta1} and {effective.Beta2}, weight decay {effective.WeightDecay})"),
        };
        string clipping = effective.ClipNorm is double norm ? FormattableString.Invariant($", gradient clipped to norm {norm}") : "";
        return InSentence(effective.Kind) + constants + clipping + (rule is null ? ", compiled into the step" : "");
    }
}
