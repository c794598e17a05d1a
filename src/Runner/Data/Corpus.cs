namespace MicroGpt.Runner.Data;

/// <summary>Tokenized documents in training order, in one array: BOS, the characters, BOS for each document.</summary>
public sealed class Corpus
{
    private readonly Document[] documents;
    private readonly int[] tokens;
    private readonly int[] starts;

    /// <summary>Tokenizes documents.</summary>
    /// <param name="documents">The documents in training order; at least one.</param>
    /// <param name="tokenizer">A tokenizer that knows all their characters.</param>
    public Corpus(Document[] documents, Tokenizer tokenizer)
    {
        this.documents = documents;
        var all = new List<int>();
        starts = new int[documents.Length + 1];
        for (int i = 0; i < documents.Length; i++)
        {
            all.Add(tokenizer.Bos);
            tokenizer.Encode(documents[i].Text, all);
            all.Add(tokenizer.Bos);
            starts[i + 1] = all.Count;
            LongestDocument = Math.Max(LongestDocument, starts[i + 1] - starts[i]);
        }

        tokens = all.ToArray();
    }

    /// <summary>Number of documents.</summary>
    public int Count => documents.Length;

    /// <summary>Number of characters in all documents.</summary>
    public int CharacterCount => tokens.Length - (2 * documents.Length);

    /// <summary>Tokens of the longest document, its two BOS included.</summary>
    public int LongestDocument { get; }

    /// <summary>The text of a document.</summary>
    public string Text(int document) => documents[document].Text;

    /// <summary>The tokens of a document, with BOS at both ends.</summary>
    public ReadOnlySpan<int> Tokens(int document) => tokens.AsSpan(starts[document], starts[document + 1] - starts[document]);
}
