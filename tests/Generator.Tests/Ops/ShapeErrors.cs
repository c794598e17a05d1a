using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using Xunit;

namespace MicroGpt.Generator.Tests.Ops;

/// <summary>Asserts that an op refuses inputs that do not fit, and says why.</summary>
internal static class ShapeErrors
{
    /// <summary>The shape used where only mismatches matter.</summary>
    public static SmallGraph NewGraph() => new(new OpShape("any", [2], 2, 3, 4));

    public static void AssertRefused(SmallGraph small, Op op, string reason, params Node[] inputs)
    {
        int nodes = small.Builder.Nodes.Count;
        var error = Assert.Throws<GraphException>(() => small.Builder.Add(op, "y", inputs));
        Assert.StartsWith(op.Name + "(", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.All(inputs, input => Assert.Contains($"{input.Name} {input.Shape}", error.Message, StringComparison.Ordinal));
        Assert.Equal(nodes, small.Builder.Nodes.Count);
    }
}
