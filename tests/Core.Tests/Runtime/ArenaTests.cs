using MicroGpt.Runtime;
using Xunit;

namespace MicroGpt.Core.Tests.Runtime;

public sealed unsafe class ArenaTests
{
    /// <summary>Small blocks, and one that asks for large pages.</summary>
    [Theory]
    [InlineData(0, 64)]
    [InlineData(1, 64)]
    [InlineData(1000, 64)]
    [InlineData(4_500_001, 2 * 1024 * 1024)]
    public void ABlockIsAlignedAndZero(long elements, int alignment)
    {
        using var arena = new Arena<double>(elements);
        Assert.Equal(0, (nint)arena.Pointer % alignment);
        Assert.True(new ReadOnlySpan<double>(arena.Pointer, (int)elements).TrimStart(0).IsEmpty);
        new Span<double>(arena.Pointer, (int)elements).Fill(1);
        arena.Clear();
        Assert.True(new ReadOnlySpan<double>(arena.Pointer, (int)elements).TrimStart(0).IsEmpty);
    }

    [Fact]
    public void ABlockStaysUntilEachOwnerHasGoneAway()
    {
        var arena = new Arena<float>(10_000_000);
        Arena<float> same = arena.Share();
        arena.Dispose();
        same.Pointer[9_999_999] = 2;
        same.Dispose();
        Assert.True(arena.Pointer is null);
        Assert.Throws<ObjectDisposedException>(arena.Share);
    }
}
