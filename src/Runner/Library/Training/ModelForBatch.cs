using MicroGpt.Runtime;

namespace MicroGpt.Runner.Training;

/// <summary>Makes the model that a batch is to be trained on.</summary>
internal static class ModelForBatch
{
    /// <summary>Makes a model with room for a batch, and for a block.</summary>
    /// <param name="entry">The model.</param>
    /// <param name="rows">Most positions of a batch.</param>
    /// <exception cref="RunnerException">It cannot hold the batch.</exception>
    public static ICompiledModel Create(ModelEntry entry, int rows)
    {
        rows = Math.Max(rows, entry.Description.BlockSize ?? 0);
        if (rows > PackedRows.MostRows)
        {
            throw CannotHold(entry, rows, $"{PackedRows.MostRows} are the most");
        }

        try
        {
            return entry.Create(rows);
        }
        catch (Exception e) when (e is OutOfMemoryException or OverflowException)
        {
            throw CannotHold(entry, rows, e.Message, e);
        }
    }

    private static RunnerException CannotHold(ModelEntry entry, int rows, string why, Exception? inner = null) => RunnerException.Usage(
        $"{entry.Name} cannot hold a batch of {rows} positions ({why}); give a smaller --batch.", inner);
}
