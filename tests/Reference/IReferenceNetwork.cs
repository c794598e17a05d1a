namespace MicroGpt.Reference;

/// <summary>A forward pass that reads one token at a time; the tape does the rest.</summary>
public interface IReferenceNetwork
{
    /// <summary>Dimensions and parameters, as a model of the compiler would state them (in double, with SGD).</summary>
    ModelDescription Description { get; }

    /// <summary>Computes the logits of the token after <paramref name="token"/>.</summary>
    /// <param name="tape">Holds the parameters in canonical order as its first nodes.</param>
    /// <param name="memory">What the network remembers of the document's earlier positions; extended by this one.</param>
    /// <param name="token">The token at this position.</param>
    /// <param name="position">Its position in the document, from 0.</param>
    /// <returns>[vocabulary] logits.</returns>
    Value[] Logits(Tape tape, DocumentMemory memory, int token, int position);
}
