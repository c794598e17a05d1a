using MicroGpt.Runner.Data;
using MicroGpt.Runner.Randomness;

namespace MicroGpt.Runner.Batches;

/// <summary>
/// The batches of a run, one after the other. They are made of items: documents, or windows of a stream. Item i of step s is s · batch + i,
/// counted over the whole run, so a batch may cross from one epoch into the next.
/// </summary>
public interface IBatchSource
{
    /// <summary>The most rows that a batch can have.</summary>
    int MaxRows { get; }

    /// <summary>
    /// Number of items that were packed so far: where the run is in its data. With the seed it decides all batches to come.
    /// </summary>
    long Item { get; }

    /// <summary>The text of the first item of the last batch.</summary>
    DocumentText FirstText { get; }

    /// <summary>The random stream that the windows come from; null where the items are documents.</summary>
    RandomStream? Windows { get; }

    /// <summary>Packs the next batch, which is valid until the next call. Allocates nothing.</summary>
    Batch Next();

    /// <summary>Goes to an item, as if all before it had been packed.</summary>
    /// <param name="item">The number of items that were packed before, at least 0.</param>
    void MoveTo(long item);
}
