namespace MicroGpt.Runner.Commands;

/// <summary>Guesses which name was meant by a misspelt one.</summary>
internal static class NearestName
{
    /// <summary>The candidate that takes the fewest edits, whatever the case; null where none is close.</summary>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        string? nearest = candidates.MinBy(candidate => Distance(name, candidate));
        return nearest is not null && Distance(name, nearest) <= Math.Max(2, nearest.Length / 2) ? nearest : null;
    }

    /// <summary>Number of insertions, deletions and substitutions between two names (Levenshtein, 1966).</summary>
    private static int Distance(string first, string second)
    {
        int[] previous = Enumerable.Range(0, second.Length + 1).ToArray();
        int[] current = new int[previous.Length];
        for (int i = 0; i < first.Length; i++)
        {
            current[0] = i + 1;
            for (int j = 0; j < second.Length; j++)
            {
                int substitution = char.ToLowerInvariant(first[i]) == char.ToLowerInvariant(second[j]) ? 0 : 1;
                current[j + 1] = Math.Min(previous[j] + substitution, 1 + Math.Min(previous[j + 1], current[j]));
            }

            (previous, current) = (current, previous);
        }

        return previous[^1];
    }
}
