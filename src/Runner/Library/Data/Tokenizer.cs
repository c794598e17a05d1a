using System.Buffers;
using System.Text;

namespace MicroGpt.Runner.Data;

/// <summary>
/// Turns text into tokens and back. Every token stands for some bytes of UTF-8, but for BOS, which begins and ends every document; a
/// stream, which has neither beginning nor end, has no BOS.
/// </summary>
public abstract class Tokenizer
{
    /// <summary>What the tokens are.</summary>
    public abstract TokenizerKind Kind { get; }

    /// <summary>The token that begins and ends a document, the last one; null for a stream's tokenizer.</summary>
    public int? Bos => HasBos ? Count - 1 : null;

    /// <summary>Number of tokens in use, BOS included: the tokens are 0 to this, exclusive. At most the model's vocabulary.</summary>
    public int Count => TextTokens + (HasBos ? 1 : 0);

    /// <summary>Number of tokens that stand for text.</summary>
    public abstract int TextTokens { get; }

    /// <summary>Whether there is a BOS.</summary>
    public required bool HasBos { get; init; }

    /// <summary>The token that a sample begins after where there is no prompt: BOS, else a newline, else the first token.</summary>
    public int Start => Bos ?? NewLine ?? 0;

    /// <summary>The most bytes that a token stands for.</summary>
    public abstract int LongestToken { get; }

    /// <summary>All that is needed to make the tokenizer once more.</summary>
    public abstract TokenizerDescription Description { get; }

    /// <summary>The token of a newline; null where there is none.</summary>
    protected abstract int? NewLine { get; }

    /// <summary>The UTF-8 of a token, which may be a part of a character; nothing for BOS.</summary>
    /// <param name="token">0 to <c>Count - 1</c>.</param>
    public abstract ReadOnlySpan<byte> Bytes(int token);

    /// <summary>Appends the tokens of a text, without BOS.</summary>
    /// <param name="text">Valid UTF-8.</param>
    /// <param name="tokens">Receives them.</param>
    /// <returns>The index of the first byte of a character that has no token; -1 where all have one.</returns>
    internal abstract int Encode(ReadOnlySpan<byte> text, TokenBuffer tokens);

    /// <summary>The number of tokens of a text, where it is known without encoding; an estimate that may be too large elsewhere.</summary>
    internal abstract long CountTokens(ReadOnlySpan<byte> text);

    /// <summary>Makes a tokenizer from its description.</summary>
    /// <exception cref="RunnerException">The description is of no tokenizer.</exception>
    public static Tokenizer Create(TokenizerDescription description) => description.Kind switch
    {
        TokenizerKind.Characters => CharacterTokenizer.Parse(description.Characters, description.HasBos),
        TokenizerKind.Bytes => new ByteTokenizer { HasBos = description.HasBos },
        TokenizerKind.Gpt2 => new Gpt2Tokenizer { HasBos = description.HasBos },
        _ => throw RunnerException.Usage($"there is no tokenizer of the kind {description.Kind}."),
    };

    /// <summary>The tokens of a text, without BOS.</summary>
    /// <exception cref="RunnerException">A character has no token.</exception>
    public int[] Encode(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var tokens = new TokenBuffer(Count);
        int missing = Encode(bytes, tokens);
        if (missing >= 0)
        {
            Rune.DecodeFromUtf8(bytes.AsSpan(missing), out Rune rune, out _);
            throw RunnerException.Usage($"the character {CharacterName.Of(rune)} does not occur in the training data, so it has no token.");
        }

        int[] result = new int[tokens.Length];
        tokens.CopyTo(0, result);
        return result;
    }

    /// <summary>The text of some tokens; BOS stands for nothing, and bytes that make no character for U+FFFD.</summary>
    public string Decode(ReadOnlySpan<int> tokens)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (int token in tokens)
        {
            bytes.Write(Bytes(token));
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>The text of one token.</summary>
    /// <param name="token">0 to <c>Count - 1</c>.</param>
    public string Decode(int token) => Encoding.UTF8.GetString(Bytes(token));

    /// <summary>
    /// The characters that a token begins: bytes of UTF-8 that continue no character. Summed over the tokens of a text, its characters.
    /// </summary>
    public int CharactersBegun(int token)
    {
        int count = 0;
        foreach (byte value in Bytes(token))
        {
            count += (value & 0xC0) != 0x80 ? 1 : 0;
        }

        return count;
    }
}

/// <summary>All that is needed to make a tokenizer once more.</summary>
/// <param name="Kind">What the tokens are.</param>
/// <param name="HasBos">Whether there is a token that begins and ends documents.</param>
/// <param name="Characters">The characters in the order of their tokens, for a tokenizer of characters; else empty.</param>
public sealed record TokenizerDescription(TokenizerKind Kind, bool HasBos, string Characters);
