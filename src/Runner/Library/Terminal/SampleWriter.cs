using System.Text;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Messages;

namespace MicroGpt.Runner.Terminal;

/// <summary>Writes samples while they are drawn: each piece of text as soon as its bytes make characters.</summary>
/// <param name="output">Where to.</param>
/// <param name="tokenizer">Knows the text of tokens.</param>
internal sealed class SampleWriter(TextWriter output, Tokenizer tokenizer)
{
    // Enough to see what the model hesitates between.
    private const int CandidatesShown = 5;

    private readonly Decoder decoder = Encoding.UTF8.GetDecoder();

    /// <summary>Begins a sample.</summary>
    /// <param name="number">Counted from 1.</param>
    /// <param name="prompt">What it begins with.</param>
    public void Begin(int number, string prompt)
    {
        decoder.Reset();
        output.Write(FormattableString.Invariant($"sample {number,2}: {PrintableText.Lines(prompt)}"));
        output.Flush();
    }

    /// <summary>Writes what a token adds.</summary>
    public void Add(int token)
    {
        Write(tokenizer.Bytes(token), flush: false);
        output.Flush();
    }

    /// <summary>Ends the sample's line.</summary>
    public void End()
    {
        Write([], flush: true);
        output.WriteLine();
    }

    /// <summary>Writes a line for a token: the token, how probable it was, and the likeliest ones.</summary>
    public void WriteProbabilities(int token, ReadOnlySpan<double> probabilities)
    {
        double[] copy = probabilities.ToArray();
        IEnumerable<string> likeliest = Enumerable.Range(0, copy.Length)
            .Where(candidate => copy[candidate] > 0)
            .OrderByDescending(candidate => copy[candidate])
            .ThenBy(candidate => candidate)
            .Take(CandidatesShown)
            .Select(candidate => FormattableString.Invariant($"{Name(candidate)} {copy[candidate]:F4}"));
        output.WriteLine(FormattableString.Invariant($"    {Name(token)} {copy[token]:F4}  of  {string.Join("  ", likeliest)}"));
    }

    private string Name(int token) => token == tokenizer.Bos ? "BOS" : tokenizer.Decode(token) switch
    {
        "\n" => "'\\n'",
        string text when text.Contains('\uFFFD', StringComparison.Ordinal) => $"0x{Convert.ToHexString(tokenizer.Bytes(token))}",
        string text => $"'{PrintableText.Of(text)}'",
    };

    private void Write(ReadOnlySpan<byte> bytes, bool flush)
    {
        char[] text = new char[decoder.GetCharCount(bytes, flush)];
        decoder.GetChars(bytes, text, flush);
        output.Write(PrintableText.Lines(new string(text)));
    }
}
