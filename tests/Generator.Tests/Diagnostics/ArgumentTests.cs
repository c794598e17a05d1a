using Xunit;
using static MicroGpt.Generator.Tests.Diagnostics.DiagnosticAssertions;

namespace MicroGpt.Generator.Tests.Diagnostics;

/// <summary>Errors in the values of an attribute: each on the very argument that is wrong.</summary>
public sealed class ArgumentTests
{
    [Theory]
    [InlineData("GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1)")]
    [InlineData("GptModel(VocabSize = 2, BlockSize = 1, NEmbd = 1, NHead = 1, NLayer = 1)")]
    [InlineData("GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 17, NHead = 17, NLayer = 12)")]
    [InlineData("GptModel(VocabSize = 50304, BlockSize = 16, NEmbd = 768, NHead = 12, NLayer = 12)")]
    [InlineData("GptModel(VocabSize = 50304, BlockSize = 1024, NEmbd = 768, NHead = 12, NLayer = 12)")]
    [InlineData("GptModel(VocabSize = 3 * 9, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1, Precision = Precision.Double, "
        + "Optimizer = Optimizer.Adam, InitStd = 0, ParameterOrder = ParameterOrder.HeadLast)")]
    [InlineData("MlpModel(VocabSize = 27, NEmbd = 16)")]
    [InlineData("MlpModelAttribute(VocabSize = 27, NEmbd = 13, InitStd = 1)")]
    public void Valid(string attribute) => Accepts(Spec(attribute));

    [Fact]
    public void NotDivisible() => Reports(
        Spec("GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 18, NHead = 4, NLayer = 1)"),
        new Expected("MGPT008", "NEmbd = 18", "NEmbd = 18 is not divisible by NHead = 4; each head needs a whole number of channels. "
            + "Nearest: NEmbd = 16 or 20, or NHead = 3 or 6"));

    [Fact]
    public void NotDivisibleByMoreHeadsThanChannels() => Reports(
        Spec("GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 3, NHead = 4, NLayer = 1)"),
        new Expected(
            "MGPT008", "NEmbd = 3",
            "NEmbd = 3 is not divisible by NHead = 4; each head needs a whole number of channels. Nearest: NEmbd = 4, or NHead = 3"));

    [Fact]
    public void Missing() => Reports(
        Spec("GptModel(VocabSize = 27, NEmbd = 16, NLayer = 1)"),
        new Expected(
            "MGPT006", "GptModel(VocabSize = 27, NEmbd = 16, NLayer = 1)",
            "GptModel does not say BlockSize and NHead; add for example 'BlockSize = 16, NHead = 4'"));

    [Fact]
    public void AllMissing() => Reports(Spec("MlpModel"), new Expected(
        "MGPT006", "MlpModel", "MlpModel does not say VocabSize and NEmbd; add for example 'VocabSize = 27, NEmbd = 16'"));

    [Fact]
    public void NotPositive() => Reports(
        Spec("GptModel(VocabSize = 0, BlockSize = -16, NEmbd = 16, NHead = int.MinValue, NLayer = 1)"),
        new Expected("MGPT007", "VocabSize = 0", "VocabSize = 0 is not positive; VocabSize must be at least 1"),
        new Expected("MGPT007", "BlockSize = -16", "BlockSize = -16 is not positive; BlockSize must be at least 1"),
        new Expected("MGPT007", "NHead = int.MinValue", "NHead = -2147483648 is not positive; NHead must be at least 1"));

    [Fact]
    public void SeveralMistakesAreReportedTogether() => Reports(
        Spec("GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 3, NLayer = 1, InitStd = -1, Precision = (Precision)7)"),
        new Expected("MGPT008", "NEmbd = 16", "NEmbd = 16 is not divisible by NHead = 3; each head needs a whole number of channels. "
            + "Nearest: NEmbd = 15 or 18, or NHead = 2 or 4"),
        new Expected("MGPT009", "InitStd = -1", "InitStd = -1 is not a finite number of at least 0; the usual value is 0.08"),
        new Expected("MGPT010", "Precision = (Precision)7", "Precision = 7 does not exist; use Precision.Single or Precision.Double"));

    [Theory]
    [InlineData("-0.5", "-0.5", "")]
    [InlineData("double.NaN", "NaN", "")]
    [InlineData("double.PositiveInfinity", "Infinity", "")]
    [InlineData("1e300", "1E+300", " in single precision")]
    public void InitStd(string value, string printed, string why) => Reports(
        Spec($"MlpModel(VocabSize = 27, NEmbd = 16, InitStd = {value})"),
        new Expected(
            "MGPT009", $"InitStd = {value}", $"InitStd = {printed} is not a finite number of at least 0{why}; the usual value is 0.08"));

    [Fact]
    public void LargeInitStdInDouble() =>
        Accepts(Spec("MlpModel(VocabSize = 27, NEmbd = 16, InitStd = 1e300, Precision = Precision.Double)"));

    [Fact]
    public void UnknownOptimizer() => Reports(
        Spec("MlpModel(VocabSize = 27, NEmbd = 16, Optimizer = (Optimizer)9)"),
        new Expected(
            "MGPT010", "Optimizer = (Optimizer)9",
            "Optimizer = 9 does not exist; use Optimizer.Sgd or Optimizer.Adam or Optimizer.Momentum or Optimizer.AdamW"));

    [Fact]
    public void UnknownParameterOrder() => Reports(
        Spec("GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1, ParameterOrder = (ParameterOrder)(-1))"),
        new Expected(
            "MGPT010", "ParameterOrder = (ParameterOrder)(-1)",
            "ParameterOrder = -1 does not exist; use ParameterOrder.HeadFirst or ParameterOrder.HeadLast"));

    [Fact]
    public void MatrixTooLarge() => Reports(
        Spec("GptModel(VocabSize = 200_000_000, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1)"),
        new Expected(
            "MGPT011", "VocabSize = 200_000_000",
            "The model's matrix wte (and lm_head) would have 3,200,000,000 elements (VocabSize x NEmbd = 200000000 x 16), "
                + "but a buffer holds at most 2,147,483,647; reduce VocabSize to at most 33554320, or the others"));

    /// <summary>The weights of attention over so long a block would be eight times what a buffer holds; there is none.</summary>
    [Fact]
    public void ALongBlockIsNoMistake() => Reports(Spec("GptModel(VocabSize = 27, BlockSize = 65536, NEmbd = 16, NHead = 4, NLayer = 1)"));

    [Fact]
    public void WeightsTooLarge() => Reports(
        Spec("GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 1024, NHead = 16, NLayer = 1000)"),
        new Expected("MGPT011", "NEmbd = 1024", "The model's weights, in both orientations and padded to whole vectors, "
            + "would have 25,165,977,600 elements (VocabSize = 27, BlockSize = 16, NEmbd = 1024, NLayer = 1000), "
            + "but a buffer holds at most 2,147,483,647; reduce NEmbd to at most 288, or the others"));

    [Fact]
    public void ActivationsTooLarge() => Reports(
        Spec("GptModel(VocabSize = 27, BlockSize = 16384, NEmbd = 64, NHead = 1, NLayer = 200)"),
        new Expected(
            "MGPT011", "BlockSize = 16384",
            "The model's activations of BlockSize rows would have 2,574,254,080 elements (VocabSize = 27, BlockSize = 16384, NEmbd = 64, "
                + "NHead = 1, NLayer = 200), but a buffer holds at most 2,147,483,647; reduce BlockSize to at most 13667, or the others"));

    [Fact]
    public void EverythingTooLarge() => Reports(
        Spec("GptModel(VocabSize = int.MaxValue, BlockSize = int.MaxValue, NEmbd = int.MaxValue, NHead = int.MaxValue, "
            + "NLayer = int.MaxValue)"),
        new Expected(
            "MGPT011", "VocabSize = int.MaxValue", "The model's matrix wte (and lm_head) would have 4,611,686,014,132,420,609 elements "
                + "(VocabSize x NEmbd = 2147483647 x 2147483647), but a buffer holds at most 2,147,483,647; reduce VocabSize and NEmbd"));

    [Fact]
    public void MlpTooLarge() => Reports(
        Spec("MlpModel(VocabSize = 27, NEmbd = 30000)"),
        new Expected("MGPT011", "NEmbd = 30000", "The model's matrix mlp_fc1 would have 3,600,000,000 elements (4 x NEmbd x NEmbd = 4 x "
            + "30000 x 30000), but a buffer holds at most 2,147,483,647; reduce NEmbd to at most 16364"));

    [Theory]
    [InlineData(257)]
    [InlineData(100_000)]
    public void TooManyLayers(int layers) => Reports(
        Spec($"GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = {layers})"),
        new Expected(
            "MGPT019", $"NLayer = {layers}",
            $"NLayer = {layers} would take the compiler very long, because every layer's code is written out; NLayer must be at most 256"));

    [Theory]
    [InlineData("MlpModel(VocabSize = 1, NEmbd = 16)")]
    [InlineData("GptModel(VocabSize = 1, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1)")]
    public void NothingToPredict(string attribute) => Reports(
        Spec(attribute),
        new Expected("MGPT020", "VocabSize = 1", "VocabSize = 1 leaves nothing to predict, because BOS is one of the tokens; "
            + "VocabSize must be at least 2, the number of distinct characters + 1"));

    /// <summary>What does not compile is the C# compiler's to report, and it alone reports it.</summary>
    [Theory]
    [InlineData("GptModel(VocabSize = \"27\", BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1)")]
    [InlineData("GptModel(VocabSize = 27, BlockSize = 16, NEmbed = 16, NHead = 4, NLayer = 1)")]
    [InlineData("GptModel(VocabSize = 27, BlockSize = 16, NEmbd = Unknown, NHead = 4, NLayer = 1)")]
    [InlineData("GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 1.5, NHead = 4, NLayer = 1)")]
    [InlineData("GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 18L, NHead = 4, NLayer = 1)")]
    [InlineData("GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 18u + 0, NHead = 4, NLayer = 1)")]
    [InlineData("GptModel(27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1)")]
    [InlineData("GptModel(VocabSize = 27, VocabSize = 28, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1)")]
    [InlineData("MlpModel(VocabSize = 27, NEmbd = 16)][MlpModel(VocabSize = 27, NEmbd = 16)")]
    public void ErrorsOfTheLanguageStayAlone(string attribute)
    {
        var run = (Pipeline.TestProject.Of(Spec(attribute)) with { }).Run();

        AssertDiagnostics(run);
        Assert.Single(run.Output.GetDiagnostics(), d => d.Severity == Microsoft.CodeAnalysis.DiagnosticSeverity.Error);
    }

    private static string Spec(string attribute) => $$"""
        using MicroGpt;
        namespace App;
        [{{attribute}}]
        public sealed partial class NamesGpt;
        """;
}
