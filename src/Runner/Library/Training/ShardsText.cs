namespace MicroGpt.Runner.Training;

/// <summary>Messages about shards and ranks.</summary>
internal static class ShardsText
{
    /// <summary>That so many ranks cannot share so many shards evenly, and what can.</summary>
    public static string NotDivided(int shards, int ranks)
    {
        string fitting = string.Join(", ", Enumerable.Range(1, Math.Min(shards, 1024)).Where(number => shards % number == 0));
        string other = FormattableString.Invariant($"{(ranks > shards ? ranks : ranks * ((shards / ranks) + 1))}");
        return FormattableString.Invariant(
            $"--shards: {ranks} ranks cannot share the {shards} {(shards == 1 ? "shard" : "shards")} of a batch evenly. Start {fitting} ")
                + FormattableString.Invariant(
                    $"of them; or give a new run --shards {other}: its results depend on that number, not on that of the ranks.");
    }
}
