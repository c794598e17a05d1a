namespace MicroGpt.Distribution;

/// <summary>Memory that goes from one rank to another.</summary>
/// <param name="Peer">The other rank.</param>
/// <param name="Address">The first byte, in memory that does not move.</param>
/// <param name="Bytes">Number of bytes, the same on both sides; at most 2³¹ − 1.</param>
public readonly record struct Transfer(int Peer, nint Address, int Bytes);

/// <summary>
/// What the ranks of a run need of one another: processes that train one model together, each on its part of a batch. It moves memory and
/// computes nothing, so that sums are added up in an order of our own.
/// </summary>
/// <remarks>
/// Every rank makes the same calls in the same order. Calls may come from any thread, one at a time. They allocate nothing after the first.
/// </remarks>
public interface ICommunicator
{
    /// <summary>This process, 0 to <see cref="Size"/> − 1.</summary>
    int Rank { get; }

    /// <summary>Number of processes.</summary>
    int Size { get; }

    /// <summary>
    /// Begins to send and to receive, without waiting. Between two ranks the first transfer that is sent is the first that is received.
    /// </summary>
    /// <param name="sends">What others are given; it is not to change before the end, and must not overlap what is received.</param>
    /// <param name="receives">What others give.</param>
    void Begin(ReadOnlySpan<Transfer> sends, ReadOnlySpan<Transfer> receives);

    /// <summary>
    /// Ends the exchange that began first of those that have not ended. Exchanges may move only while somebody asks or waits for them.
    /// </summary>
    /// <param name="waits">Whether to wait until all of it is sent and received.</param>
    /// <returns>Whether it has ended.</returns>
    /// <exception cref="InvalidOperationException">None has begun.</exception>
    bool End(bool waits);

    /// <summary>Sends and receives, and returns once all of it is done; nothing else may be under way.</summary>
    /// <param name="sends">What others are given; it must not overlap what is received.</param>
    /// <param name="receives">What others give.</param>
    void Exchange(ReadOnlySpan<Transfer> sends, ReadOnlySpan<Transfer> receives)
    {
        Begin(sends, receives);
        End(waits: true);
    }

    /// <summary>Gives every rank the parts of all others; nothing else may be under way.</summary>
    /// <param name="parts">
    /// As many parts of <paramref name="bytes"/> bytes as there are ranks, in memory that does not move; this rank's own is filled, at the
    /// place of its number.
    /// </param>
    /// <param name="bytes">Bytes of a part, the same on every rank.</param>
    unsafe void AllGather(void* parts, int bytes);
}

/// <summary>A process on its own: rank 0 of 1.</summary>
public sealed class SingleRank : ICommunicator
{
    private SingleRank()
    {
    }

    /// <summary>The only one; it has no state.</summary>
    public static SingleRank Instance { get; } = new();

    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Size => 1;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There is a transfer: there is nobody to exchange it with.</exception>
    public void Begin(ReadOnlySpan<Transfer> sends, ReadOnlySpan<Transfer> receives)
    {
        if (!sends.IsEmpty || !receives.IsEmpty)
        {
            throw new ArgumentException("A process on its own has nobody to exchange memory with.");
        }
    }

    /// <inheritdoc/>
    public bool End(bool waits) => true;

    /// <inheritdoc/>
    public unsafe void AllGather(void* parts, int bytes)
    {
    }
}
