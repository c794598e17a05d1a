using System.Text;

namespace MicroGpt.Runner.Data;

/// <summary>
/// The sorted different characters (Unicode code points) of a text are the tokens 0 to n - 1; BOS, where there is one, is the token n.
/// </summary>
public sealed class CharacterTokenizer : Tokenizer
{
    private const int NoToken = -1;
    private const int Ascii = 128;

    private readonly Rune[] characters;
    private readonly int[] tokenOf;
    private readonly byte[] bytes;
    private readonly int[] starts;

    private CharacterTokenizer(Rune[] characters)
    {
        this.characters = characters;
        tokenOf = new int[Math.Max(Ascii, characters.Length == 0 ? 0 : characters[^1].Value + 1)];
        tokenOf.AsSpan().Fill(NoToken);
        starts = new int[characters.Length + 1];
        for (int token = 0; token < characters.Length; token++)
        {
            tokenOf[characters[token].Value] = token;
            starts[token + 1] = starts[token] + characters[token].Utf8SequenceLength;
            LongestToken = Math.Max(LongestToken, characters[token].Utf8SequenceLength);
        }

        bytes = new byte[starts[^1]];
        for (int token = 0; token < characters.Length; token++)
        {
            characters[token].EncodeToUtf8(bytes.AsSpan(starts[token]));
        }
    }

    /// <inheritdoc/>
    public override TokenizerKind Kind => TokenizerKind.Characters;

    /// <summary>The characters in the order of their tokens.</summary>
    public ReadOnlySpan<Rune> Characters => characters;

    /// <inheritdoc/>
    public override int TextTokens => characters.Length;

    /// <inheritdoc/>
    public override int LongestToken { get; }

    /// <inheritdoc/>
    public override TokenizerDescription Description => new(Kind, HasBos, string.Concat(characters.Select(rune => rune.ToString())));

    /// <inheritdoc/>
    protected override int? NewLine => tokenOf['\n'] is var token and not NoToken ? token : null;

    /// <summary>Makes the tokenizer of some characters.</summary>
    /// <param name="characters">Different characters, in any order.</param>
    /// <param name="hasBos">Whether documents begin and end.</param>
    public static CharacterTokenizer Of(IEnumerable<Rune> characters, bool hasBos)
    {
        Rune[] sorted = [.. characters];
        Array.Sort(sorted);
        return new CharacterTokenizer(sorted) { HasBos = hasBos };
    }

    /// <summary>Makes the tokenizer of a text that holds its characters in the order of their tokens.</summary>
    /// <exception cref="RunnerException">The characters are not in ascending order.</exception>
    public static CharacterTokenizer Parse(string characters, bool hasBos)
    {
        Rune[] runes = [.. characters.EnumerateRunes()];
        for (int i = 1; i < runes.Length; i++)
        {
            if (runes[i] <= runes[i - 1])
            {
                throw RunnerException.Usage("the characters of the tokenizer are not in ascending order.");
            }
        }

        return new CharacterTokenizer(runes) { HasBos = hasBos };
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Bytes(int token) =>
        token == Bos ? [] : bytes.AsSpan(starts[token], starts[token + 1] - starts[token]);

    /// <inheritdoc/>
    internal override int Encode(ReadOnlySpan<byte> text, TokenBuffer tokens)
    {
        for (int i = 0; i < text.Length;)
        {
            int length = 1;
            int character = text[i];
            if (character >= Ascii)
            {
                Rune.DecodeFromUtf8(text[i..], out Rune rune, out length);
                character = rune.Value;
            }

            int token = character < tokenOf.Length ? tokenOf[character] : NoToken;
            if (token == NoToken)
            {
                return i;
            }

            tokens.Add(token);
            i += length;
        }

        return -1;
    }

    /// <inheritdoc/>
    internal override long CountTokens(ReadOnlySpan<byte> text) => Utf8Characters.Count(text);
}
