namespace MicroGpt.Core.Tests.Documentation;

/// <summary>
/// The C# of every page compiles without a warning, block by block, or is an excerpt of a file in which it stands like that.
/// </summary>
public class PagesTests
{
    // What a project of models has, and what the generator would write into it.
    private const string Project = """
        global using MicroGpt;
        global using MicroGpt.Runner;
        global using MicroGpt.Runner.Data;
        global using MicroGpt.Runner.Training;
        global using static MicroGpt.Functions;

        static class CompiledModels { public static IReadOnlyList<MicroGpt.ModelEntry> All => []; }
        namespace App { static class CompiledModels { public static IReadOnlyList<MicroGpt.ModelEntry> All => []; } }
        """;

    // Their blocks belong together; PackagesTests and YourOwnModelTests compile them.
    private static readonly string[] Programs = ["docs/packages.md", "docs/your-own-model.md"];

    private static IEnumerable<DocumentedBlock> Blocks =>
        DocumentedPage.All.Where(page => !Programs.Contains(page.Name)).SelectMany(page => page.Blocks);

    public static TheoryData<string> Whole => [.. Blocks.Where(block => block.Marker.Length == 0).Select(block => block.Place)];

    public static TheoryData<string> Excerpts =>
        [.. Blocks.Where(block => block.Marker.StartsWith("of ", StringComparison.Ordinal)).Select(block => block.Place)];

    [Theory]
    [MemberData(nameof(Whole))]
    public void A_block_compiles(string place) => DocumentedCode.Compile(Blocks.Single(block => block.Place == place).Code, Project);

    [Theory]
    [MemberData(nameof(Excerpts))]
    public void An_excerpt_stands_in_its_file(string place)
    {
        DocumentedBlock block = Blocks.Single(block => block.Place == place);
        string file = block.Marker["of ".Length..];
        string? missing = block.MissingIn(DocumentedPage.Of(file).Text);
        Assert.True(missing is null, $"{place}: not in {file}, or not in this order:\n{missing}");
    }

    /// <summary>
    /// Nothing is left out but the one block that needs a package of fifty megabytes; what is generated, the generator's tests compare.
    /// </summary>
    [Fact]
    public void No_block_is_left_out()
    {
        DocumentedBlock[] others =
        [
            .. Blocks.Where(block => block.Marker.Length > 0 && !block.Marker.StartsWith("of ", StringComparison.Ordinal)
                && !block.Marker.StartsWith("generated: ", StringComparison.Ordinal)),
        ];
        Assert.Equal("not compiled: it needs ONNX Runtime", Assert.Single(others).Marker);
    }

    [Fact]
    public void What_is_missing_is_said()
    {
        var block = new DocumentedBlock("here", "", "a\nb\n...\n\nd");
        Assert.Null(block.MissingIn("  a\n  b\n  c\n  d\n"));
        Assert.Equal("d", block.MissingIn("d\n a\n b\n"));
        Assert.Equal("a\nb", block.MissingIn("a\nc\nb\nd"));
    }
}
