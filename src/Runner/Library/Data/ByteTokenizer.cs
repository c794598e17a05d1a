namespace MicroGpt.Runner.Data;

/// <summary>The bytes of UTF-8 are the tokens 0 to 255; BOS, where there is one, is the token 256.</summary>
public sealed class ByteTokenizer : Tokenizer
{
    private static readonly byte[] Values = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];

    /// <inheritdoc/>
    public override TokenizerKind Kind => TokenizerKind.Bytes;

    /// <inheritdoc/>
    public override int TextTokens => Values.Length;

    /// <inheritdoc/>
    public override int LongestToken => 1;

    /// <inheritdoc/>
    public override TokenizerDescription Description => new(Kind, HasBos, "");

    /// <inheritdoc/>
    protected override int? NewLine => '\n';

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Bytes(int token) => token == Bos ? [] : Values.AsSpan(token, 1);

    /// <inheritdoc/>
    internal override int Encode(ReadOnlySpan<byte> text, TokenBuffer tokens)
    {
        foreach (byte value in text)
        {
            tokens.Add(value);
        }

        return -1;
    }

    /// <inheritdoc/>
    internal override long CountTokens(ReadOnlySpan<byte> text) => text.Length;
}
