using System.Globalization;
using System.Text;

namespace MicroGpt.Runner.Logs;

/// <summary>
/// The losses of one run, as written by <c>train --log</c>: a CSV file with at least the columns <see cref="Header"/>, in any order, or
/// JSON lines with members of these names.
/// </summary>
/// <param name="Path">The file that it was read from.</param>
/// <param name="Entries">One entry a step, in the order of the file; at least one.</param>
public sealed record LossLogFile(string Path, IReadOnlyList<LossLogEntry> Entries)
{
    /// <summary>The columns that every log has.</summary>
    public const string Header = LossLog.Header;

    /// <summary>Reads a log.</summary>
    /// <param name="path">The file, UTF-8.</param>
    /// <exception cref="RunnerException">It cannot be read, or is not a log: the message says where and what was expected.</exception>
    public static LossLogFile Read(string path)
    {
        if (string.IsNullOrWhiteSpace(path) || path.Contains('\0', StringComparison.Ordinal))
        {
            throw RunnerException.Usage("the name of a loss log is missing.");
        }

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
            throw RunnerException.Usage($"{path}: not UTF-8 text; a loss log is a CSV file, or JSON lines, as 'train --log' writes it.");
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
        var entries = new List<LossLogEntry>();
        bool isJson = LossLogSettings.HasJsonEnding(path) || reader.Peek() == '{';
        foreach ((int line, LossLogEntry entry) in isJson ? JsonLogReader.Read(reader, path) : CsvLogReader.Read(reader, path))
        {
            if (entries.Count > 0 && entry.Step <= entries[^1].Step)
            {
                throw Error(
                    path, line, LossLogColumn.Step, $"a step after {entries[^1].Step}", entry.Step.ToString(CultureInfo.InvariantCulture));
            }

            entries.Add(entry);
        }

        if (entries.Count == 0)
        {
            throw RunnerException.Usage(isJson ? $"{path}: the log has no steps." : $"{path}: the log has a header and no steps.");
        }

        return new LossLogFile(path, entries);
    }

    /// <summary>What is wrong with a field.</summary>
    internal static RunnerException Error(string path, int line, string column, string expected, string found) =>
        RunnerException.Usage($"{path}:{line}: column '{column}': expected {expected}, found '{Shortened(found)}'.");

    /// <summary>As much of a text as a message has room for.</summary>
    internal static string Shortened(string text) => text.Length <= 60 ? text : text[..57] + "...";
}

/// <summary>One step of a run.</summary>
/// <param name="Step">Number of the step, from 1.</param>
/// <param name="Document">The document trained on; of a batch the first.</param>
/// <param name="Positions">Number of positions (rows) of the step.</param>
/// <param name="LearningRate">The step's learning rate; null for a model without one.</param>
/// <param name="Loss">Loss before the update, in nats a token.</param>
public sealed record LossLogEntry(int Step, string Document, int Positions, double? LearningRate, double Loss)
{
    /// <summary>The loss on what is held out, after the update; null where it was not measured.</summary>
    public double? HeldOutLoss { get; init; }

    /// <summary>The norm of the gradient before clipping; null where it was not measured.</summary>
    public double? GradientNorm { get; init; }
}
