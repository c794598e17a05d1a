using System.Runtime.CompilerServices;
using MicroGpt.Runner.Data;

namespace MicroGpt.Runner.Batches;

/// <summary>Packs pieces of a corpus into consecutive rows without padding. Buffers are made once; packing allocates nothing.</summary>
internal sealed class PackedItems
{
    private readonly Corpus corpus;
    private readonly int[] tokens;
    private readonly int[] targets;
    private readonly int[] starts;
    private int rows;
    private int segments;

    /// <summary>Makes room for batches.</summary>
    /// <param name="corpus">The corpus.</param>
    /// <param name="items">Most items of a batch, at least 1.</param>
    /// <param name="rowsPerItem">Most rows of an item.</param>
    /// <exception cref="RunnerException">The rows of a batch exceed what an array can hold.</exception>
    public PackedItems(Corpus corpus, int items, int rowsPerItem)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(items, 1);
        this.corpus = corpus;
        long most = (long)items * rowsPerItem;
        if (most > Array.MaxLength)
        {
            throw RunnerException.Usage(
                $"--batch: {items} documents make up to {most} positions a step, more than {Array.MaxLength}; give a smaller number.");
        }

        tokens = new int[most];
        targets = new int[most];
        starts = new int[items + 1];
    }

    /// <summary>The most rows that a batch can have.</summary>
    public int MaxRows => tokens.Length;

    /// <summary>Number of rows packed so far.</summary>
    public int Rows => rows;

    /// <summary>Whether no further item fits.</summary>
    public bool IsFull => segments + 1 == starts.Length;

    /// <summary>The batch packed so far.</summary>
    public Batch Batch => new(tokens.AsSpan(0, rows), targets.AsSpan(0, rows), starts.AsSpan(0, segments + 1));

    /// <summary>Begins a new batch.</summary>
    public void Clear() => rows = segments = 0;

    /// <summary>Appends an item.</summary>
    /// <param name="start">Index of the first token in the corpus.</param>
    /// <param name="positions">Number of rows; each is to predict the token after its own.</param>
    // Optimised at its first call, as PackedRows.Load is.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(int start, int positions)
    {
        corpus.CopyTokens(start, tokens.AsSpan(rows, positions));
        corpus.CopyTokens(start + 1, targets.AsSpan(rows, positions));
        rows += positions;
        starts[++segments] = rows;
    }
}
