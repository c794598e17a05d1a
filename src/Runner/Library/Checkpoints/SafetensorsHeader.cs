using System.Buffers;
using System.Text.Json;

namespace MicroGpt.Runner.Checkpoints;

/// <summary>
/// The header of a safetensors file: 8 bytes with its length (little-endian), then a JSON object that gives each tensor its type, shape and
/// place in the data behind it, and <c>__metadata__</c>, a map of strings.
/// </summary>
/// <param name="Metadata">The strings.</param>
/// <param name="Tensors">The tensors, in the order of their data.</param>
public sealed record SafetensorsHeader(IReadOnlyDictionary<string, string> Metadata, IReadOnlyList<TensorEntry> Tensors)
{
    /// <summary>Bytes of the length before the header.</summary>
    public const int PrefixLength = 8;

    /// <summary>The most bytes that a header may have.</summary>
    public const int LargestLength = 100_000_000;

    private const string MetadataName = "__metadata__";

    /// <summary>Bytes of the data behind the header.</summary>
    public long DataLength => Tensors.Count == 0 ? 0 : Tensors[^1].End;

    /// <summary>Reads the JSON.</summary>
    /// <param name="json">The header without its length.</param>
    /// <param name="dataLength">Bytes behind the header.</param>
    /// <exception cref="InvalidDataException">It breaks a rule of the format; the message says which.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long dataLength)
    {
        try
        {
            var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
            var tensors = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 4 });
            Expect(ref reader, JsonTokenType.StartObject, "the header");
            bool hasMetadata = false;
            while (NextName(ref reader) is string name)
            {
                if (name == MetadataName)
                {
                    Require(!hasMetadata, $"{MetadataName} occurs twice");
                    hasMetadata = true;
                    ReadMetadata(ref reader, metadata);
                }
                else
                {
                    Require(tensors.TryAdd(name, ReadTensor(ref reader, name)), $"the tensor '{name}' occurs twice");
                }
            }

            Require(!reader.Read(), "there is something behind the header's object");
            TensorEntry[] ordered = [.. tensors.Values.OrderBy(tensor => tensor.Begin).ThenBy(tensor => tensor.End)];
            CheckPlaces(ordered, dataLength);
            return new SafetensorsHeader(metadata, ordered);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is not valid UTF-8 or UTF-16.
            throw new InvalidDataException("its header is not valid JSON", e);
        }
    }

    /// <summary>The JSON, filled up with spaces so that the data begins at a multiple of 8 bytes.</summary>
    public byte[] ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject(MetadataName);
            foreach ((string key, string value) in Metadata)
            {
                json.WriteString(key, value);
            }

            json.WriteEndObject();
            foreach (TensorEntry tensor in Tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", tensor.Type.ToString());
                json.WriteStartArray("shape");
                foreach (long dimension in tensor.Shape)
                {
                    json.WriteNumberValue(dimension);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(tensor.Begin);
                json.WriteNumberValue(tensor.End);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        int padding = -buffer.WrittenCount & 7;
        buffer.GetSpan(padding)[..padding].Fill((byte)' ');
        buffer.Advance(padding);
        return buffer.WrittenSpan.ToArray();
    }

    private static void ReadMetadata(ref Utf8JsonReader reader, Dictionary<string, string> metadata)
    {
        Expect(ref reader, JsonTokenType.StartObject, MetadataName);
        while (NextName(ref reader) is string key)
        {
            Expect(ref reader, JsonTokenType.String, $"{MetadataName}.{key}");
            Require(metadata.TryAdd(key, reader.GetString()!), $"{MetadataName}.{key} occurs twice");
        }
    }

    private static TensorEntry ReadTensor(ref Utf8JsonReader reader, string name)
    {
        Expect(ref reader, JsonTokenType.StartObject, $"the tensor '{name}'");
        TensorType? type = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        while (NextName(ref reader) is string key)
        {
            switch (key)
            {
                case "dtype" when type is null:
                    Expect(ref reader, JsonTokenType.String, $"{name}.dtype");
                    type = TypeOf(reader.GetString()!, name);
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref reader, $"{name}.shape");
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref reader, $"{name}.data_offsets");
                    break;
                default:
                    throw new InvalidDataException($"the tensor '{name}' has '{key}' twice or beside dtype, shape and data_offsets");
            }
        }

        Require(
            type is not null && shape is not null && offsets is { Count: 2 },
            $"the tensor '{name}' needs dtype, shape and two data_offsets");
        var tensor = new TensorEntry(name, type!.Value, shape!, offsets![0], offsets[1]);
        Require(tensor.Begin <= tensor.End, $"the data of '{name}' ends before it begins");
        Require(ByteLength(tensor) == tensor.Length, $"the tensor '{name}', {tensor.Form}, does not fit its {tensor.Length} bytes of data");
        return tensor;
    }

    private static TensorType TypeOf(string text, string name)
    {
        foreach (TensorType type in Enum.GetValues<TensorType>())
        {
            if (type.ToString() == text)
            {
                return type;
            }
        }

        throw new InvalidDataException($"the tensor '{name}' has the unknown type '{text}'");
    }

    private static List<long> ReadNumbers(ref Utf8JsonReader reader, string what)
    {
        Expect(ref reader, JsonTokenType.StartArray, what);
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Require(
                reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long number) && number >= 0 && Add(numbers, number),
                $"{what} must be whole numbers of at least 0");
        }

        return numbers;

        static bool Add(List<long> numbers, long number)
        {
            numbers.Add(number);
            return true;
        }
    }

    /// <summary>Bytes that type and shape ask for; -1 where they are more than 64 bits can count.</summary>
    private static long ByteLength(TensorEntry tensor)
    {
        if (tensor.Shape.Contains(0))
        {
            return 0;
        }

        Int128 length = TensorTypes.Size(tensor.Type);
        foreach (long dimension in tensor.Shape)
        {
            length *= dimension;
            if (length > long.MaxValue)
            {
                return -1;
            }
        }

        return (long)length;
    }

    /// <summary>The tensors lie one behind the other, from the beginning of the data to its end: no holes, nothing shared.</summary>
    private static void CheckPlaces(TensorEntry[] ordered, long dataLength)
    {
        long end = 0;
        foreach (TensorEntry tensor in ordered)
        {
            string problem = tensor.Begin < end ? "overlaps another tensor's" : "leaves a hole before it";
            Require(tensor.Begin == end, $"the data of '{tensor.Name}' {problem}");
            end = tensor.End;
        }

        Require(end == dataLength, $"it has {dataLength} bytes of data where its header speaks of {end}");
    }

    private static string? NextName(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.PropertyName ? reader.GetString() : null;
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type, string what) =>
        Require(reader.Read() && reader.TokenType == type, $"{what} is not what it should be ({type})");

    private static void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new InvalidDataException(problem);
        }
    }
}
