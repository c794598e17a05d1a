namespace MicroGpt.Runner.Data;

/// <summary>A place in a text.</summary>
/// <param name="File">The text's name.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">In characters (code points), from 1.</param>
public readonly record struct TextPlace(string File, int Line, int Column)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{File}, line {Line}, column {Column}");
}

/// <summary>Finds the lines and columns of ascending places in a text, in one walk through it.</summary>
internal sealed class PlaceFinder(TextFile file)
{
    private int offset;
    private int line = 1;
    private int column = 1;

    /// <summary>The place of a byte that begins a character.</summary>
    /// <param name="target">Its index, at least that of the call before.</param>
    public TextPlace At(int target)
    {
        ReadOnlySpan<byte> text = file.Text.Span;
        while (offset < target)
        {
            ReadOnlySpan<byte> rest = text[offset..target];
            int length = rest.IndexOfAny((byte)'\n', (byte)'\r');
            if (length < 0)
            {
                column += Utf8Characters.Count(rest);
                offset = target;
                break;
            }

            // A pair of \r and \n is one ending; where the place lies between the two, the line has not ended.
            int end = offset + length;
            bool pair = text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n';
            if (pair && end + 1 == target)
            {
                column += Utf8Characters.Count(rest);
                offset = target;
                break;
            }

            offset = end + (pair ? 2 : 1);
            line++;
            column = 1;
        }

        return new TextPlace(file.Name, line, column);
    }
}
