using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MicroGpt.Runner.Logs;

/// <summary>Where a log of an earlier part of a run ends at a given step.</summary>
/// <param name="Length">Bytes up to the end of the step's line.</param>
/// <param name="LastStep">The last step before the cut; 0 where there is none.</param>
/// <param name="Seconds">What the last line says of the time; 0 where it says nothing.</param>
internal sealed record LogCut(long Length, long LastStep, double Seconds)
{
    private static readonly byte[] JsonStart = Encoding.UTF8.GetBytes($"{{\"{LossLogColumn.Step}\":");

    /// <summary>Finds the end of a step's line. The file's position is at its beginning afterwards.</summary>
    /// <param name="file">The log, from its beginning.</param>
    /// <param name="settings">The columns that the run would write.</param>
    /// <param name="step">The last step to keep, from 0.</param>
    /// <exception cref="RunnerException">The file is no log, or has other columns.</exception>
    public static LogCut Find(Stream file, LossLogSettings settings, long step)
    {
        var cut = new LogCut(0, 0, 0.0);
        byte[] lastLine = [];
        long offset = 0;
        bool isHeader = !settings.IsJson;
        foreach (byte[] line in Lines(new BufferedStream(file, 1 << 16), hasQuotes: !settings.IsJson))
        {
            // A line without its line feed was cut off, with the process that wrote it.
            if (line[^1] != (byte)'\n')
            {
                break;
            }

            offset += line.Length;
            if (isHeader)
            {
                CheckHeader(Encoding.UTF8.GetString(line).TrimEnd('\r', '\n'), settings);
                isHeader = false;
                cut = cut with { Length = offset };
                continue;
            }

            if (StepOf(line, settings) is not long found)
            {
                throw RunnerException.Usage($"--log: {settings.Path} is no log of a run; give another name.");
            }

            if (found > step)
            {
                break;
            }

            cut = cut with { Length = offset, LastStep = found };
            lastLine = line;
        }

        return settings.IsJson && lastLine.Length > 0 ? cut with { Seconds = SecondsOf(lastLine) } : cut;
    }

    /// <summary>The lines with their line feeds; a line feed between quotation marks belongs to its line.</summary>
    private static IEnumerable<byte[]> Lines(Stream file, bool hasQuotes)
    {
        var line = new MemoryStream();
        bool isQuoted = false;
        for (int next = file.ReadByte(); next >= 0; next = file.ReadByte())
        {
            line.WriteByte((byte)next);
            isQuoted ^= hasQuotes && next == '"';
            if (next == '\n' && !isQuoted)
            {
                yield return line.ToArray();
                line.SetLength(0);
            }
        }

        if (line.Length > 0)
        {
            yield return line.ToArray();
        }
    }

    private static void CheckHeader(string header, LossLogSettings settings)
    {
        if (header != settings.Header)
        {
            throw RunnerException.Usage(
                $"--log: {settings.Path} has the header '{(header.Length <= 100 ? header : header[..97] + "...")}' where this run writes "
                    + $"'{settings.Header}'; give another name.");
        }
    }

    private static long? StepOf(ReadOnlySpan<byte> line, LossLogSettings settings)
    {
        if (settings.IsJson)
        {
            if (!line.StartsWith(JsonStart))
            {
                return null;
            }

            line = line[JsonStart.Length..];
        }

        int comma = line.IndexOf((byte)',');
        return comma > 0
            && long.TryParse(line[..comma], NumberStyles.None, CultureInfo.InvariantCulture, out long step)
            ? step : null;
    }

    private static double SecondsOf(byte[] line)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            return json.RootElement.TryGetProperty(LossLogColumn.Seconds, out JsonElement seconds)
                && seconds.ValueKind == JsonValueKind.Number ? seconds.GetDouble() : 0.0;
        }
        catch (JsonException)
        {
            return 0.0;
        }
    }
}
