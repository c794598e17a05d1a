using System.Text;

namespace MicroGpt.Runner.Terminal;

/// <summary>
/// Lines at the bottom of a terminal that are drawn again and again. Whatever else is written meanwhile, through <see cref="Over"/>,
/// appears above them.
/// </summary>
internal sealed class LiveRegion
{
    private readonly Lock gate = new();
    private TextWriter? shownOn;
    private int height;

    /// <summary>Draws the lines in place of those before.</summary>
    /// <param name="output">The terminal.</param>
    /// <param name="lines">Each shorter than the terminal is wide.</param>
    public void Draw(TextWriter output, IReadOnlyList<string> lines)
    {
        lock (gate)
        {
            // One write, so that nothing flickers.
            var frame = new StringBuilder(Erasing());
            foreach (string line in lines)
            {
                frame.Append(line).Append('\n');
            }

            output.Write(frame.ToString());
            output.Flush();
            shownOn = output;
            height = lines.Count;
        }
    }

    /// <summary>Leaves the lines where they are: what is written next comes below them.</summary>
    public void Leave()
    {
        lock (gate)
        {
            height = 0;
        }
    }

    /// <summary>A writer to the same terminal, before each of whose texts the lines make room.</summary>
    public TextWriter Over(TextWriter writer) => TextWriter.Synchronized(new Above(writer, this));

    // Cursor up to the first line, then erase to the end of the screen (ECMA-48).
    private string Erasing() => height == 0 ? "" : FormattableString.Invariant($"\u001b[{height}A\r\u001b[J");

    private void MakeRoom()
    {
        lock (gate)
        {
            if (height > 0)
            {
                shownOn!.Write(Erasing());
                shownOn.Flush();
                height = 0;
            }
        }
    }

    private sealed class Above(TextWriter inner, LiveRegion region) : TextWriter(System.Globalization.CultureInfo.InvariantCulture)
    {
        public override Encoding Encoding => inner.Encoding;

        public override string NewLine => inner.NewLine;

        public override void Write(char value)
        {
            region.MakeRoom();
            inner.Write(value);
        }

        public override void Write(string? value)
        {
            region.MakeRoom();
            inner.Write(value);
        }

        public override void WriteLine(string? value)
        {
            region.MakeRoom();
            inner.WriteLine(value);
        }

        public override void Flush() => inner.Flush();
    }
}
