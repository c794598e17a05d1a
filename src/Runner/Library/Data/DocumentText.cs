using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace MicroGpt.Runner.Data;

/// <summary>The text of a document, or of a window of a stream: some tokens in a row, made into text only when it is asked for.</summary>
public readonly struct DocumentText : IEquatable<DocumentText>
{
    // A byte that is no character of its own becomes U+FFFD, which takes three.
    private const int ReplacementLength = 3;

    private readonly Corpus corpus;
    private readonly int start;
    private readonly int length;

    internal DocumentText(Corpus corpus, int start, int length)
    {
        this.corpus = corpus;
        this.start = start;
        this.length = length;
    }

    /// <summary>A text that is no part of a corpus.</summary>
    public static DocumentText Of(string text)
    {
        if (text.Length == 0)
        {
            return default;
        }

        var corpus = new Corpus(DocumentSet.Parse(text, "", new DataSettings { Documents = DocumentKind.Stream }));
        return corpus.Text(0);
    }

    /// <summary>The most bytes that the text takes in UTF-8.</summary>
    public int MaxUtf8Length => corpus is null ? 0 : checked(length * corpus.Tokenizer.LongestToken * (IsWhole ? 1 : ReplacementLength));

    private bool IsWhole => corpus.Tokenizer.Kind == TokenizerKind.Characters;

    /// <summary>Writes the text as valid UTF-8. Allocates nothing where the tokens are characters.</summary>
    /// <param name="destination">Has room for <see cref="MaxUtf8Length"/> bytes.</param>
    /// <returns>The number of bytes written.</returns>
    public int CopyUtf8To(Span<byte> destination)
    {
        if (corpus is null)
        {
            return 0;
        }

        int written = 0;
        for (int i = start; i < start + length; i++)
        {
            ReadOnlySpan<byte> bytes = corpus.Tokenizer.Bytes(corpus.Token(i));
            bytes.CopyTo(destination[written..]);
            written += bytes.Length;
        }

        // A window may begin or end within a character where tokens are parts of one.
        return IsWhole || Utf8.IsValid(destination[..written])
            ? written
            : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(destination[..written]), destination);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(MaxUtf8Length);
        string text = Encoding.UTF8.GetString(bytes, 0, CopyUtf8To(bytes));
        ArrayPool<byte>.Shared.Return(bytes);
        return text;
    }

    /// <summary>Whether both are the same text.</summary>
    public bool Equals(DocumentText other) =>
        (ReferenceEquals(corpus, other.corpus) && start == other.start && length == other.length) || ToString() == other.ToString();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is DocumentText other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);
}
