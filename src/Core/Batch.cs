namespace MicroGpt;

/// <summary>
/// Documents packed into consecutive rows without padding: row r reads token <c>Tokens[r]</c> and is to predict
/// <c>Targets[r]</c>; segment s (one document) occupies the rows <c>Starts[s]</c> to <c>Starts[s + 1] - 1</c>.
/// </summary>
public readonly ref struct Batch
{
    /// <summary>Describes packed documents.</summary>
    /// <param name="tokens">[rows] token read at each row.</param>
    /// <param name="targets">[rows] token to predict at each row.</param>
    /// <param name="starts">[segments + 1] first row of each segment, then the number of rows; strictly increasing from 0.</param>
    public Batch(ReadOnlySpan<int> tokens, ReadOnlySpan<int> targets, ReadOnlySpan<int> starts)
    {
        Tokens = tokens;
        Targets = targets;
        Starts = starts;
    }

    /// <summary>[rows] token read at each row.</summary>
    public ReadOnlySpan<int> Tokens { get; }

    /// <summary>[rows] token to predict at each row.</summary>
    public ReadOnlySpan<int> Targets { get; }

    /// <summary>[segments + 1] first row of each segment, then the number of rows.</summary>
    public ReadOnlySpan<int> Starts { get; }

    /// <summary>Number of rows (positions).</summary>
    public int Rows => Tokens.Length;

    /// <summary>Number of segments (documents).</summary>
    public int Segments => Starts.Length - 1;
}
