using MicroGpt.Runner.Data;
using MicroGpt.Runner.Batches;

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
        ? FormattableString.Invariant($"the last {tokenCount:N0} tokens")
        : FormattableString.Invariant($"{documents.Length:N0} document{(documents.Length == 1 ? "" : "s")}");

    /// <summary>Measures on what a split holds out.</summary>
    /// <param name="split">The split.</param>
    /// <param name="blockSize">The model's block size; null for no limit.</param>
    /// <param name="rowCapacity">The model's row capacity.</param>
    public static Evaluator OfHeldOut(DataSplit split, int? blockSize, int rowCapacity) =>
        new(split.Corpus, split.ValidationDocuments, split.TrainingTokens, split.ValidationTokens, blockSize, rowCapacity);

    /// <summary>Measures on a whole corpus.</summary>
    /// <inheritdoc cref="OfHeldOut"/>
    public static Evaluator OfAll(Corpus corpus, int? blockSize, int rowCapacity) =>
        new(corpus, corpus.IsStream ? default : Enumerable.Range(0, corpus.Count).ToArray(), 0, corpus.IsStream ? corpus.TokenCount : 0, blockSize, rowCapacity);

    /// <summary>Measures on some documents.</summary>
    /// <param name="corpus">The corpus; not a stream.</param>
    /// <param name="documents">Documents by their index.</param>
    /// <param name="blockSize">The model's block size; null for no limit.</param>
    /// <param name="rowCapacity">The model's row capacity.</param>
    public static Evaluator OfDocuments(Corpus corpus, ReadOnlyMemory<int> documents, int? blockSize, int rowCapacity) =>
        new(corpus, documents, 0, 0, blockSize, rowCapacity);

    /// <summary>Measures the loss. Parameters and optimizer stay as they are.</summary>
    /// <param name="model">A model of the block size and row capacity that were given.</param>
    public HeldOutLoss Measure(ICompiledModel model)
    {
        var sum = default(HeldOutLoss);
        packed.Clear();
        foreach (int document in documents.Span)
        {
            sum = Add(model, sum, corpus.Start(document), Math.Min(block, corpus.Length(document) - 1));
        }

        int end = firstToken + tokenCount - 1;
        for (int start = firstToken; start < end; start += block)
        {
            sum = Add(model, sum, start, Math.Min(block, end - start));
        }

        return Flush(model, sum);
    }

    private HeldOutLoss Add(ICompiledModel model, HeldOutLoss sum, int start, int positions)
    {
        if (packed.Rows + positions > packed.MaxRows || packed.IsFull)
        {
            sum = Flush(model, sum);
        }

        packed.Add(start, positions);
        return sum;
    }

    private HeldOutLoss Flush(ICompiledModel model, HeldOutLoss sum)
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

        double loss = model.Loss(batch);
        packed.Clear();
        return new HeldOutLoss(sum.Nats + (loss * batch.Rows), sum.Tokens + batch.Rows, sum.Characters + characters);
    }
}
