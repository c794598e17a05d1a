using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using MicroGpt.Runner.Logs;
using MicroGpt.Runner.Tests.Models;
using Xunit;

namespace MicroGpt.Runner.Tests.Course;

public sealed class CompareCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void TheWholeCourseIsTrainedShownAndWritten()
    {
        string report = folder.File("course.html"), csv = folder.File("course.csv");

        CommandLine run = Run(
            "--course", "0,1,2,3,4,5", "--models", "NamesGpt", "--steps", "12", "--samples", "2", "--report", report, "--csv", csv,
            "--inspect", "emma", "--inspect", "li");

        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        Assert.Matches("(?m)^step 0 +bigram counts +none +- +729 +counting +- ", run.Out);
        Assert.Matches("(?m)^step 5 +GPT +4 heads of 4 +1 +4,192 +Adam +0.01 ", run.Out);
        Assert.Matches(@"largest difference \d\.\de-[5-9] \(with central differences \d\.\de-1\d\)", run.Out);
        Assert.Contains("Held out: documents 13 to 1,012 of the shuffled list.", run.Out, StringComparison.Ordinal);

        string[] lines = File.ReadAllLines(csv);
        Assert.Equal("step,step 0,step 1,step 2,step 3,step 4,step 5,NamesGpt", lines[0]);
        Assert.Equal(13, lines.Length);
        double[] first = Numbers(lines[1]), last = Numbers(lines[^1]);
        Assert.Equal(12, last[0]);
        Assert.Equal(Math.Log(27), first[1], 1e-12);
        Assert.Equal(last[2], last[3], 1e-15);
        Assert.Equal(first[5], first[7], 1e-5);

        JsonElement data = DataOf(report);
        Assert.Equal(7, data.GetProperty("series").GetArrayLength());
        Assert.Equal(12, data.GetProperty("documents").GetArrayLength());
        Assert.Equal(3, data.GetProperty("baselines").GetArrayLength());
        JsonElement[] models = [.. data.GetProperty("models").EnumerateArray()];
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], models.Select(model => model.GetProperty("colourRole").GetInt32()));
        Assert.Equal(3, models[1].GetProperty("gradientCheck").GetProperty("matrices").GetArrayLength());
        Assert.False(models[2].TryGetProperty("gradientCheck", out _));
        Assert.All(models, model => Assert.Equal(2, model.GetProperty("samples").GetArrayLength()));
        JsonElement inspection = models[4].GetProperty("inspections")[0];
        Assert.Equal("emma", inspection.GetProperty("document").GetString());
        Assert.Equal(["·", "e", "m", "m", "a"], inspection.GetProperty("tokens").EnumerateArray().Select(token => token.GetString()));
        JsonElement heads = inspection.GetProperty("attention")[0];
        Assert.Equal(4, heads.GetArrayLength());
        Assert.All(
            heads.EnumerateArray().SelectMany(head => head.GetProperty("weights").EnumerateArray()),
            row => Assert.Equal(1.0, row.EnumerateArray().Sum(weight => weight.GetDouble()), 1e-3));
    }

    [Fact]
    public void LayersMayDifferInTheirHeads()
    {
        string report = folder.File("heads.html");

        CommandLine run = CommandLine.Run(
            TestSpecs.CompiledModels.All, isTerminal: false, "train", "--model", "UnevenHeads", "--steps", "2", "--samples", "1",
            "--report", report);

        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        JsonElement attention = DataOf(report).GetProperty("models")[0].GetProperty("inspections")[0].GetProperty("attention");
        Assert.Equal([4, 2], attention.EnumerateArray().Select(layer => layer.GetArrayLength()));
    }

    [Fact]
    public void SavedRunsStandBesideTrainedOnesWhateverTheirLength()
    {
        string log = folder.Write("before.csv", $"{LossLogFile.Header}\n1,emma,5,0.1,3.5\n2,\"a,b\",4,0.05,2.5\n3,li,3,0.01,1.5\n");
        string csv = folder.File("all.csv"), report = folder.File("all.html");

        CommandLine run = Run("--course", "0", "--runs", log, log, "--steps", "2", "--csv", csv, "--report", report);

        Assert.Equal(ExitCode.Success, run.ExitCode);
        string[] lines = File.ReadAllLines(csv);
        Assert.Equal("step,step 0,before,before (2)", lines[0]);
        Assert.EndsWith(",2.5,2.5", lines[2], StringComparison.Ordinal);
        Assert.Equal("3,,1.5,1.5", lines[3]);
        Assert.Contains("from before.csv", run.Out, StringComparison.Ordinal);
        Assert.False(DataOf(report).TryGetProperty("documents", out _));
    }

    [Fact]
    public void SavedRunsAloneNeedNoTraining()
    {
        string log = folder.Write("before.csv", $"{LossLogFile.Header}\n1,emma,5,,3.5\n");
        CommandLine run = Run("--course", "none", "--runs", log, "--report", folder.File("page.html"));
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        Assert.Matches("(?m)^before +3.5000 +3.5000 +- ", run.Out);
    }

    [Fact]
    public void ItSaysWhereLessIsHeldOut()
    {
        string data = folder.Write("names.txt", string.Join('\n', Enumerable.Range(0, 20).Select(i => "ab" + (char)('a' + i))));
        Assert.Contains(
            "Held out: the last 1 document of the shuffled list", Run("--course", "0", "--data", data, "--steps", "19").Out,
            StringComparison.Ordinal);
        Assert.Contains(
            "Held out: the last 5 documents of the shuffled list", Run("--course", "0", "--data", data, "--steps", "15").Out,
            StringComparison.Ordinal);
        CommandLine all = Run("--course", "0,2", "--data", data, "--steps", "50");
        Assert.Contains("Held out: none: the training used all documents", all.Out, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^step 0 .* - +- +- +\d", all.Out);
    }

    [Fact]
    public void ADivergingModelDoesNotCostTheOthersTheirResults()
    {
        string csv = folder.File("all.csv");
        ModelEntry[] models = [.. ProgramModels.All, BigramModel.Entry("Broken", initStd: 1e308)];
        CommandLine run =
            CommandLine.Run(models, isTerminal: false, "compare", "--course", "0", "--models", "Broken", "--steps", "3", "--csv", csv);
        Assert.Equal(ExitCode.Failure, run.ExitCode);
        Assert.Contains("error: Broken: step 1: the loss became", run.Error, StringComparison.Ordinal);
        Assert.Equal(4, File.ReadAllLines(csv).Length);
    }

    [Fact]
    public void ATerminalIsShownTheSame()
    {
        CommandLine run = CommandLine.Run(ProgramModels.All, isTerminal: true, "compare", "--course", "0,3", "--steps", "5")
            .WithoutColours();
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        Assert.Contains("1 head of 16", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("there is no step '7'", "--course", "0,7")]
    [InlineData("there is no step 'two'", "--course", "two")]
    [InlineData("--models: there is no model 'Step9'", "--models", "Step9")]
    [InlineData("'--steps", "--steps", "0")]
    [InlineData("there is no file", "--data", "no-such-file.txt")]
    [InlineData("no-such-log.csv: there is no such file", "--runs", "no-such-log.csv")]
    [InlineData("there is no folder", "--report", "no-such-folder/report.html")]
    [InlineData("--csv: no-such-folder/all.csv cannot be written", "--csv", "no-such-folder/all.csv")]
    [InlineData("--inspect: 'émile': the character ", "--inspect", "émile", "--report", "none.html")]
    [InlineData("nothing to compare", "--course", "none")]
    public void BadInputIsExplainedBeforeAnythingIsTrained(string message, params string[] args)
    {
        CommandLine run = Run(args);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(message.TrimStart('\''), run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }

    [Fact]
    public void AMalformedLogLeavesAnEarlierReportAsItWas()
    {
        string log = folder.Write("run.csv", $"{LossLogFile.Header}\n1,emma,5,0.1,3.5\n2,ava,four,0.1,3.4\n");
        string report = folder.Write("report.html", "before");
        CommandLine run = Run("--runs", log, "--report", report);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("run.csv:3: column 'positions'", run.Error, StringComparison.Ordinal);
        Assert.Equal("before", File.ReadAllText(report));
    }

    [Fact]
    public void InputIsNotOverwritten()
    {
        string log = folder.Write("run.csv", $"{LossLogFile.Header}\n1,emma,5,0.1,3.5\n");
        Assert.Contains("would be overwritten", Run("--runs", log, "--csv", log).Error, StringComparison.Ordinal);
        Assert.Contains("the same file", Run("--report", folder.File("x"), "--csv", folder.File("x")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void AStepWhoseModelTheProgramLacksIsAnError()
    {
        CommandLine run = CommandLine.Run("compare", "--course", "4");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("step 4 trains the compiled model Step4", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void AProgramWithoutACourseComparesItsModels()
    {
        CommandLine run = CommandLine.WithoutCourse("compare", "--models", "NamesGpt", "--steps", "2", "--samples", "0");
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        Assert.Contains(
            "nothing to compare: give --models or --runs.", CommandLine.WithoutCourse("compare").Error, StringComparison.Ordinal);
        Assert.DoesNotContain("course", CommandLine.WithoutCourse("compare", "--help").Out, StringComparison.Ordinal);
    }

    [Fact]
    public void TrainWritesThePageOfOneRun()
    {
        string report = folder.File("run.html"), log = folder.File("run.csv");
        CommandLine run = CommandLine.Run(
            ProgramModels.All, isTerminal: false, "train", "--model", "Step4", "--steps", "6", "--samples", "3", "--report",
            report, "--log", log);
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        Assert.Equal(7, File.ReadAllLines(log).Length);
        JsonElement data = DataOf(report);
        Assert.Equal("Step4", data.GetProperty("series")[0].GetProperty("name").GetString());
        JsonElement model = data.GetProperty("models")[0];
        Assert.Equal(3, model.GetProperty("samples").GetArrayLength());
        Assert.Equal(5, model.GetProperty("inspections").GetArrayLength());
        Assert.All(Samples(model), sample => Assert.Contains(sample, run.Out, StringComparison.Ordinal));
    }

    [Fact]
    public void TrainNoticesAnUnwritableReportBeforeItTrains()
    {
        string log = folder.Write("run.csv", "kept");
        CommandLine run = CommandLine.Run("train", "--report", folder.Path, "--log", log);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains("it is a folder", run.Error, StringComparison.Ordinal);
        Assert.Equal("kept", File.ReadAllText(log));
        Assert.Contains(
            "--report and --log are the same file", CommandLine.Run("train", "--report", log, "--log", log).Error,
            StringComparison.Ordinal);
    }

    private static CommandLine Run(params string[] args) => CommandLine.Run(ProgramModels.All, isTerminal: false, ["compare", .. args]);

    private static IEnumerable<string> Samples(JsonElement model) =>
        model.GetProperty("samples").EnumerateArray().Select(sample => sample.GetString()!);

    private static double[] Numbers(string line) => [.. line.Split(',').Select(field => double.Parse(field, CultureInfo.InvariantCulture))];

    private static JsonElement DataOf(string report) => JsonDocument.Parse(
        Regex.Match(File.ReadAllText(report), "id=\"report-data\">(.*?)</script>", RegexOptions.Singleline).Groups[1].Value).RootElement;
}
