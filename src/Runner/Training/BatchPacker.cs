using MicroGpt.Runner.Data;

namespace MicroGpt.Runner.Training;

/// <summary>
/// Packs the documents of each step into consecutive rows without padding. Step s takes the documents sB to sB + B - 1,
/// modulo their number. Buffers are made once; packing allocates nothing.
/// </summary>
public sealed class BatchPacker
{
    private readonly Corpus corpus;
    private readonly int batchSize;
    private readonly int blockSize;
    private readonly int[] tokens;
    private readonly int[] targets;
    private readonly int[] starts;

    /// <summary>Prepares the packing of a corpus.</summary>
    /// <param name="corpus">The documents in training order.</param>
    /// <param name="batchSize">Documents a step, at least 1.</param>
    /// <param name="blockSize">Largest number of positions of one document; null for no limit.</param>
    /// <exception cref="RunnerException">The positions of a batch exceed what an array can hold.</exception>
    public BatchPacker(Corpus corpus, int batchSize, int? blockSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        this.corpus = corpus;
        this.batchSize = batchSize;
        this.blockSize = blockSize ?? int.MaxValue;
        long rows = (long)batchSize * Math.Min(this.blockSize, corpus.LongestDocument - 1);
        if (rows > Array.MaxLength)
        {
            throw RunnerException.Usage($"--batch: {batchSize} documents make up to {rows} positions a step, more than {Array.MaxLength}; give a smaller number.");
        }

        MaxRows = (int)rows;
        tokens = new int[MaxRows];
        targets = new int[MaxRows];
        starts = new int[batchSize + 1];
    }

    /// <summary>The most rows that a batch can have.</summary>
    public int MaxRows { get; }

    /// <summary>The index of the first document of a step.</summary>
    /// <param name="step">The step, from 0.</param>
    public int FirstDocument(long step) => (int)(step * batchSize % corpus.Count);

    /// <summary>Packs the documents of a step. The batch is valid until the next call.</summary>
    /// <param name="step">The step, from 0.</param>
    public Batch Pack(long step)
    {
        int document = FirstDocument(step);
        int rows = 0;
        for (int segment = 0; segment < batchSize; segment++)
        {
            ReadOnlySpan<int> all = corpus.Tokens(document);
            int positions = Math.Min(blockSize, all.Length - 1);
            all[..positions].CopyTo(tokens.AsSpan(rows));
            all.Slice(1, positions).CopyTo(targets.AsSpan(rows));
            rows += positions;
            starts[segment + 1] = rows;
            document = document + 1 == corpus.Count ? 0 : document + 1;
        }

        return new Batch(tokens.AsSpan(0, rows), targets.AsSpan(0, rows), starts);
    }
}
