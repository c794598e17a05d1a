using System.Text.Json;

namespace MicroGpt.Runner.Logs;

/// <summary>Reads the JSON lines of a log. Members are found by their names; those with other names are passed over.</summary>
internal static class JsonLogReader
{
    /// <summary>The steps, each with the number of its line.</summary>
    /// <exception cref="RunnerException">The text is not a log.</exception>
    public static IEnumerable<(int Line, LossLogEntry Entry)> Read(TextReader reader, string path)
    {
        for (int line = 1; reader.ReadLine() is { } text; line++)
        {
            if (text.Length == 0 && reader.Peek() < 0)
            {
                break;
            }

            yield return (line, Parse(text, path, line));
        }
    }

    private static LossLogEntry Parse(string text, string path, int line)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(text);
            JsonElement row = json.RootElement;
            if (row.ValueKind != JsonValueKind.Object)
            {
                throw RunnerException.Usage(
                    $"{path}:{line}: expected an object with the members {LossLogFile.Header}, found '{LossLogFile.Shortened(text)}'.");
            }

            return new LossLogEntry(
                Integer(row, LossLogColumn.Step, "a step from 1"),
                Member(row, LossLogColumn.Document) is { ValueKind: JsonValueKind.String } document
                    ? document.GetString()!
                    : throw Wrong(row, LossLogColumn.Document, "a text"),
                Integer(row, LossLogColumn.Positions, "a number of positions from 1"),
                Optional(row, LossLogColumn.LearningRate, "a learning rate, or null"),
                Optional(row, LossLogColumn.Loss, "a loss") ?? throw Wrong(row, LossLogColumn.Loss, "a loss"))
            {
                HeldOutLoss = Optional(row, LossLogColumn.HeldOutLoss, "a loss, or null"),
                GradientNorm = Optional(row, LossLogColumn.GradientNorm, "a norm, or null"),
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw RunnerException.Usage($"{path}:{line}: not a line of JSON: '{LossLogFile.Shortened(text)}'.", e);
        }

        static JsonElement? Member(JsonElement row, string name) =>
            row.TryGetProperty(name, out JsonElement member) && member.ValueKind != JsonValueKind.Null ? member : null;

        int Integer(JsonElement row, string name, string expected) =>
            Member(row, name) is { ValueKind: JsonValueKind.Number } member && member.TryGetInt32(out int value) && value >= 1
                ? value
                : throw Wrong(row, name, expected);

        double? Optional(JsonElement row, string name, string expected) => Member(row, name) switch
        {
            null => null,
            { ValueKind: JsonValueKind.Number } member => member.GetDouble(),
            _ => throw Wrong(row, name, expected),
        };

        RunnerException Wrong(JsonElement row, string name, string expected) =>
            LossLogFile.Error(
                path, line, name, expected, row.TryGetProperty(name, out JsonElement member) ? member.GetRawText() : "nothing");
    }
}
