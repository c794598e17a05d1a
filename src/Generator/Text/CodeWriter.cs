using System.Text;

namespace MicroGpt.Generator.Text;

/// <summary>Writes indented text with <c>\n</c> newlines, whatever the machine.</summary>
internal sealed class CodeWriter
{
    private readonly StringBuilder _text = new();
    private int _depth;

    public CodeWriter Line(string line = "")
    {
        if (line.Length > 0)
        {
            _text.Append(' ', 4 * _depth).Append(line);
        }

        _text.Append('\n');
        return this;
    }

    /// <summary>Several lines, each indented.</summary>
    public CodeWriter Lines(string text)
    {
        foreach (string? line in text.TrimEnd('\n').Split('\n'))
        {
            Line(line);
        }

        return this;
    }

    /// <summary>Text that must not be indented.</summary>
    public CodeWriter Raw(string text)
    {
        _text.Append(text);
        return this;
    }

    /// <summary>A documentation summary of one or more lines; the text is escaped.</summary>
    public CodeWriter Summary(params string[] lines)
    {
        if (lines.Length == 1)
        {
            return Line("/// <summary>" + Escape(lines[0]) + "</summary>");
        }

        Line("/// <summary>");
        foreach (string line in lines)
        {
            Line("/// " + Escape(line));
        }

        return Line("/// </summary>");
    }

    /// <summary>Opens a block in braces; disposing of the result closes it.</summary>
    public BlockScope Block(string heading = "", string close = "}")
    {
        if (heading.Length > 0)
        {
            Line(heading);
        }

        Line("{");
        _depth++;
        return new BlockScope(this, close);
    }

    public override string ToString() => _text.ToString();

    private static string Escape(string text) => text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");

    internal readonly struct BlockScope(CodeWriter writer, string close) : IDisposable
    {
        public void Dispose()
        {
            writer._depth--;
            writer.Line(close);
        }
    }
}
