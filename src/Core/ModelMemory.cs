namespace MicroGpt;

/// <summary>The memory of a compiled model, in elements of its precision: what its arenas have room for.</summary>
/// <param name="Weights">Weights, those that are kept in both orientations twice.</param>
/// <param name="Gradients">A stored gradient, and each number that an update keeps of the weights.</param>
/// <param name="ActivationsPerRow">Activations of a row; there is room for an odd number of rows.</param>
/// <param name="Decoder">A decoder's activations and caches.</param>
public sealed record ModelMemory(long Weights, long Gradients, long ActivationsPerRow, long Decoder)
{
    /// <summary>What a row takes of a large vocabulary's logits, which exist in pieces; 0 where they exist at once.</summary>
    public long PiecePerRow { get; init; }

    /// <summary>The most rows of a piece.</summary>
    public int PieceRows { get; init; }

    /// <summary>Elements that hold the activations of a batch.</summary>
    /// <param name="rows">The most rows of a batch.</param>
    public double Activations(long rows) =>
        ((double)ActivationsPerRow * (rows | 1)) + (PieceRows == 0 ? 0 : (double)PiecePerRow * (Math.Min(rows, PieceRows) | 1));
}
