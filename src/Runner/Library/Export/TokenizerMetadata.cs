using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Messages;

namespace MicroGpt.Runner.Export;

/// <summary>
/// A tokenizer as strings beside the weights: <c>tokenizer</c> (characters, bytes or gpt2), <c>start</c>, the token that a text begins
/// after, <c>bos</c>, where there is one, and <c>vocabulary</c>, a JSON list of the characters in the order of their tokens.
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

    /// <summary>Makes the tokenizer once more.</summary>
    /// <param name="metadata">The strings.</param>
    /// <param name="source">The file that they stand in, for messages.</param>
    /// <returns>The tokenizer; null where the strings are of none.</returns>
    /// <exception cref="RunnerException">They begin to describe one, but not to the end.</exception>
    public static Tokenizer? Read(IReadOnlyDictionary<string, string> metadata, string source)
    {
        // Others may use such a word for something else: together with the start it is ours.
        if (!metadata.TryGetValue(KindKey, out string? name) || !metadata.ContainsKey(StartKey))
        {
            return null;
        }

        foreach (TokenizerKind kind in Enum.GetValues<TokenizerKind>())
        {
            if (NameOf(kind) == name)
            {
                string characters = kind == TokenizerKind.Characters ? FromJson(metadata.GetValueOrDefault(VocabularyKey, ""), source) : "";
                return Tokenizer.Create(new TokenizerDescription(kind, metadata.ContainsKey(BosKey), characters));
            }
        }

        throw RunnerException.Usage($"{source} has a tokenizer '{PrintableText.Of(name)}', which this program does not know.");
    }

    private static string FromJson(string json, string source)
    {
        try
        {
            using JsonDocument list = JsonDocument.Parse(json);
            return string.Concat(list.RootElement.EnumerateArray().Select(item => item.GetString()));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw RunnerException.Usage($"{source} has a vocabulary that is no list of characters.", e);
        }
    }

    private static string NameOf(TokenizerKind kind) => kind switch
    {
        TokenizerKind.Characters => "characters",
        TokenizerKind.Bytes => "bytes",
        _ => "gpt2",
    };

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
