using MicroGpt.Runner.Data;
using MicroGpt.Runner.Messages;
using MicroGpt.Runner.Randomness;

namespace MicroGpt.Runner.Batches;

/// <summary>
/// Which part of a corpus is trained on, in which order, and which is held out for validation: the last ⌈share · N⌉ of the N shuffled
/// documents or, of a stream, of its N tokens. So the losses do not depend on the share while the rest lasts for an epoch.
/// </summary>
public sealed class DataSplit
{
    private readonly int[] order;
    private readonly int trained;

    private DataSplit(Corpus corpus, int[] order, int trained)
    {
        Corpus = corpus;
        this.order = order;
        this.trained = trained;
    }

    /// <summary>What is split.</summary>
    public Corpus Corpus { get; }

    /// <summary>Documents by their index in the corpus, in the order of the first epoch; those held out are the last.</summary>
    public ReadOnlyMemory<int> Order => order;

    /// <summary>The documents that are trained on, in the order of the first epoch.</summary>
    public ReadOnlyMemory<int> TrainingDocuments => order.AsMemory(0, Corpus.IsStream ? order.Length : trained);

    /// <summary>The documents that are held out; none of a stream.</summary>
    public ReadOnlyMemory<int> ValidationDocuments => order.AsMemory(Corpus.IsStream ? order.Length : trained);

    /// <summary>Of a stream, the number of tokens at its beginning that are trained on; else 0.</summary>
    public int TrainingTokens => Corpus.IsStream ? trained : 0;

    /// <summary>Of a stream, the number of tokens at its end that are held out; else 0.</summary>
    public int ValidationTokens => Corpus.IsStream ? Corpus.TokenCount - trained : 0;

    /// <summary>Shuffles all documents and splits them. A stream draws nothing.</summary>
    /// <param name="corpus">The corpus.</param>
    /// <param name="random">The main random stream, fresh from its seed.</param>
    /// <param name="validationShare">The share that is held out, at least 0 and less than 1.</param>
    /// <exception cref="RunnerException">
    /// Nothing would be left to train on, or one token of a stream would be held out, which predicts none.
    /// </exception>
    public static DataSplit Draw(Corpus corpus, RandomStream random, double validationShare)
    {
        int[] order = new int[corpus.Count];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        random.Shuffle(order.AsSpan());
        int all = corpus.IsStream ? corpus.TokenCount : corpus.Count;

        // In decimal, where a tenth of a million is no more than that.
        int heldOut = (int)decimal.Ceiling((decimal)validationShare * all);
        if (heldOut >= all)
        {
            throw RunnerException.Usage(FormattableString.Invariant(
                $"--validation {validationShare}: of {Counted.Of(all, corpus.IsStream ? "token" : "document")} none ")
                    + "would be left to train on; give a smaller share or more data.");
        }

        if (corpus.IsStream && heldOut == 1)
        {
            throw RunnerException.Usage(FormattableString.Invariant(
                $"--validation {validationShare}: of {all:N0} tokens one would be held out, and a loss needs two: ")
                    + "the second is predicted from the first; give a larger share or more data.");
        }

        return new DataSplit(corpus, order, all - heldOut);
    }
}
