namespace MicroGpt.Runner.Data;

/// <summary>
/// How long documents are, in tokens without their ends: the shortest, the median, the longest, and how many lie between.
/// </summary>
/// <param name="Shortest">Tokens of the shortest document.</param>
/// <param name="Median">Tokens of the one in the middle.</param>
/// <param name="Longest">Tokens of the longest.</param>
/// <param name="Bins">A histogram: bounds that grow by doubling, from the shortest to the longest.</param>
public sealed record DocumentLengths(int Shortest, int Median, int Longest, IReadOnlyList<LengthBin> Bins)
{
    /// <summary>Measures the documents of a corpus that is no stream.</summary>
    public static DocumentLengths Of(Corpus corpus)
    {
        int[] lengths = new int[corpus.Count];
        for (int document = 0; document < lengths.Length; document++)
        {
            lengths[document] = corpus.Length(document) - 2;
        }

        Array.Sort(lengths);
        var bins = new List<LengthBin>();
        for (int next = 0; next < lengths.Length;)
        {
            // 1, 2-3, 4-7, 8-15, ...: every bin ends before a power of two.
            long end = 1;
            while (end <= lengths[next])
            {
                end *= 2;
            }

            int first = next;
            while (next < lengths.Length && lengths[next] < end)
            {
                next++;
            }

            bins.Add(new LengthBin((int)Math.Max(1, end / 2), (int)Math.Min(end - 1, int.MaxValue), next - first));
        }

        return new DocumentLengths(lengths[0], lengths[lengths.Length / 2], lengths[^1], bins);
    }
}

/// <summary>A bin of a histogram of lengths.</summary>
/// <param name="From">The shortest length in it.</param>
/// <param name="To">The longest length in it.</param>
/// <param name="Documents">Number of documents.</param>
public readonly record struct LengthBin(int From, int To, int Documents);
