using MicroGpt.Distribution;
using MicroGpt.Runner.Batches;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Messages;

namespace MicroGpt.Runner.Evaluation;

/// <summary>
/// Measures the loss of a model on a part of a corpus: every document, cut at the block size as in training; of a stream, windows of the
/// block size one after the other, so that every token but the first is predicted once. Needs no training run.
/// </summary>
public sealed class Evaluator
{
    private readonly Corpus corpus;
    private readonly ReadOnlyMemory<int> documents;
    private readonly int firstToken;
    private readonly int tokenCount;
    private readonly int block;
    private readonly PackedItems packed;
    private readonly byte[] charactersBegun;
    private double[] nats = []; // of the batches that this rank measured

    private Evaluator(Corpus corpus, ReadOnlyMemory<int> documents, int firstToken, int tokenCount, int? blockSize, int rowCapacity)
    {
        this.corpus = corpus;
        this.documents = documents;
        this.firstToken = firstToken;
        this.tokenCount = tokenCount;
        block = blockSize ?? (corpus.IsStream ? BatchSource.WindowWithoutBlockSize : int.MaxValue);
        int longest = Math.Min(block, corpus.LongestDocument - 1);
        packed = new PackedItems(corpus, Math.Max(1, rowCapacity / longest), longest);
        charactersBegun = new byte[corpus.Tokenizer.Count];
        for (int token = 0; token < charactersBegun.Length; token++)
        {
            charactersBegun[token] = checked((byte)corpus.Tokenizer.CharactersBegun(token));
        }
    }

    /// <summary>What is measured on, as a phrase: "266 documents", "411,210 tokens".</summary>
    public string Scope => corpus.IsStream
        ? $"the last {Counted.Of(tokenCount, "token")}"
        : Counted.Of(documents.Length, "document");

    /// <summary>Measures on what a split holds out.</summary>
    /// <param name="split">The split.</param>
    /// <param name="blockSize">The model's block size; null for no limit.</param>
    /// <param name="rowCapacity">The model's row capacity.</param>
    public static Evaluator OfHeldOut(DataSplit split, int? blockSize, int rowCapacity) =>
        new(split.Corpus, split.ValidationDocuments, split.TrainingTokens, split.ValidationTokens, blockSize, rowCapacity);

    /// <summary>Measures on a whole corpus.</summary>
    /// <inheritdoc cref="OfHeldOut"/>
    /// <exception cref="RunnerException">It is a stream of one token, of which none is predicted.</exception>
    public static Evaluator OfAll(Corpus corpus, int? blockSize, int rowCapacity)
    {
        corpus.CheckHasTarget();
        return new Evaluator(
            corpus, corpus.IsStream ? default : Enumerable.Range(0, corpus.Count).ToArray(), 0, corpus.IsStream ? corpus.TokenCount : 0,
            blockSize, rowCapacity);
    }

    /// <summary>Measures on some documents.</summary>
    /// <param name="corpus">The corpus; not a stream.</param>
    /// <param name="documents">Documents by their index.</param>
    /// <param name="blockSize">The model's block size; null for no limit.</param>
    /// <param name="rowCapacity">The model's row capacity.</param>
    public static Evaluator OfDocuments(Corpus corpus, ReadOnlyMemory<int> documents, int? blockSize, int rowCapacity) =>
        new(corpus, documents, 0, 0, blockSize, rowCapacity);

    /// <summary>Measures the loss. Parameters and optimizer stay as they are.</summary>
    /// <param name="model">A model of the block size and row capacity that were given.</param>
    /// <param name="ranks">
    /// The processes that measure together, each every so many batches, with the same model; null for this one alone. The result is the
    /// same.
    /// </param>
    public HeldOutLoss Measure(ICompiledModel model, ICommunicator? ranks = null)
    {
        var sum = new Sum(model, ranks ?? SingleRank.Instance);
        packed.Clear();
        foreach (int document in documents.Span)
        {
            sum = Add(sum, corpus.Start(document), Math.Min(block, corpus.Length(document) - 1));
        }

        int end = firstToken + tokenCount - 1;
        for (int start = firstToken; start < end; start += block)
        {
            sum = Add(sum, start, Math.Min(block, end - start));
        }

        sum = Flush(sum);
        return new HeldOutLoss(Total(sum), sum.Tokens, sum.Characters);
    }

    private Sum Add(Sum sum, int start, int positions)
    {
        if (packed.Rows + positions > packed.MaxRows || packed.IsFull)
        {
            sum = Flush(sum);
        }

        packed.Add(start, positions);
        return sum;
    }

    private Sum Flush(Sum sum)
    {
        Batch batch = packed.Batch;
        if (batch.Rows == 0)
        {
            return sum;
        }

        int characters = 0;
        foreach (int target in batch.Targets)
        {
            characters += charactersBegun[target];
        }

        if (sum.Batches % sum.Ranks.Size == sum.Ranks.Rank)
        {
            nats = sum.Batches / sum.Ranks.Size < nats.Length ? nats : [.. nats, .. new double[Math.Max(64, nats.Length)]];
            nats[sum.Batches / sum.Ranks.Size] = sum.Model.Loss(batch) * batch.Rows;
        }

        packed.Clear();
        return sum with { Batches = sum.Batches + 1, Tokens = sum.Tokens + batch.Rows, Characters = sum.Characters + characters };
    }

    /// <summary>The nats of all batches, added up in their order, whoever measured them.</summary>
    private unsafe double Total(Sum sum)
    {
        ICommunicator ranks = sum.Ranks;
        int each = (sum.Batches + ranks.Size - 1) / ranks.Size;
        using var parts = new Runtime.Arena<double>((long)each * ranks.Size);
        int own = Math.Max(0, (sum.Batches - ranks.Rank + ranks.Size - 1) / ranks.Size);
        nats.AsSpan(0, own).CopyTo(new Span<double>(parts.Pointer + ((long)ranks.Rank * each), own));
        ranks.AllGather(parts.Pointer, checked(each * sizeof(double)));
        double total = 0.0;
        for (int batch = 0; batch < sum.Batches; batch++)
        {
            total += parts.Pointer[((long)(batch % ranks.Size) * each) + (batch / ranks.Size)];
        }

        return total;
    }

    /// <summary>A measurement under way.</summary>
    private readonly record struct Sum(ICompiledModel Model, ICommunicator Ranks, int Batches = 0, long Tokens = 0, long Characters = 0);
}
