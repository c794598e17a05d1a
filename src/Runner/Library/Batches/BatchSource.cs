using MicroGpt.Runner.Data;

namespace MicroGpt.Runner.Batches;

/// <summary>Chooses how a corpus becomes batches.</summary>
public static class BatchSource
{
    /// <summary>Positions of a window for a model that has no block size.</summary>
    public const int WindowWithoutBlockSize = 16;

    /// <summary>The batches of a run.</summary>
    /// <param name="split">What is trained on.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="batchSize">Items a batch, at least 1.</param>
    /// <param name="blockSize">The model's block size; null for no limit.</param>
    /// <param name="items">Items that the run will take.</param>
    /// <exception cref="RunnerException">The data is too short, or a batch too large.</exception>
    public static IBatchSource For(DataSplit split, long seed, int batchSize, int? blockSize, long items = 0) => split.Corpus.IsStream
        ? new WindowBatches(split.Corpus, split.TrainingTokens, seed, batchSize, blockSize ?? WindowWithoutBlockSize)
        : new DocumentBatches(split.Corpus, split.TrainingDocuments, seed, batchSize, blockSize, items);

    /// <summary>
    /// Items of an epoch: the documents that are trained on or, of a stream, as many windows as its tokens fill.
    /// </summary>
    public static long ItemsPerEpoch(DataSplit split, int? blockSize) => split.Corpus.IsStream
        ? Math.Max(1, split.TrainingTokens / (blockSize ?? WindowWithoutBlockSize))
        : split.TrainingDocuments.Length;
}
