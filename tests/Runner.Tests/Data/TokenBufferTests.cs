using MicroGpt.Runner.Data;
using Xunit;

namespace MicroGpt.Runner.Tests.Data;

/// <summary>Tokens come out as they went in, whatever their width.</summary>
public class TokenBufferTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(int.MaxValue)]
    public void TokensComeOutAsTheyWentIn(int tokenCount)
    {
        int[] tokens = [.. Enumerable.Range(0, 300).Select(i => (int)((tokenCount - 1L) * (i % 7) / 6))];
        var buffer = new TokenBuffer(tokenCount, capacity: 3);
        foreach (int token in tokens)
        {
            buffer.Add(token);
        }

        foreach ((int start, int length) in new[] { (0, 300), (1, 1), (17, 101), (299, 1), (300, 0) })
        {
            int[] copy = new int[length];
            buffer.CopyTo(start, copy);
            Assert.Equal(tokens[start..(start + length)], copy);
        }

        Assert.Equal(tokens, Enumerable.Range(0, buffer.Length).Select(i => buffer[i]));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.CopyTo(299, new int[2])); // Room beyond the last token is not a token.
    }
}
