using System.Globalization;
using System.Text;

namespace MicroGpt.Runner.Logs;

/// <summary>Reads the CSV form of a log. Columns are found by their names; those with other names are passed over.</summary>
internal static class CsvLogReader
{
    private static readonly string[] Required = LossLogFile.Header.Split(',');

    /// <summary>The steps, each with the number of its first line.</summary>
    /// <exception cref="RunnerException">The text is not a log.</exception>
    public static IEnumerable<(int Line, LossLogEntry Entry)> Read(TextReader reader, string path)
    {
        string? header = reader.ReadLine();
        if (header is null)
        {
            throw RunnerException.Usage($"{path}: the file is empty; expected the header '{LossLogFile.Header}'.");
        }

        List<string> columns = Split(header.TrimEnd(), path, 1);
        if (Required.Except(columns).Any() || columns.Distinct().Count() < columns.Count)
        {
            throw RunnerException.Usage($"{path}:1: expected the header '{LossLogFile.Header}', found '{LossLogFile.Shortened(header)}'.");
        }

        int line = 2;
        while (reader.ReadLine() is { } text)
        {
            int first = line++;
            if (text.Length == 0 && reader.Peek() < 0)
            {
                break;
            }

            // A document of several lines stands between quotation marks.
            while (text.Count(character => character == '"') % 2 != 0 && reader.ReadLine() is { } next)
            {
                text += "\n" + next;
                line++;
            }

            yield return (first, Parse(text, columns, path, first));
        }
    }

    private static LossLogEntry Parse(string text, List<string> columns, string path, int line)
    {
        List<string> fields = Split(text, path, line);
        if (fields.Count != columns.Count)
        {
            throw RunnerException.Usage(
                $"{path}:{line}: expected {columns.Count} columns ({string.Join(',', columns)}), "
                    + $"found {fields.Count} in '{LossLogFile.Shortened(text)}'.");
        }

        return new LossLogEntry(
            Integer(LossLogColumn.Step, "a step from 1"),
            Field(LossLogColumn.Document)!,
            Integer(LossLogColumn.Positions, "a number of positions from 1"),
            Optional(LossLogColumn.LearningRate, "a learning rate, or nothing"),
            Number(LossLogColumn.Loss, "a loss", Field(LossLogColumn.Loss)!))
        {
            HeldOutLoss = Optional(LossLogColumn.HeldOutLoss, "a loss, or nothing"),
            GradientNorm = Optional(LossLogColumn.GradientNorm, "a norm, or nothing"),
        };

        string? Field(string column) => columns.IndexOf(column) is >= 0 and int index ? fields[index] : null;

        int Integer(string column, string expected) =>
            int.TryParse(Field(column), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= 1
                ? value
                : throw LossLogFile.Error(path, line, column, expected, Field(column)!);

        double? Optional(string column, string expected) => Field(column) is { Length: > 0 } field ? Number(column, expected, field) : null;

        // A run that diverges logs NaN or Infinity as its last loss; both are numbers here.
        double Number(string column, string expected, string field) =>
            double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                ? value
                : throw LossLogFile.Error(path, line, column, expected, field);
    }

    // A field in double quotes may hold commas, and two quotes for one (RFC 4180).
    private static List<string> Split(string text, string path, int line)
    {
        var fields = new List<string>();
        int at = 0;
        while (true)
        {
            if (at < text.Length && text[at] == '"')
            {
                var field = new StringBuilder();
                int opened = at++;
                while (true)
                {
                    int quote = text.IndexOf('"', at);
                    if (quote < 0)
                    {
                        throw RunnerException.Usage($"{path}:{line}: the quote opened at character {opened + 1} is not closed.");
                    }

                    field.Append(text, at, quote - at);
                    at = quote + 1;
                    if (at >= text.Length || text[at] != '"')
                    {
                        break;
                    }

                    field.Append('"');
                    at++;
                }

                if (at < text.Length && text[at] != ',')
                {
                    throw RunnerException.Usage($"{path}:{line}: expected a comma after the quote at character {at}, found '{text[at]}'.");
                }

                fields.Add(field.ToString());
            }
            else
            {
                int comma = text.IndexOf(',', at);
                int end = comma < 0 ? text.Length : comma;
                fields.Add(text[at..end]);
                at = end;
            }

            if (at >= text.Length)
            {
                return fields;
            }

            at++;
        }
    }
}
