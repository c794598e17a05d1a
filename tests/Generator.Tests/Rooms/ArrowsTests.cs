using Xunit;

namespace MicroGpt.Generator.Tests.Rooms;

/// <summary>The folders of the generator use one another in one direction.</summary>
public sealed class ArrowsTests
{
    private const string Root = "MicroGpt.Generator";

    /// <summary>
    /// What a folder may use of those above it in this list. The pipeline, which puts everything together, is the root; a folder
    /// of a target's may use others of the same target in this order too.
    /// </summary>
    private static readonly string[] Order =
    [
        "Collections", "Text", "Spec", "Graph", "Ops", "Language", "Reader", "Architectures", "Passes",
        "Targets.Cpu.Layout", "Targets.Cpu.Kernels", "Targets.Cpu.Lowering", "Targets.Cpu.Printing", "Targets.Cpu", "",
    ];

    private static readonly IReadOnlyDictionary<(string From, string To), string> All = Arrows.Of(typeof(ModelCompiler).Assembly);

    [Fact]
    public void EveryFolderHasAPlace()
    {
        Assert.NotEmpty(All);
        Assert.All(All.Keys.SelectMany(a => new[] { a.From, a.To }).Distinct(), room => Assert.Contains(Short(room), Order));
    }

    [Fact]
    public void ArrowsRunOneWay() => Assert.All(
        All, a => Assert.True(Place(a.Key.To) < Place(a.Key.From), $"{a.Value} of {Short(a.Key.From)} uses {Short(a.Key.To)}."));

    /// <summary>Mathematics knows no machine, and a target knows no source code.</summary>
    [Theory]
    [InlineData("Graph", "Spec")]
    [InlineData("Ops", "Spec")]
    [InlineData("Ops", "Text")]
    [InlineData("Targets.Cpu", "Reader")]
    [InlineData("Targets.Cpu", "Architectures")]
    public void SomeNeedNothingOfOthers(string from, string to) => Assert.DoesNotContain(
        All.Keys, a => Short(a.From).StartsWith(from, StringComparison.Ordinal) && Short(a.To) == to);

    private static string Short(string room) => room == Root ? "" : room[(Root.Length + 1)..];

    private static int Place(string room) => Array.IndexOf(Order, Short(room));
}
