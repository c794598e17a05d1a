using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using MicroGpt.Runner.Data;

namespace MicroGpt.Runner.Export;

/// <summary>
/// A tokenizer as strings beside the weights: <c>tokenizer</c> (characters, bytes or gpt2), <c>start</c>, the token that a text begins after,
/// <c>bos</c>, where there is one, and <c>vocabulary</c>, a JSON list of the characters in the order of their tokens.
/// </summary>
internal static class TokenizerMetadata
{
    private const string KindKey = "tokenizer";
    private const string StartKey = "start";
    private const string BosKey = "bos";
    private const string VocabularyKey = "vocabulary";

    /// <summary>Describes a tokenizer.</summary>
    public static IEnumerable<(string Key, string Value)> Of(Tokenizer tokenizer)
    {
        yield return (KindKey, NameOf(tokenizer.Kind));
        yield return (StartKey, Text(tokenizer.Start));
        if (tokenizer.Bos is int bos)
        {
            yield return (BosKey, Text(bos));
        }

        if (tokenizer is CharacterTokenizer characters)
        {
            yield return (VocabularyKey, ToJson(characters));
        }
    }

    private static string NameOf(TokenizerKind kind) => Commands.DataOptions.NameOf(kind);

    private static string ToJson(CharacterTokenizer tokenizer)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (Rune character in tokenizer.Characters)
            {
                json.WriteStringValue(character.ToString());
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
