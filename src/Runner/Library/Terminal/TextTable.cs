using System.Text;
using Spectre.Console;

namespace MicroGpt.Runner.Terminal;

/// <summary>A table of text: framed on a terminal that is wide enough, aligned columns elsewhere.</summary>
internal static class TextTable
{
    // A line and a blank on either side of each cell.
    private const int FrameWidth = 3;

    /// <summary>Writes a table; columns of numbers are aligned to the right.</summary>
    /// <param name="console">Where to write.</param>
    /// <param name="headers">[columns] names.</param>
    /// <param name="rows">[rows][columns] cells.</param>
    public static void Write(RunnerConsole console, string[] headers, string[][] rows)
    {
        bool[] isNumeric = [.. headers.Select((_, column) => rows.All(row => row[column] is "-" or ['-' or (>= '0' and <= '9'), ..]))];
        int[] widths = [.. headers.Select((header, column) => Math.Max(header.Length, rows.Max(row => row[column].Length)))];
        if (!console.IsTerminal || !TryWriteFramed(console, headers, rows, isNumeric, widths))
        {
            WriteColumns(console.Out, headers, rows, isNumeric, widths);
        }
    }

    private static void WriteColumns(TextWriter output, string[] headers, string[][] rows, bool[] isNumeric, int[] widths)
    {
        foreach (string[] cells in rows.Prepend(headers))
        {
            var line = new StringBuilder();
            for (int column = 0; column < cells.Length; column++)
            {
                line.Append(column == 0 ? "" : "  ");
                line.Append(isNumeric[column] ? cells[column].PadLeft(widths[column]) : cells[column].PadRight(widths[column]));
            }

            output.WriteLine(line.ToString().TrimEnd());
        }
    }

    private static bool TryWriteFramed(RunnerConsole console, string[] headers, string[][] rows, bool[] isNumeric, int[] widths)
    {
        IAnsiConsole terminal = SpectreConsole.For(console);
        if (widths.Sum(width => width + FrameWidth) + 1 > terminal.Profile.Width)
        {
            return false;
        }

        Table table = new Table().Border(TableBorder.Rounded);
        for (int column = 0; column < headers.Length; column++)
        {
            var header = new TableColumn(new Text(headers[column], new Style(decoration: Decoration.Bold)));
            table.AddColumn(isNumeric[column] ? header.RightAligned() : header);
        }

        foreach (string[] row in rows)
        {
            table.AddRow(row.Select(cell => new Text(cell)));
        }

        terminal.Write(table);
        return true;
    }
}
