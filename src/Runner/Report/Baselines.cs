using MicroGpt.Runner.Data;

namespace MicroGpt.Runner.Report;

/// <summary>
/// How well tokens can be predicted without a model, in nats a token: lines that a loss curve is measured against.
/// </summary>
/// <param name="Uniform">Every token equally probable: ln V.</param>
/// <param name="Unigram">Each token as probable as it is frequent: the entropy of the tokens to predict.</param>
/// <param name="Bigram">
/// Each token as probable as it is frequent after the one before it: the conditional entropy, which no model that sees
/// a single token can get below on these documents.
/// </param>
public sealed record Baselines(double Uniform, double Unigram, double Bigram)
{
    /// <summary>The baselines as lines of the chart.</summary>
    public IReadOnlyList<BaselineLine> Lines =>
        [new("uniform", Uniform), new("unigram", Unigram), new("bigram", Bigram)];

    /// <summary>Counts the tokens and the pairs of a corpus.</summary>
    /// <exception cref="ArgumentException">There is nothing to predict.</exception>
    public static Baselines Of(Corpus corpus) => Of(DocumentsOf(corpus), corpus.Tokenizer.Count);

    /// <summary>Counts tokens and pairs of tokens.</summary>
    /// <param name="documents">Tokens of each document, BOS at both ends; every token but the first is to be predicted.</param>
    /// <param name="vocabSize">Number of tokens, BOS included.</param>
    /// <exception cref="ArgumentException">There is nothing to predict.</exception>
    public static Baselines Of(IEnumerable<int[]> documents, int vocabSize)
    {
        // Only pairs that occur are counted, so that a large vocabulary needs no table of its square.
        var tokens = new Dictionary<int, long>();
        var contexts = new Dictionary<int, long>();
        var pairs = new Dictionary<(int Context, int Token), long>();
        long total = 0;
        foreach (int[] document in documents)
        {
            for (int i = 1; i < document.Length; i++)
            {
                Count(tokens, document[i]);
                Count(contexts, document[i - 1]);
                Count(pairs, (document[i - 1], document[i]));
                total++;
            }
        }

        if (total == 0)
            throw new ArgumentException("The documents hold no token to predict.", nameof(documents));

        double unigram = tokens.Values.Sum(count => -(double)count / total * Math.Log((double)count / total));
        double bigram = pairs.Sum(pair => -(double)pair.Value / total * Math.Log((double)pair.Value / contexts[pair.Key.Context]));
        return new Baselines(Math.Log(vocabSize), unigram, bigram);
    }

    private static IEnumerable<int[]> DocumentsOf(Corpus corpus)
    {
        for (int document = 0; document < corpus.Count; document++)
        {
            int[] tokens = new int[corpus.Length(document)];
            corpus.CopyTokens(corpus.Start(document), tokens);
            yield return tokens;
        }
    }

    private static void Count<TKey>(Dictionary<TKey, long> counts, TKey key)
        where TKey : notnull =>
        counts[key] = counts.GetValueOrDefault(key) + 1;
}
