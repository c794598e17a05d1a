namespace MicroGpt.Runner.Report;

/// <summary>Counts which token follows which.</summary>
/// <param name="vocabSize">Tokens are 0 to this, exclusive.</param>
internal sealed class PairCounts(int vocabSize)
{
    // A table of eight megabytes; larger vocabularies use few of their pairs and keep only those.
    private const int LargestTable = 1024;

    private readonly long[]? table = vocabSize <= LargestTable ? new long[vocabSize * vocabSize] : null;
    private readonly Dictionary<long, long> pairs = [];
    private readonly long[] tokens = new long[vocabSize];
    private readonly long[] contexts = new long[vocabSize];

    /// <summary>Number of pairs.</summary>
    public long Total { get; private set; }

    /// <summary>[vocabulary] how often each token is the second of a pair.</summary>
    public ReadOnlySpan<long> Tokens => tokens;

    /// <summary>[vocabulary] how often each token is the first of a pair.</summary>
    public ReadOnlySpan<long> Contexts => contexts;

    /// <summary>Counts a pair.</summary>
    public void Add(int context, int token)
    {
        Total++;
        contexts[context]++;
        tokens[token]++;
        long pair = ((long)context * vocabSize) + token;
        if (table is not null)
        {
            table[pair]++;
        }
        else
        {
            pairs[pair] = pairs.GetValueOrDefault(pair) + 1;
        }
    }

    /// <summary>The pairs that occur: the first token, and how often; those of one token one after the other.</summary>
    public IEnumerable<(int Context, long Count)> Pairs()
    {
        if (table is null)
        {
            return pairs.OrderBy(pair => pair.Key).Select(pair => ((int)(pair.Key / vocabSize), pair.Value));
        }

        return table.Index().Where(pair => pair.Item > 0).Select(pair => (pair.Index / vocabSize, pair.Item));
    }
}
