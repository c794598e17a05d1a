using System.Text.RegularExpressions;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Tests.Pipeline;
using Xunit;

namespace MicroGpt.Generator.Tests.Emit;

/// <summary>What an attribute names and the same text in a user's class are one model: the files are equal but for the class.</summary>
public sealed class OwnTextTests
{
    [Theory]
    [InlineData(1, "HeadFirst")]
    [InlineData(1, "HeadLast")]
    [InlineData(2, "HeadFirst")]
    public void TheTextOfTheGptCompilesToTheSameFiles(int layers, string order) => AssertEqual(
        "[GptModel(VocabSize = 11, BlockSize = 6, NEmbd = 10, NHead = 2, "
            + $"NLayer = {layers}, ParameterOrder = ParameterOrder.{order}, Precision = Precision.Double)]",
        "[Model(VocabSize = 11, BlockSize = 6, Precision = Precision.Double)]",
        "Gpt",
        "(int vocabSize = 11, int blockSize = 6, int nEmbd = 10, int nHead = 2, "
            + $"int nLayer = {layers}, bool headLast = {(order == "HeadLast" ? "true" : "false")})",
        $"Gpt(11, 6, 10, 2, {layers}, headLast: {(order == "HeadLast" ? "true" : "false")})");

    [Fact]
    public void TheTextOfTheMlpCompilesToTheSameFiles() => AssertEqual(
        "[MlpModel(VocabSize = 11, NEmbd = 5, Optimizer = Optimizer.Adam)]", "[Model(VocabSize = 11, Optimizer = Optimizer.Adam)]", "Mlp",
        "(int vocabSize = 11, int nEmbd = 5)", "Mlp(11, 5)");

    private static void AssertEqual(string builtIn, string own, string file, string constructor, string construction)
    {
        var expected = Compile($"using MicroGpt;\nnamespace App;\n{builtIn}\npublic sealed partial class Mine;\n");
        string text = TextOf(file);
        text = Regex.Replace(text, $@"public sealed class {file}\([^)]*\)", $"{own}\npublic sealed partial class Mine{constructor}");
        var actual = Compile("using System;\nusing MicroGpt;\nusing static MicroGpt.Functions;\nnamespace App;\n"
            + text[text.IndexOf("/// <summary>", StringComparison.Ordinal)..]);

        // The user's own class differs: it is the text itself and has that beside the contract, and is named in itself alone.
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), actual.Keys.Order(StringComparer.Ordinal));
        foreach (string name in expected.Keys.Where(n => n is not ("Mine.g.cs" or "CompiledModels.g.cs")))
        {
            Assert.Equal(
                expected[name].Replace(
                    $"        EagerForward = static () => new global::MicroGpt.Architectures.{construction}.Forward,\n", "",
                    StringComparison.Ordinal)
                    .Replace(
                        $"Architecture = \"{file.ToUpperInvariant()}\"", "Architecture = \"own architecture\"", StringComparison.Ordinal),
                actual[name]);
        }
    }

    private static IReadOnlyDictionary<string, string> Compile(string source)
    {
        GeneratorRun run = (TestProject.Of(source) with { Compile = TestSpecs.Compile }).Run();
        Assert.Empty(run.Diagnostics);
        return run.Files;
    }

    /// <summary>The architecture's text, as it stands in the repository.</summary>
    private static string TextOf(string file)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "MicroGpt.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return File.ReadAllText(Path.Combine(folder!, "src", "Core", "Architectures", file + ".cs"));
    }
}
