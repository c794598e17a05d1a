using System.Buffers;
using System.Text.Json;
using MicroGpt.Runner.Data;

namespace MicroGpt.Runner.Export.Styles;

/// <summary>The <c>config.json</c> by which others know what is in a file of weights beside it.</summary>
internal static class ConfigFile
{
    /// <summary>Its name.</summary>
    public const string Name = "config.json";

    /// <summary>Makes its content.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokenizer">The tokenizer that belongs to the weights.</param>
    public static ReadOnlyMemory<byte> Create(StyledModel model, Tokenizer tokenizer)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            model.Config(json);
            json.WriteString("torch_dtype", "float32");
            WriteToken(json, "bos_token_id", tokenizer.Bos);
            WriteToken(json, "eos_token_id", tokenizer.Bos);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenMemory;
    }

    private static void WriteToken(Utf8JsonWriter json, string name, int? token)
    {
        if (token is int number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name); // Left out, it would be one of the reader's own.
        }
    }
}
