using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using MicroGpt.Generator.Tests.Pipeline;
using Microsoft.CodeAnalysis;
using Xunit;
using Descriptors = MicroGpt.Generator.Spec.Diagnostics;

namespace MicroGpt.Generator.Tests.Diagnostics;

/// <summary>Every diagnostic has its page, its line in the index and its line in the release tracking, and nothing else has.</summary>
public sealed class DocumentationTests
{
    private static readonly string Root = FindRoot();

    public static TheoryData<string> Ids => [.. Descriptors.All.Select(d => d.Id)];

    [Fact]
    public void IdsAreUniqueAndAscending()
    {
        string[] ids = [.. Descriptors.All.Select(d => d.Id)];

        Assert.Equal(ids.Distinct().Order(StringComparer.Ordinal), ids);
        Assert.Equal(typeof(Descriptors).GetFields().Count(f => f.FieldType == typeof(DiagnosticDescriptor)), ids.Length);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void HasAPage(string id)
    {
        DiagnosticDescriptor descriptor = Descriptors.All.Single(d => d.Id == id);
        string page = File.ReadAllText(Path.Combine(Root, "docs", "diagnostics", id + ".md"));
        string index = File.ReadAllText(Path.Combine(Root, "docs", "diagnostics", "README.md"));

        Assert.StartsWith($"# {id}: {descriptor.Title}\n", page);
        Assert.All(["## Why", "## Example", "## Fix"], heading => Assert.Contains($"\n{heading}\n", page, StringComparison.Ordinal));
        Assert.Contains($"[{id}]({id}.md)", index, StringComparison.Ordinal);
    }

    /// <summary>The page's example gives its error, and the page's fix none.</summary>
    [Theory]
    [MemberData(nameof(Ids))]
    public void TheExampleGivesTheErrorAndTheFixDoesNot(string id)
    {
        string page = File.ReadAllText(Path.Combine(Root, "docs", "diagnostics", id + ".md"));
        string[] code = [.. Regex.Matches(page, "```csharp\n(.*?)```", RegexOptions.Singleline).Select(m => m.Groups[1].Value)];
        if (code.Length == 0)
        {
            Assert.Contains(id, new[] { "MGPT017", "MGPT018", "MGPT099" }); // The mistake is not in the source.
            return;
        }

        Assert.Equal(2, code.Length);
        if (string.CompareOrdinal(id, "MGPT200") > 0)
        {
            // Of a model's own text.
            Assert.Equal(id, Assert.Single(Reader.ReadModel.Read(Project(code[0]).CreateCompilation()).Diagnostics).Descriptor.Id);
            Assert.NotNull(Reader.ReadModel.Read(Project(code[1]).CreateCompilation()).Program);
            Assert.DoesNotContain(Project(code[1]).CreateCompilation().GetDiagnostics(), d => d.Severity == DiagnosticSeverity.Error);
            return;
        }

        Assert.Equal(id, Assert.Single(Run(code[0]).Diagnostics).Id);
        GeneratorRun fixedRun = Run(code[1]);
        Assert.Empty(fixedRun.Diagnostics);
        Assert.DoesNotContain(fixedRun.Output.GetDiagnostics(), d => d.Severity == DiagnosticSeverity.Error);

        static GeneratorRun Run(string code) => Project(code).Run();

        static TestProject Project(string code) => new() { Files = [("Usings.cs", "global using MicroGpt;"), ("Spec.cs", code)] };
    }

    [Fact]
    public void NoPageIsLeftOver() => Assert.Equal(
        Descriptors.All.Select(d => d.Id + ".md").Append("README.md").Order(StringComparer.Ordinal),
        Directory.GetFiles(Path.Combine(Root, "docs", "diagnostics")).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Ids))]
    public void HasAReleaseEntry(string id)
    {
        string releases = string.Concat(new[] { "Shipped", "Unshipped" }
            .Select(kind => File.ReadAllText(Path.Combine(Root, "src", "Generator", $"AnalyzerReleases.{kind}.md"))));

        Assert.Contains($"\n{id} | MicroGpt | Error | ", releases, StringComparison.Ordinal);
    }

    private static string FindRoot([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../.."));
}
