using MicroGpt.Runtime;
using Xunit;

namespace MicroGpt.Core.Tests.Runtime;

/// <summary>What a batch, and a position while decoding, may be at most.</summary>
public sealed class PackedRowsTests
{
    [Fact]
    public void ABatchHasNoMoreRowsThanKernelsCount()
    {
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => new PackedRows(PackedRows.MostRows + 1, 5, 4));
        Assert.StartsWith("A batch has at most 134217728 rows; divide it into smaller ones.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4, -1, 3)]
    [InlineData(4, 4, 3)]
    [InlineData(0, -1, int.MaxValue - 1)]
    [InlineData(0, int.MaxValue, int.MaxValue - 1)]
    public void PositionsBeyondTheLastAreRefused(int blockSize, int position, int last)
    {
        using var rows = new PackedRows(1, 5, blockSize);
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => rows.LoadOne(0, position));
        Assert.StartsWith($"Positions are 0 to {last}.", error.Message, StringComparison.Ordinal);
        rows.LoadOne(0, last);
    }

    /// <summary>Parts share what they are given, in order and without a gap, also where 32 bits do not count it.</summary>
    [Theory]
    [InlineData(10L, 3)]
    [InlineData(1L << 40, 7)]
    [InlineData(long.MaxValue, 5)]
    public void PartsShareAllPieces(long pieces, int count)
    {
        var bounds = new (long From, long To)[count];
        using var team = new WorkerTeam(count, part => bounds[part.Index] = (part.From((nint)pieces), part.To((nint)pieces)));
        team.Run();
        Assert.Equal(0, bounds[0].From);
        Assert.Equal(pieces, bounds[^1].To);
        Assert.Equal(bounds.Skip(1).Select(b => b.From), bounds.SkipLast(1).Select(b => b.To));
        Assert.All(bounds, b => Assert.InRange(b.To - b.From, pieces / count, (pieces / count) + 1));
    }
}
