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

    /// <summary>Counts the tokens and the pairs of a corpus; every token but the first is to be predicted.</summary>
    /// <exception cref="ArgumentException">There is nothing to predict.</exception>
    public static Baselines Of(Corpus corpus)
    {
        // The BOS between two documents ends the one and begins the other: the pairs of all documents are the pairs of the whole.
        var counts = new PairCounts(corpus.Tokenizer.Count);
        for (int i = 1; i < corpus.TokenCount; i++)
        {
            counts.Add(corpus.Token(i - 1), corpus.Token(i));
        }

        return counts.Total > 0 ? Of(counts, corpus.Tokenizer.Count) : throw Nothing(nameof(corpus));
    }

    /// <summary>Counts tokens and pairs of tokens.</summary>
    /// <param name="documents">Tokens of each document, BOS at both ends; every token but the first is to be predicted.</param>
    /// <param name="vocabSize">Number of tokens, BOS included.</param>
    /// <exception cref="ArgumentException">There is nothing to predict.</exception>
    public static Baselines Of(IEnumerable<int[]> documents, int vocabSize)
    {
        var counts = new PairCounts(vocabSize);
        foreach (int[] document in documents)
        {
            for (int i = 1; i < document.Length; i++)
            {
                counts.Add(document[i - 1], document[i]);
            }
        }

        return counts.Total > 0 ? Of(counts, vocabSize) : throw Nothing(nameof(documents));
    }

    private static Baselines Of(PairCounts counts, int vocabSize)
    {
        double total = counts.Total;
        double unigram = 0.0;
        foreach (long count in counts.Tokens)
        {
            unigram -= count == 0 ? 0.0 : count / total * Math.Log(count / total);
        }

        double bigram = 0.0;
        foreach ((int context, long count) in counts.Pairs())
        {
            bigram -= count / total * Math.Log((double)count / counts.Contexts[context]);
        }

        return new Baselines(Math.Log(vocabSize), unigram, bigram);
    }

    private static ArgumentException Nothing(string name) => new("The documents hold no token to predict.", name);
}
