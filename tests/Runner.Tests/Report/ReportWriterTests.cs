using System.Text.Json;
using System.Text.RegularExpressions;
using MicroGpt.Runner.Report;
using Xunit;

namespace MicroGpt.Runner.Tests.Report;

public sealed partial class ReportWriterTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("microgpt-report-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void APageNeedsNothingButItself()
    {
        string page = ReportWriter.Render(new ReportData("Title"));

        Assert.DoesNotContain(" src=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", page, StringComparison.Ordinal);
        Assert.DoesNotContain("url(", page.Replace("url(#", "", StringComparison.Ordinal), StringComparison.Ordinal);
        // Links lead into the page or hold what they name; the only addresses are the names of SVG's namespace.
        Assert.All(Link().Matches(page), match => Assert.Matches("^(#|data:)", match.Groups[1].Value));
        Assert.All(Address().Matches(page), match => Assert.Equal("http://www.w3.org/2000/svg", match.Value));
        Assert.DoesNotContain('\r', page);
    }

    [Fact]
    public void NoTextInTheDataEndsTheElementThatHoldsIt()
    {
        const string evil = "</script><script>alert(1)</script><!-- & \"quotes\" 'and' \u2028 ünï";
        var data = new ReportData(evil) { Models = [new ModelReport(evil, 0) { Samples = [evil] }] };

        string page = ReportWriter.Render(data);

        Assert.DoesNotContain("alert(1)</script>", page, StringComparison.Ordinal);
        Assert.Equal(Count(ReportWriter.Render(new ReportData("")), "<script"), Count(page, "<script"));
        Assert.Equal(evil, DataOf(page).GetProperty("title").GetString());
        Assert.Equal(evil, DataOf(page).GetProperty("models")[0].GetProperty("samples")[0].GetString());
    }

    [Fact]
    public void ADollarInTheTitleIsADollar()
    {
        Assert.Contains("<title>$1 &amp; $0</title>", ReportWriter.Render(new ReportData("$1 & $0")), StringComparison.Ordinal);
    }

    [Fact]
    public void NumbersHaveSixDigitsAndGapsAreNull()
    {
        var data = new ReportData(
            "t") { Series = [new LossSeries("run", 0, [1, 2, 3], [1 / 3.0, double.NaN, 1e-9]) { LearningRates = [0.1, 0.05, 0] }] };

        var series = DataOf(ReportWriter.Render(data)).GetProperty("series")[0];

        Assert.Equal("[0.333333,null,1E-09]", series.GetProperty("losses").GetRawText());
        Assert.Equal("""{"first":1,"stride":1,"count":3}""", series.GetProperty("steps").GetRawText());
    }

    [Theory]
    [InlineData(new int[0], "[]")]
    [InlineData(new[] { 5 }, """{"first":5,"stride":1,"count":1}""")]
    [InlineData(new[] { 10, 20, 30 }, """{"first":10,"stride":10,"count":3}""")]
    [InlineData(new[] { 1, 2, 4 }, "[1,2,4]")]
    public void EvenlySpacedStepsAreWrittenShort(int[] steps, string expected)
    {
        var data = new ReportData("t") { Series = [new LossSeries("run", 0, steps, new double[steps.Length])] };
        Assert.Equal(expected, DataOf(ReportWriter.Render(data)).GetProperty("series")[0].GetProperty("steps").GetRawText());
    }

    [Fact]
    public void ASeriesHasALossForEveryStep()
    {
        var data = new ReportData("t") { Series = [new LossSeries("run", 0, [1, 2], [3.0])] };
        var e = Assert.Throws<ArgumentException>(() => ReportWriter.Render(data));
        Assert.Equal("Series 'run' has 2 steps and 1 losses.", e.Message);
    }

    [Fact]
    public void TheCourseStaysUnderTwoMegabytes()
    {
        var random = new Random(1);
        double[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextDouble())];
        Inspection Inspected(string name) => new(
            name,
            [.. name.Select(c => c.ToString())],
            [.. name.Select(_ => NextToken.Of(Numbers(27), 5, token => token.ToString()))])
        {
            Attention = [[.. Enumerable.Range(0, 4).Select(_ => new AttentionMap([.. name.Select((_, q) => Numbers(q + 1))]))]],
        };
        var data = new ReportData("The course")
        {
            Series = [.. Enumerable.Range(0, 6).Select(
                s => new LossSeries($"step {s}", s, [.. Enumerable.Range(1, 1000)], Numbers(1000)) { LearningRates = Numbers(1000) })],
            Documents = [.. Enumerable.Range(0, 1000).Select(i => $"document {i}")],
            Models = [.. Enumerable.Range(0, 6).Select(s => new ModelReport($"step {s}", s)
            {
                Samples = [.. Enumerable.Repeat("elizabethanna", 20)],
                Graph = ReportGraph.Of(Chain(120)),
                Inspections = [.. Enumerable.Repeat("sixteen letters.", 5).Select(Inspected)],
                GradientCheck = s == 1
                    ? new GradientCheckReport("m", [new GradientCheckMatrix("w", Numbers(3184), Numbers(3184), 0, 0)]) : null,
            })],
        };

        Assert.InRange(ReportWriter.Render(data).Length, 100_000, 2_000_000);
    }

    [Fact]
    public void WritesAWholeFileAndLeavesNothingElse()
    {
        string path = Path.Combine(folder, "report.html");
        File.WriteAllText(path, "an older report");

        ReportWriter.CheckWritable(path);
        Assert.Equal("an older report", File.ReadAllText(path));
        ReportWriter.Write(path, new ReportData("New"));

        Assert.Equal(ReportWriter.Render(new ReportData("New")), File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder));
    }

    [Fact]
    public void AnUnwritablePathIsSaidBeforeAndAfter()
    {
        string inNoFolder = Path.Combine(folder, "none", "report.html");

        Assert.Contains(
            "there is no folder", Throws(() => ReportWriter.CheckWritable(inNoFolder), ExitCode.Usage), StringComparison.Ordinal);
        Assert.Contains("it is a folder", Throws(() => ReportWriter.CheckWritable(folder), ExitCode.Usage), StringComparison.Ordinal);
        Assert.Contains("name of a file", Throws(() => ReportWriter.CheckWritable(" "), ExitCode.Usage), StringComparison.Ordinal);
        Assert.Contains(
            inNoFolder, Throws(() => ReportWriter.Write(inNoFolder, new ReportData("t")), ExitCode.Failure), StringComparison.Ordinal);
        // A folder cannot be replaced by a file; the temporary file is taken away again.
        Throws(() => ReportWriter.Write(folder, new ReportData("t")), ExitCode.Failure);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(folder)!, Path.GetFileName(folder) + "*"));
    }

    private static ModelGraph Chain(int nodes)
    {
        var graph = new ModelGraphBuilder();
        graph.Add("layer0_node0", "Input", GraphShape.Indices).Add("layer0_attn_wq", "Parameter", GraphShape.Matrix(16, 16));
        for (int i = 1; i < nodes; i++)
        {
            graph.Add($"layer0_node{i}", "Linear", GraphShape.Rows(16), $"layer0_node{i - 1}", "layer0_attn_wq");
        }

        return graph.Build();
    }

    private static string Throws(Action action, int exitCode)
    {
        var e = Assert.Throws<RunnerException>(action);
        Assert.Equal(exitCode, e.ExitCode);
        return e.Message;
    }

    private static JsonElement DataOf(string page)
    {
        string json = DataElement().Match(page).Groups[1].Value;
        return JsonDocument.Parse(json).RootElement;
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    [GeneratedRegex("href=\"([^\"]*)\"")]
    private static partial Regex Link();

    [GeneratedRegex("https?://[^'\" ]*")]
    private static partial Regex Address();

    [GeneratedRegex("<script type=\"application/json\" id=\"report-data\">(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex DataElement();
}
