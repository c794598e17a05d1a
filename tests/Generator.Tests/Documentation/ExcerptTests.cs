using MicroGpt.Core.Tests.Documentation;
using MicroGpt.Generator.Tests.Pipeline;
using Xunit;

namespace MicroGpt.Generator.Tests.Documentation;

/// <summary>What pages show of generated code is what is generated, for the specs that the same pages show.</summary>
public sealed class ExcerptTests
{
    private const string Marker = "generated: ";

    private static readonly Lazy<IReadOnlyDictionary<string, string>> Generated = new(Generate);

    public static TheoryData<string> Places => [.. Blocks.Select(block => block.Place)];

    private static IEnumerable<DocumentedBlock> Blocks => DocumentedPage.All.SelectMany(page => page.Blocks)
        .Where(block => block.Marker.StartsWith(Marker, StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Places))]
    public void AnExcerptIsWhatIsGenerated(string place)
    {
        DocumentedBlock block = Blocks.Single(block => block.Place == place);
        string file = block.Marker[Marker.Length..];
        string? missing = block.MissingIn(Generated.Value[file]);
        Assert.True(missing is null, $"{place}: not in {file}, or not in this order:\n{missing}");
    }

    private static IReadOnlyDictionary<string, string> Generate()
    {
        IEnumerable<string> specs = new[] { "README.md", "docs/course.md" }
            .SelectMany(page => DocumentedPage.Of(page).Blocks)
            .Where(block => block.Code.StartsWith("[GptModel", StringComparison.Ordinal)
                || block.Code.StartsWith("[MlpModel", StringComparison.Ordinal))
            .Select(block => block.Code);
        TestProject project = TestProject.Of($"using MicroGpt; namespace App;\n{string.Join('\n', specs)}");
        return (project with { Compile = TestSpecs.Compile }).Run().Files;
    }
}
