namespace MicroGpt.Runner.Data;

/// <summary>One training document: a line of a text, without the white space around it.</summary>
/// <param name="Text">At least one character.</param>
/// <param name="Line">Its line in the source, counted from 1.</param>
/// <param name="Column">The column of its first character, in characters (code points) from 1.</param>
public readonly record struct Document(string Text, int Line, int Column);

/// <summary>The documents of one source, in the order of the source.</summary>
/// <param name="source">What messages call the source: a path as the user gave it, or "built-in names".</param>
/// <param name="documents">At least one document.</param>
public sealed class DocumentSet(string source, Document[] documents)
{
    /// <summary>What messages call the source.</summary>
    public string Source { get; } = source;

    /// <summary>The documents in the order of the source.</summary>
    public ReadOnlySpan<Document> Documents => documents;

    /// <summary>Number of documents.</summary>
    public int Count => documents.Length;

    /// <summary>Splits a text into documents, one a line (<c>\n</c>, <c>\r\n</c> or <c>\r</c>): stripped, empty ones dropped.</summary>
    /// <exception cref="RunnerException">The text holds no document.</exception>
    public static DocumentSet Parse(string text, string source)
    {
        var documents = new List<Document>();
        int line = 1;
        for (int start = 0; start < text.Length; line++)
        {
            int length = text.AsSpan(start).IndexOfAny('\n', '\r');
            int end = length < 0 ? text.Length : start + length;
            AddLine(documents, text.AsSpan(start, end - start), line);
            bool pair = end + 1 < text.Length && text[end] == '\r' && text[end + 1] == '\n';
            start = end + (pair ? 2 : 1);
        }

        return documents.Count > 0
            ? new DocumentSet(source, documents.ToArray())
            : throw RunnerException.Usage($"{source} is empty: it needs at least one document, one a line.");
    }

    private static void AddLine(List<Document> documents, ReadOnlySpan<char> line, int number)
    {
        ReadOnlySpan<char> withoutStart = line.TrimStart();
        ReadOnlySpan<char> stripped = withoutStart.TrimEnd();
        if (!stripped.IsEmpty)
        {
            // White space is never a surrogate pair, so char and code point are the same here.
            documents.Add(new Document(stripped.ToString(), number, line.Length - withoutStart.Length + 1));
        }
    }
}
