namespace MicroGpt;

/// <summary>
/// What infers with a model's parameters: scores batches, decodes position by position. A compiled model is one itself, and opens others
/// that read the same parameters (<see cref="ICompiledModel.OpenSession"/>).
/// </summary>
/// <remarks>An instance is not thread-safe; any number of them may be used at once.</remarks>
public interface IModelSession : IDisposable
{
    /// <summary>Dimensions, parameter table and operation counts: constants of the compiled model.</summary>
    ModelDescription Description { get; }

    /// <summary>The loss of packed documents, parameters untouched.</summary>
    /// <param name="batch">Packed documents.</param>
    /// <returns>The mean of -ln p(target) over all rows, in nats.</returns>
    /// <exception cref="ArgumentException">
    /// The batch is empty, has more rows than fit, a segment longer than the block size, or a token outside the vocabulary.
    /// </exception>
    double Loss(in Batch batch);

    /// <summary>
    /// Begins a document with several positions at once: what <see cref="Decode"/> of each would leave in the cache, from one forward pass
    /// over all of them, to rounding. Position <c>tokens.Length</c> is decoded next.
    /// </summary>
    /// <param name="tokens">The tokens at the positions from 0.</param>
    /// <exception cref="ArgumentException">
    /// There are none, more than fit a batch or the block size, or one is outside the vocabulary.
    /// </exception>
    void Prefill(ReadOnlySpan<int> tokens);

    /// <summary>
    /// Decodes one position: appends its keys and values to the cache and computes the logits of the next token.
    /// Positions are decoded in order; position 0 begins a new document. One that was decoded before may be decoded again, and others after
    /// it; without a block size, where attention keeps no more than its window, only the last one.
    /// </summary>
    /// <param name="token">The token at this position.</param>
    /// <param name="position">0 to block size - 1 (any position for a model without a block size).</param>
    /// <param name="logits">Receives <see cref="ModelDescription.VocabSize"/> elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">The token or the position is out of range.</exception>
    /// <exception cref="ArgumentException">The span is too short.</exception>
    void Decode(int token, int position, Span<double> logits);
}
