using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MicroGpt.Runner.Report;

/// <summary>Serialisation of the page's data, generated at compile time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(ReportNumberConverter)])]
[JsonSerializable(typeof(ReportData))]
internal sealed partial class ReportJson : JsonSerializerContext;

/// <summary>
/// Writes numbers with six significant digits, which is more than a page shows and a third of the size of all of them.
/// What is not finite becomes null: JSON has no word for it, and the page leaves a gap.
/// </summary>
internal sealed class ReportNumberConverter : JsonConverter<double>
{
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

    public override bool HandleNull => true;

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value))
        {
            writer.WriteRawValue(value.ToString("G6", CultureInfo.InvariantCulture), skipInputValidation: true);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}

/// <summary>Writes evenly spaced steps, which nearly all are, as <c>{first, stride, count}</c>, and others as a list.</summary>
internal sealed class StepsConverter : JsonConverter<IReadOnlyList<int>>
{
    public override IReadOnlyList<int> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var root = document.RootElement;
        if (root.ValueKind == JsonValueKind.Array)
        {
            return [.. root.EnumerateArray().Select(step => step.GetInt32())];
        }

        int first = root.GetProperty("first").GetInt32();
        int stride = root.GetProperty("stride").GetInt32();
        return [.. Enumerable.Range(0, root.GetProperty("count").GetInt32()).Select(i => first + i * stride)];
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<int> value, JsonSerializerOptions options)
    {
        int stride = value.Count > 1 ? value[1] - value[0] : 1;
        bool even = value.Count > 0;
        for (int i = 1; i < value.Count && even; i++)
        {
            even = value[i] - value[i - 1] == stride;
        }

        if (even)
        {
            writer.WriteStartObject();
            writer.WriteNumber("first", value[0]);
            writer.WriteNumber("stride", stride);
            writer.WriteNumber("count", value.Count);
            writer.WriteEndObject();
            return;
        }

        writer.WriteStartArray();
        foreach (int step in value)
        {
            writer.WriteNumberValue(step);
        }

        writer.WriteEndArray();
    }
}
