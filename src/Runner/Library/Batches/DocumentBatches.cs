using System.Runtime.CompilerServices;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Randomness;

namespace MicroGpt.Runner.Batches;

/// <summary>
/// Batches of documents, each cut at the block size. The first epoch has the order of the split; epoch e, from 1, shuffles that order by a
/// Mersenne Twister keyed with the seed and e.
/// </summary>
public sealed class DocumentBatches : IBatchSource
{
    private readonly Corpus corpus;
    private readonly ReadOnlyMemory<int> order;
    private readonly long seed;
    private readonly int batchSize;
    private readonly int blockSize;
    private readonly PackedItems packed;
    private readonly RandomStream shuffle;
    private int[] laterOrder;
    private long epoch;

    /// <summary>Prepares the packing of documents.</summary>
    /// <param name="corpus">The corpus.</param>
    /// <param name="order">Documents by their index in the corpus, in the order of the first epoch; at least one.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="batchSize">Documents a batch, at least 1.</param>
    /// <param name="blockSize">Largest number of positions of one document; null for no limit.</param>
    /// <param name="items">
    /// Documents that will be packed at most: room for the orders of later epochs is made where there will be any.
    /// </param>
    /// <exception cref="RunnerException">The positions of a batch exceed what an array can hold.</exception>
    public DocumentBatches(Corpus corpus, ReadOnlyMemory<int> order, long seed, int batchSize, int? blockSize, long items = 0)
    {
        this.corpus = corpus;
        this.order = order;
        this.seed = seed;
        this.batchSize = batchSize;
        this.blockSize = blockSize ?? int.MaxValue;
        packed = new PackedItems(corpus, batchSize, Math.Min(this.blockSize, corpus.LongestDocument - 1));
        shuffle = new RandomStream(0);
        laterOrder = items > order.Length ? new int[order.Length] : [];
    }

    /// <inheritdoc/>
    public int MaxRows => packed.MaxRows;

    /// <inheritdoc/>
    public long Item { get; private set; }

    /// <inheritdoc/>
    public DocumentText FirstText { get; private set; }

    /// <inheritdoc/>
    public RandomStream? Windows => null;

    /// <inheritdoc/>
    // Optimised at its first call, as PackedRows.Load is.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public Batch Next()
    {
        packed.Clear();
        for (int segment = 0; segment < batchSize; segment++, Item++)
        {
            int document = DocumentOf(Item);
            if (segment == 0)
            {
                FirstText = corpus.Text(document);
            }

            packed.Add(corpus.Start(document), Math.Min(blockSize, corpus.Length(document) - 1));
        }

        return packed.Batch;
    }

    /// <inheritdoc/>
    public void MoveTo(long item)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(item);
        Item = item;
    }

    /// <summary>The document of an item.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int DocumentOf(long item)
    {
        long itemEpoch = Math.DivRem(item, order.Length, out long index);
        if (itemEpoch == 0)
        {
            return order.Span[(int)index];
        }

        if (itemEpoch != epoch)
        {
            laterOrder = laterOrder.Length == order.Length ? laterOrder : new int[order.Length];
            order.Span.CopyTo(laterOrder);
            shuffle.Key(seed, unchecked((uint)itemEpoch));
            shuffle.Shuffle(laterOrder.AsSpan());
            epoch = itemEpoch;
        }

        return laterOrder[index];
    }
}
