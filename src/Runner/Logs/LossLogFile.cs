using System.Globalization;
using System.Text;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Logs;

/// <summary>The losses of one run, as written by <c>train --log</c>: a CSV file with the columns <see cref="Header"/>.</summary>
/// <param name="Path">The file that it was read from.</param>
/// <param name="Entries">One entry a step, in the order of the file; at least one.</param>
public sealed record LossLogFile(string Path, IReadOnlyList<LossLogEntry> Entries)
{
    /// <summary>First line of every log.</summary>
    public const string Header = LossLog.Header;

    private static readonly string[] Columns = Header.Split(',');

    /// <summary>Reads a log.</summary>
    /// <param name="path">The file, UTF-8.</param>
    /// <exception cref="RunnerException">It cannot be read, or is not a log: the message says where and what was expected.</exception>
    public static LossLogFile Read(string path)
    {
        try
        {
            using var reader = new StreamReader(path, new UTF8Encoding(false, throwOnInvalidBytes: true));
            return Read(reader, path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw RunnerException.Usage($"{path}: there is no such file.");
        }
        catch (DecoderFallbackException)
        {
            throw RunnerException.Usage($"{path}: not UTF-8 text; a loss log is a CSV file as 'train --log' writes it.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RunnerException.Usage($"{path}: cannot be read ({e.Message.TrimEnd('.')}).");
        }
    }

    /// <summary>Reads a log from text.</summary>
    /// <param name="reader">The text.</param>
    /// <param name="path">What to call it in messages.</param>
    /// <exception cref="RunnerException">It is not a log.</exception>
    public static LossLogFile Read(TextReader reader, string path)
    {
        string? header = reader.ReadLine();
        if (header is null)
            throw RunnerException.Usage($"{path}: the file is empty; expected the header '{Header}'.");
        if (header.TrimEnd() != Header)
            throw RunnerException.Usage($"{path}:1: expected the header '{Header}', found '{Shortened(header)}'.");

        var entries = new List<LossLogEntry>();
        for (int line = 2; reader.ReadLine() is { } text; line++)
        {
            if (text.Length == 0 && reader.Peek() < 0)
                break;
            var entry = Parse(text, path, line);
            if (entries.Count > 0 && entry.Step <= entries[^1].Step)
                throw Error(path, line, 0, $"a step after {entries[^1].Step}", entry.Step.ToString(CultureInfo.InvariantCulture));
            entries.Add(entry);
        }

        if (entries.Count == 0)
            throw RunnerException.Usage($"{path}: the log has a header and no steps.");
        return new LossLogFile(path, entries);
    }

    private static LossLogEntry Parse(string text, string path, int line)
    {
        var fields = Split(text, path, line);
        if (fields.Count != Columns.Length)
        {
            throw RunnerException.Usage(
                $"{path}:{line}: expected {Columns.Length} columns ({Header}), found {fields.Count} in '{Shortened(text)}'.");
        }

        int step = Integer(0, "a step from 1", least: 1);
        int positions = Integer(2, "a number of positions from 1", least: 1);
        double? rate = fields[3].Length == 0 ? null : Number(3, "a learning rate, or nothing");
        return new LossLogEntry(step, fields[1], positions, rate, Number(4, "a loss"));

        int Integer(int column, string expected, int least) =>
            int.TryParse(fields[column], NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= least
                ? value
                : throw Error(path, line, column, expected, fields[column]);

        // A run that diverges logs NaN or Infinity as its last loss; both are numbers here.
        double Number(int column, string expected) =>
            double.TryParse(fields[column], NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                ? value
                : throw Error(path, line, column, expected, fields[column]);
    }

    // A field in double quotes may hold commas, and two quotes for one (RFC 4180). Documents are single lines, so that a
    // quoted field never goes on in the next line.
    private static List<string> Split(string text, string path, int line)
    {
        var fields = new List<string>(Columns.Length);
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
                        throw RunnerException.Usage($"{path}:{line}: the quote opened at character {opened + 1} is not closed.");
                    field.Append(text, at, quote - at);
                    at = quote + 1;
                    if (at >= text.Length || text[at] != '"')
                        break;
                    field.Append('"');
                    at++;
                }

                if (at < text.Length && text[at] != ',')
                    throw RunnerException.Usage($"{path}:{line}: expected a comma after the quote at character {at}, found '{text[at]}'.");
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
                return fields;
            at++;
        }
    }

    private static RunnerException Error(string path, int line, int column, string expected, string found) =>
        RunnerException.Usage($"{path}:{line}: column '{Columns[column]}': expected {expected}, found '{Shortened(found)}'.");

    private static string Shortened(string text) => text.Length <= 60 ? text : text[..57] + "...";
}

/// <summary>One step of a run.</summary>
/// <param name="Step">Number of the step, from 1.</param>
/// <param name="Document">The document trained on; of a batch the first.</param>
/// <param name="Positions">Number of positions (rows) of the step.</param>
/// <param name="LearningRate">The step's learning rate; null for a model without one.</param>
/// <param name="Loss">Loss before the update, in nats a token.</param>
public sealed record LossLogEntry(int Step, string Document, int Positions, double? LearningRate, double Loss);
