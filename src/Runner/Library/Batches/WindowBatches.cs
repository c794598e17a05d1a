using MicroGpt.Runner.Data;
using MicroGpt.Runner.Messages;
using MicroGpt.Runner.Randomness;

namespace MicroGpt.Runner.Batches;

/// <summary>
/// Batches of windows at random places of a stream: each begins at one <c>NextBelow(tokens − block)</c> of a Mersenne Twister keyed with
/// the seed and 0.
/// </summary>
public sealed class WindowBatches : IBatchSource
{
    private readonly Corpus corpus;
    private readonly long seed;
    private readonly int places;
    private readonly int batchSize;
    private readonly int blockSize;
    private readonly PackedItems packed;
    private readonly RandomStream windows = new(0);

    /// <summary>Prepares the packing of windows.</summary>
    /// <param name="corpus">A stream.</param>
    /// <param name="tokens">Number of tokens at its beginning that windows are taken from.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="batchSize">Windows a batch, at least 1.</param>
    /// <param name="blockSize">Positions of a window.</param>
    /// <exception cref="RunnerException">The stream is shorter than a window, or a batch exceeds what an array can hold.</exception>
    public WindowBatches(Corpus corpus, int tokens, long seed, int batchSize, int blockSize)
    {
        if (tokens <= blockSize)
        {
            string there = $"the {Counted.Of(tokens, "token")} to train on {(tokens == 1 ? "makes" : "make")}";
            throw RunnerException.Usage(
                FormattableString.Invariant($"{corpus.Source}: {there} no window of {blockSize:N0} and the token after it. ")
                    + "Give more text, or set a smaller BlockSize in the spec and rebuild.");
        }

        this.corpus = corpus;
        this.seed = seed;
        this.batchSize = batchSize;
        this.blockSize = blockSize;
        places = tokens - blockSize;
        packed = new PackedItems(corpus, batchSize, blockSize);
        windows.Key(seed, 0);
    }

    /// <inheritdoc/>
    public int MaxRows => packed.MaxRows;

    /// <inheritdoc/>
    public long Item { get; private set; }

    /// <inheritdoc/>
    public DocumentText FirstText { get; private set; }

    /// <inheritdoc/>
    public RandomStream? Windows => windows;

    /// <inheritdoc/>
    public Batch Next()
    {
        packed.Clear();
        for (int segment = 0; segment < batchSize; segment++, Item++)
        {
            int start = windows.NextBelow(places);
            if (segment == 0)
            {
                FirstText = corpus.Text(start, blockSize);
            }

            packed.Add(start, blockSize);
        }

        return packed.Batch;
    }

    /// <inheritdoc/>
    public void MoveTo(long item)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(item);
        windows.Key(seed, 0);
        for (Item = 0; Item < item; Item++)
        {
            windows.NextBelow(places);
        }
    }
}
