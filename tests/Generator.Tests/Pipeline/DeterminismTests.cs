using System.Globalization;
using Xunit;

namespace MicroGpt.Generator.Tests.Pipeline;

public sealed class DeterminismTests
{
    private static readonly TestProject Project = new()
    {
        Files =
        [
            ("A.cs", """
                using MicroGpt;
                namespace App;
                [GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 2, InitStd = 0.0625)] public partial class Iris;
                [MlpModel(VocabSize = 27, NEmbd = 16, InitStd = 1.5)] public partial class ingrid;
                """),
            ("B.cs", """
                using MicroGpt;
                namespace App;
                [MlpModel(VocabSize = 27, NEmbd = 30000)] public partial class Large;
                [MlpModel(VocabSize = -27, NEmbd = 16, InitStd = -0.5)] public partial class Negative;
                """),
        ],
        Compile = TestSpecs.Compile,
    };

    /// <summary>A culture in which numbers look like nothing else: no text of the generator may depend on it.</summary>
    private static CultureInfo OddCulture()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NegativeSign = "minus";
        culture.NumberFormat.NumberDecimalSeparator = ";";
        culture.NumberFormat.NumberGroupSeparator = "'";
        culture.NumberFormat.NaNSymbol = "nothing";
        culture.NumberFormat.NumberGroupSizes = [2];
        return culture;
    }

    [Fact]
    public void AnotherCultureGivesTheSameFilesAndMessages()
    {
        GeneratorRun expected = Project.Run();
        CultureInfo before = CultureInfo.CurrentCulture;
        GeneratorRun actual;
        try
        {
            CultureInfo.CurrentCulture = OddCulture();
            Assert.Equal("minus1;5", (-1.5).ToString(CultureInfo.CurrentCulture));
            actual = Project.Run();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        Assert.Equal(expected.Files, actual.Files);
        Assert.Equal(expected.Diagnostics.Select(d => d.GetMessage(CultureInfo.InvariantCulture)), actual.Diagnostics.Select(
            d => d.GetMessage(CultureInfo.InvariantCulture)));
        Assert.Equal(3, actual.Diagnostics.Length);
    }

    [Fact]
    public void AnotherRunGivesTheSameFiles() => Assert.Equal(Project.Run().Files, Project.Run().Files);

    [Fact]
    public void NoFileHoldsACarriageReturnOrAPath() => Assert.All(Project.Run().Files.Values, text =>
    {
        Assert.DoesNotContain('\r', text);
        Assert.DoesNotContain(AppContext.BaseDirectory.TrimEnd('/', '\\'), text, StringComparison.Ordinal);
    });
}
