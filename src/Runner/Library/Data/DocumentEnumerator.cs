using System.Text;

namespace MicroGpt.Runner.Data;

/// <summary>
/// Walks through the documents of some texts without copying any. A line ends with <c>\n</c>, <c>\r\n</c> or <c>\r</c>; its ending belongs
/// to no document. What holds white space alone is no document.
/// </summary>
internal ref struct DocumentEnumerator(IReadOnlyList<TextFile> files, DocumentKind kind, bool trim)
{
    private int next;

    /// <summary>Index of the text that the present document is from.</summary>
    public int File { get; private set; }

    /// <summary>Index of the document's first byte in its text.</summary>
    public int Offset { get; private set; }

    /// <summary>Number of the document's bytes.</summary>
    public int Length { get; private set; }

    /// <summary>The document, in UTF-8. Of a stream, the part that is in one file.</summary>
    public readonly ReadOnlySpan<byte> Current => files[File].Text.Span.Slice(Offset, Length);

    /// <summary>Goes on to the next document.</summary>
    public bool MoveNext()
    {
        for (; File < files.Count; File++, next = 0)
        {
            ReadOnlySpan<byte> text = files[File].Text.Span;
            while (next < text.Length)
            {
                Take(text);
                if (kind == DocumentKind.Stream)
                {
                    TrimStream(text);
                }
                else if (trim)
                {
                    Trim(text, atStart: true, atEnd: true);
                }

                if (Length > 0 && (kind == DocumentKind.Stream || !IsBlank(Current)))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Whether a text holds nothing but white space.</summary>
    public static bool IsBlank(ReadOnlySpan<byte> text) => StartOfContent(text) == text.Length;

    /// <summary>The line that begins at an index, and where the one after it begins.</summary>
    public static ReadOnlySpan<byte> Line(ReadOnlySpan<byte> text, int start, out int following)
    {
        int length = text[start..].IndexOfAny((byte)'\n', (byte)'\r');
        int end = length < 0 ? text.Length : start + length;
        bool pair = end + 1 < text.Length && text[end] == '\r' && text[end + 1] == '\n';
        following = Math.Min(text.Length, end + (pair ? 2 : 1));
        return text[start..end];
    }

    private void Take(ReadOnlySpan<byte> text)
    {
        Offset = next;
        switch (kind)
        {
            case DocumentKind.Line:
                Length = Line(text, next, out next).Length;
                break;
            case DocumentKind.Paragraph:
                TakeParagraph(text);
                break;
            default:
                next = text.Length;
                Length = text.Length - Offset;
                if (kind == DocumentKind.File)
                {
                    Length -= text.EndsWith("\r\n"u8) ? 2 : text[^1] is (byte)'\n' or (byte)'\r' ? 1 : 0;
                }

                break;
        }
    }

    private void TakeParagraph(ReadOnlySpan<byte> text)
    {
        Length = 0;
        while (next < text.Length)
        {
            int start = next;
            ReadOnlySpan<byte> line = Line(text, start, out next);
            if (!IsBlank(line))
            {
                Offset = Length == 0 ? start : Offset;
                Length = start + line.Length - Offset;
            }
            else if (Length > 0)
            {
                return;
            }
        }
    }

    /// <summary>A stream has two ends only, in its first and in its last text that has any characters.</summary>
    private void TrimStream(ReadOnlySpan<byte> text)
    {
        if (!trim)
        {
            return;
        }

        bool atStart = true, atEnd = true;
        for (int i = 0; i < files.Count; i++)
        {
            bool isBlank = i == File || IsBlank(files[i].Text.Span);
            atStart &= i >= File || isBlank;
            atEnd &= i <= File || isBlank;
        }

        Trim(text, atStart, atEnd);
    }

    private void Trim(ReadOnlySpan<byte> text, bool atStart, bool atEnd)
    {
        int skipped = atStart ? StartOfContent(text.Slice(Offset, Length)) : 0;
        Offset += skipped;
        Length -= skipped;
        while (atEnd && Length > 0)
        {
            Rune.DecodeLastFromUtf8(text.Slice(Offset, Length), out Rune last, out int bytes);
            if (!Rune.IsWhiteSpace(last))
            {
                return;
            }

            Length -= bytes;
        }
    }

    private static int StartOfContent(ReadOnlySpan<byte> text)
    {
        int start = 0;
        while (start < text.Length)
        {
            Rune.DecodeFromUtf8(text[start..], out Rune first, out int bytes);
            if (!Rune.IsWhiteSpace(first))
            {
                break;
            }

            start += bytes;
        }

        return start;
    }
}
