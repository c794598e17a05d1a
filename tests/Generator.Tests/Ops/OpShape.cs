using Xunit;

namespace MicroGpt.Generator.Tests.Ops;

/// <summary>The sizes that an op is tested with.</summary>
/// <param name="Name">What is awkward about them.</param>
/// <param name="Lengths">Rows of each segment.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="HeadSize">Channels of a head.</param>
/// <param name="Outputs">Channels of the result where the op changes their number, and classes of the loss.</param>
public sealed record OpShape(string Name, int[] Lengths, int Heads, int HeadSize, int Outputs)
{
    public int Rows => Lengths.Sum();

    public int Channels => Heads * HeadSize;

    /// <summary>Just enough for the longest segment.</summary>
    public int BlockSize => Lengths.Max();

    /// <summary>First row of each segment, then the number of rows.</summary>
    public int[] Starts => [.. Lengths.Aggregate(new List<int> { 0 }, (starts, length) => [.. starts, starts[^1] + length])];

    public override string ToString() =>
        FormattableString.Invariant($"{Name}: rows {string.Join("+", Lengths)}, {Heads}x{HeadSize} channels, {Outputs} outputs");
}

/// <summary>The shapes that every op is tested with: chosen ones and random ones, the same in every run.</summary>
public sealed class OpShapes : TheoryData<OpShape>
{
    public OpShapes()
    {
        Add(new OpShape("smallest", [1], 1, 1, 2));
        Add(new OpShape("one row", [1], 1, 7, 5));
        Add(new OpShape("prime width, one head", [3, 2], 1, 7, 3));
        Add(new OpShape("a head a channel", [2, 3, 1], 6, 1, 11));
        Add(new OpShape("block size 1", [1, 1, 1], 2, 4, 5));
        Add(new OpShape("several segments", [5, 4], 3, 5, 13));
        var random = new Random(20);
        for (int i = 1; i <= 3; i++)
        {
            int[] lengths = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(1, 5))];
            Add(new OpShape($"random {i}", lengths, random.Next(1, 5), random.Next(1, 6), random.Next(2, 12)));
        }
    }
}
