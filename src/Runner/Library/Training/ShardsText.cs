namespace MicroGpt.Runner.Training;

/// <summary>Where the number of shards of a run comes from, which decides what can be done about it.</summary>
internal enum ShardsSource
{
    /// <summary>It was given.</summary>
    Given,

    /// <summary>Nothing was said of it.</summary>
    Default,

    /// <summary>The run began with it.</summary>
    Checkpoint,
}

/// <summary>Messages about shards and ranks.</summary>
internal static class ShardsText
{
    private const int MostNamed = 8;

    /// <summary>That so many ranks cannot share so many shards evenly, and what can be done.</summary>
    public static string NotDivided(int shards, int ranks, ShardsSource source)
    {
        string problem = FormattableString.Invariant(
            $"{ranks} ranks cannot share the {shards} {(shards == 1 ? "shard" : "shards")} of a batch evenly");
        string fewer = "Start " + Fitting(shards, ranks);
        string other = FormattableString.Invariant($"{(ranks > shards ? ranks : ranks * ((shards / ranks) + 1))}");
        string more = $"give --shards {other}: results depend on that number, not on that of the ranks.";
        return source switch
        {
            ShardsSource.Given => $"--shards: {problem}. {fewer}, or {more}",
            ShardsSource.Default => $"{problem}, into which it is divided where --shards says nothing else. {fewer}, or {more}",
            _ => $"--resume: {problem}; the run keeps the number that it began with, as its results depend on it. {fewer}"
                + (shards == 1 ? ", or a new run from its weights by --init, which divides a batch." : "."),
        };
    }

    /// <summary>The numbers of ranks that divide the shards, of many those that are nearest to the one that was started.</summary>
    private static string Fitting(int shards, int ranks)
    {
        string[] fitting =
        [
            .. Enumerable.Range(1, shards).Where(number => shards % number == 0).OrderBy(number => Math.Abs(number - ranks)).Take(MostNamed)
                .Order().Select(number => FormattableString.Invariant($"{number}")),
        ];
        return fitting.Length == 1 ? "1 rank" : $"{string.Join(", ", fitting[..^1])} or {fitting[^1]} ranks";
    }
}
