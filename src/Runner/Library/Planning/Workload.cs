using MicroGpt.Runner.Benchmark;

namespace MicroGpt.Runner.Planning;

/// <summary>
/// How the positions of a batch fall to the ranks: documents differ in length, and all wait for the rank that has the most.
/// </summary>
internal sealed class Workload
{
    private const int MostBatches = 64;

    /// <summary>Of more items than this the share of a rank is the mean.</summary>
    private const int MostItems = 4096;

    private readonly int items;
    private readonly double mean;
    private readonly int[][] starts;

    /// <summary>Of full items.</summary>
    /// <param name="items">Items of a batch.</param>
    /// <param name="positions">Positions of an item.</param>
    public Workload(int items, double positions)
    {
        this.items = items;
        mean = positions;
        starts = [];
    }

    private Workload(int items, PackedBatch[] batches)
        : this(items, batches.Average(batch => (double)batch.Tokens.Length / (batch.Starts.Length - 1)))
    {
        starts = [.. batches.Take(items > MostItems ? 0 : MostBatches).Select(batch => batch.Starts)];
    }

    /// <summary>Positions of an item in the mean.</summary>
    public double Mean => mean;

    /// <summary>Of what <c>bench</c> trains a model on.</summary>
    /// <param name="model">The model.</param>
    /// <param name="items">Items of a batch.</param>
    /// <exception cref="RunnerException">A batch would not fit an array.</exception>
    public static Workload Of(ModelDescription model, int items)
    {
        if (model.BlockSize is int block && (long)block * items > Array.MaxLength)
        {
            throw RunnerException.Usage(FormattableString.Invariant(
                $"--batch: {items} items of {block} make {(long)block * items} positions, more than {Array.MaxLength}; ")
                    + "give a smaller number.");
        }

        return new Workload(items, BenchmarkData.For(model, Math.Min(items, MostItems)));
    }

    /// <summary>Positions of the rank that has the most, in the mean over batches.</summary>
    /// <param name="ranks">Number of ranks.</param>
    public double MostRows(int ranks) => starts.Length == 0
        ? ((items + ranks - 1) / ranks) * mean
        : starts.Average(batch => Enumerable.Range(0, ranks).Max(rank => batch[First(rank + 1, ranks)] - batch[First(rank, ranks)]));

    private int First(int rank, int ranks) => (int)((long)rank * items / ranks);
}
