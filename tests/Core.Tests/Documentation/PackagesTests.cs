namespace MicroGpt.Core.Tests.Documentation;

/// <summary>The code of docs/packages.md compiles without a warning: that of a section is a program.</summary>
public class PackagesTests
{
    // What the generator would write into the projects that the page speaks of.
    private const string Lists = """
        global using MicroGpt;
        global using MicroGpt.Runner;
        global using Mine;

        namespace Mine { static class CompiledModels { public static IReadOnlyList<MicroGpt.ModelEntry> All => []; } }
        namespace Theirs { static class CompiledModels { public static IReadOnlyList<MicroGpt.ModelEntry> All => []; } }
        """;

    [Fact]
    public void The_pages_programs_compile()
    {
        string[][] programs =
        [
            .. DocumentedPage.Of("docs/packages.md").Text.Split("\n## ")
                .Select(section => new DocumentedPage("packages", section).Blocks.Select(block => block.Code).ToArray())
                .Where(blocks => blocks.Length > 0),
        ];
        Assert.Equal([3, 1], programs.Select(blocks => blocks.Length));
        foreach (string[] blocks in programs)
        {
            DocumentedCode.Compile(string.Join('\n', blocks), Lists);
        }
    }
}
