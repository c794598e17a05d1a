namespace MicroGpt.Reference;

/// <summary>Bytes that work allocates on the calling thread once it is warm.</summary>
public static class Allocations
{
    private const int MostRounds = 10;

    /// <summary>
    /// Runs <paramref name="round"/> until one round allocates nothing, ten times at most; returns the bytes of the last.
    /// </summary>
    /// <remarks>
    /// The runtime allocates a few bytes on this thread when it recompiles a method under way, and counts the rest of a buffer that
    /// a collection has retired. Work that allocates does so in every round, so that one clean round is proof.
    /// </remarks>
    public static long OfWarm(Action round)
    {
        long bytes;
        int rounds = 0;
        do
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            round();
            bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        while (bytes != 0 && ++rounds < MostRounds);
        return bytes;
    }
}
