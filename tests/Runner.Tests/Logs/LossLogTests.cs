using System.Globalization;
using System.Text.Json;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Logs;
using MicroGpt.Runner.Training;
using Xunit;

namespace MicroGpt.Runner.Tests.Logs;

public sealed class LossLogTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ALineAStepInRoundTripPrecision()
    {
        string path = folder.File("log.csv");
        using (LossLog log = LossLog.Create(new LossLogSettings(path)))
        {
            log.OnStep(new TrainingStep(1, DocumentText.Of("emma"), 5, 0.1, 3.3659669475848504));
            log.OnStep(new TrainingStep(2, DocumentText.Of("ava"), 4, 0.0999, 1.0 / 3.0));
        }

        Assert.Equal(
            "step,document,positions,lr,loss\n1,emma,5,0.1,3.3659669475848504\n2,ava,4,0.0999,0.3333333333333333\n",
            File.ReadAllText(path));
    }

    [Fact]
    public void EveryLineIsOnDiskAtOnce()
    {
        string path = folder.File("log.csv");
        using LossLog log = LossLog.Create(new LossLogSettings(path));
        log.OnStep(new TrainingStep(1, DocumentText.Of("emma"), 5, 0.1, 3.5));
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        Assert.EndsWith("\n1,emma,5,0.1,3.5\n", reader.ReadToEnd());
    }

    [Theory]
    [InlineData("plain words", "plain words")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("\"", "\"\"\"\"")]
    [InlineData("say \"a\", b", "\"say \"\"a\"\", b\"")]
    [InlineData("zoë \U0001F600", "zoë \U0001F600")]
    public void DocumentsAreQuotedWhereNeeded(string document, string field)
    {
        string path = folder.File("log.csv");
        using (LossLog log = LossLog.Create(new LossLogSettings(path)))
        {
            log.OnStep(new TrainingStep(1, DocumentText.Of(document), 5, 1, 2));
        }

        Assert.EndsWith($"\n1,{field},5,1,2\n", File.ReadAllText(path));
    }

    [Fact]
    public void ALongDocumentFits()
    {
        string path = folder.File("log.csv");
        string document = string.Concat(Enumerable.Repeat("\"€", 5000));
        using (LossLog log = LossLog.Create(new LossLogSettings(path)))
        {
            log.OnStep(new TrainingStep(int.MaxValue, DocumentText.Of(document), int.MaxValue, -double.Epsilon, -double.MaxValue));
        }

        Assert.Contains(string.Concat(Enumerable.Repeat("\"\"€", 5000)), File.ReadAllText(path));
    }

    [Fact]
    public void ABookIsLoggedByItsBeginning()
    {
        string path = folder.File("log.csv");
        using (LossLog log = LossLog.Create(new LossLogSettings(path)))
        {
            log.OnStep(new TrainingStep(1, DocumentText.Of("a" + new string('é', 100_000)), 5, 1, 2));
        }

        Assert.Equal("a" + new string('é', 32_767) + "...", LossLogFile.Read(path).Entries[0].Document);
    }

    [Fact]
    public void TheCultureDoesNotMatter()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CommaCulture.Create();
            string path = folder.File("log.csv");
            using (LossLog log = LossLog.Create(new LossLogSettings(path)))
            {
                log.OnStep(new TrainingStep(1, DocumentText.Of("emma"), 5, 0.25, 1234.5));
            }

            Assert.EndsWith("\n1,emma,5,0.25,1234.5\n", File.ReadAllText(path));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void TheColumnsOfARunFollowThoseOfEveryRun()
    {
        string path = folder.File("log.csv");
        using (LossLog log = LossLog.Create(new LossLogSettings(path) { HeldOutLoss = true, GradientNorm = true }))
        {
            log.OnStep(Step(1) with { GradientNorm = 0.25 });
            log.OnStep(Step(2) with { GradientNorm = double.PositiveInfinity, HeldOutLoss = 2.5 });
        }

        Assert.Equal(
            "step,document,positions,lr,loss,held_out_loss,gradient_norm\n1,ab,3,0.1,2,,0.25\n2,ab,3,0.1,2,2.5,Infinity\n",
            File.ReadAllText(path));
        LossLogEntry[] entries = [.. LossLogFile.Read(path).Entries];
        Assert.Equal(new LossLogEntry(1, "ab", 3, 0.1, 2) { GradientNorm = 0.25 }, entries[0]);
        Assert.Equal(new LossLogEntry(2, "ab", 3, 0.1, 2) { GradientNorm = double.PositiveInfinity, HeldOutLoss = 2.5 }, entries[1]);
    }

    [Fact]
    public void JsonLinesHaveTimesAndRates()
    {
        string path = folder.File("log.JSONL");
        var settings = new LossLogSettings(path) { HeldOutLoss = true, GradientNorm = true };
        using (LossLog log = LossLog.Create(settings))
        {
            log.OnStep(new TrainingStep(
                1, DocumentText.Of("a \"b\"\n\u00E9\U0001F600\\"), 3, 0.1, 1.0 / 3.0) { GradientNorm = double.PositiveInfinity });
            Thread.Sleep(20);
            log.OnStep(Step(2) with { HeldOutLoss = 2.5, GradientNorm = 1 });
        }

        string[] lines = File.ReadAllLines(path);
        Assert.StartsWith("""{"step":1,"document":"a \"b\"\né""", lines[0]);
        Assert.Contains(
            """\\","positions":3,"lr":0.1,"loss":0.3333333333333333,"held_out_loss":null,"gradient_norm":null,"seconds":""", lines[0]);
        Assert.EndsWith(""","steps_per_second":null,"positions_per_second":null}""", lines[0]);
        using JsonDocument second = JsonDocument.Parse(lines[1]);
        Assert.InRange(second.RootElement.GetProperty("seconds").GetDouble(), 0.02, 20);
        Assert.InRange(second.RootElement.GetProperty("steps_per_second").GetDouble(), 0.05, 50);
        Assert.InRange(second.RootElement.GetProperty("positions_per_second").GetDouble(), 0.15, 150);
        Assert.Equal(
            [
                new LossLogEntry(1, "a \"b\"\n\u00E9\U0001F600\\", 3, 0.1, 1.0 / 3.0),
                new LossLogEntry(2, "ab", 3, 0.1, 2) { HeldOutLoss = 2.5, GradientNorm = 1 },
            ],
            LossLogFile.Read(path).Entries);
    }

    [Fact]
    public void ADocumentOfSeveralLinesIsOneField()
    {
        string path = folder.File("log.csv");
        using (LossLog log = LossLog.Create(new LossLogSettings(path)))
        {
            log.OnStep(new TrainingStep(1, DocumentText.Of("To be,\nor \"not\"\n\nto be"), 5, 1, 2));
            log.OnStep(Step(2));
        }

        Assert.Equal(["To be,\nor \"not\"\n\nto be", "ab"], LossLogFile.Read(path).Entries.Select(entry => entry.Document));
        using (LossLog log = LossLog.Resume(new LossLogSettings(path), 1))
        {
            log.OnStep(Step(2));
        }

        Assert.Equal(2, LossLogFile.Read(path).Entries.Count);
    }

    [Fact]
    public void ALogThatHoldsSomethingIsOnlyEmptiedWhenAsked()
    {
        string path = folder.Write("log.csv", "precious");
        Assert.Contains($"{path} exists; give another name, or --overwrite to lose what it holds.", Error(path));
        Assert.Equal("precious", File.ReadAllText(path));
        LossLog.Create(new LossLogSettings(path) { Overwrite = true }).Dispose();
        Assert.Equal(LossLog.Header + "\n", File.ReadAllText(path));
        LossLog.Create(new LossLogSettings(folder.Write("empty.csv", ""))).Dispose();
    }

    [Fact]
    public void ALogHasOneWriterAndAnyReaders()
    {
        string path = folder.File("log.csv");
        using (LossLog log = LossLog.Create(new LossLogSettings(path)))
        {
            log.OnStep(Step(1));
            RunnerException error = Assert.Throws<RunnerException>(() => LossLog.Create(new LossLogSettings(path) { Overwrite = true }));
            Assert.Equal($"--log: {path} is being written by another process; wait for its end, or give another name.", error.Message);
            Assert.Equal(ExitCode.Usage, error.ExitCode);
            Assert.Throws<RunnerException>(() => LossLog.Resume(new LossLogSettings(path), 1));
            Assert.Single(LossLogFile.Read(path).Entries);
            log.OnStep(Step(2));
        }

        using (LossLog log = LossLog.Resume(new LossLogSettings(path), 2))
        {
            log.OnStep(Step(3));
        }

        Assert.Equal(3, LossLogFile.Read(path).Entries.Count);
    }

    [Theory]
    [InlineData("log.csv")]
    [InlineData("log.jsonl")]
    public void AResumedLogGoesOnAfterTheCheckpoint(string name)
    {
        string path = folder.File(name);
        var settings = new LossLogSettings(path) { GradientNorm = true };
        using (LossLog log = LossLog.Create(settings))
        {
            for (int step = 1; step <= 5; step++)
            {
                log.OnStep(Step(step) with { GradientNorm = step });
            }
        }

        // The process was killed while it wrote a line.
        File.AppendAllText(path, settings.IsJson ? "{\"step\":6,\"doc" : "6,a");
        string[] before = File.ReadAllLines(path);
        using (LossLog log = LossLog.Resume(settings, 3))
        {
            log.OnStep(Step(4) with { GradientNorm = 40 });
        }

        string[] after = File.ReadAllLines(path);
        Assert.Equal(before[..^3], after[..^1]);
        Assert.Equal([1, 2, 3, 40], LossLogFile.Read(path).Entries.Select(entry => entry.GradientNorm!.Value));
        using (LossLog log = LossLog.Resume(settings, 4))
        {
        }

        Assert.Equal(after, File.ReadAllLines(path));
        LossLog.Resume(settings, 0).Dispose();
        Assert.Equal(settings.IsJson ? "" : settings.Header + "\n", File.ReadAllText(path));
    }

    [Fact]
    public void TheTimeOfAResumedLogGoesOn()
    {
        string path = folder.Write("log.jsonl", """{"step":1,"document":"a","positions":1,"lr":1,"loss":2,"seconds":1000.5}""" + "\n");
        using (LossLog log = LossLog.Resume(new LossLogSettings(path), 1))
        {
            log.OnStep(Step(2));
        }

        using JsonDocument last = JsonDocument.Parse(File.ReadAllLines(path)[1]);
        Assert.InRange(last.RootElement.GetProperty("seconds").GetDouble(), 1000.5, 1010);
    }

    [Fact]
    public void AResumedLogMayBeANewFile()
    {
        string path = folder.File("log.csv");
        using (LossLog log = LossLog.Resume(new LossLogSettings(path), 700))
        {
            log.OnStep(Step(701));
        }

        Assert.Equal(701, LossLogFile.Read(path).Entries.Single().Step);
    }

    [Theory]
    [InlineData("step,document,positions,lr,loss\n1,a,1,1,1\n", "ends with step 1, but the checkpoint holds step 2: "
        + "it is not the log of this run, or has lost lines. Step 2 is missing, as after a --resume without --log.")]
    [InlineData("step,document,positions,lr,loss\n1,a,1,1,1\n2,a", "ends with step 1, but the checkpoint holds step 2")]
    [InlineData(
        "step,document,positions,lr,loss,held_out_loss\n1,a,1,1,1,\n2,a,1,1,1,\n",
        "has the header 'step,document,positions,lr,loss,held_out_loss' where this run writes 'step,document,positions,lr,loss'")]
    [InlineData("a diary\n", "has the header 'a diary'")]
    [InlineData("step,document,positions,lr,loss\none,a,1,1,1\n", "is no log of a run")]
    public void ALogThatIsNotTheRunsIsLeftAlone(string content, string expected)
    {
        string path = folder.Write("log.csv", content);
        RunnerException error = Assert.Throws<RunnerException>(() => LossLog.Resume(new LossLogSettings(path), 2));
        Assert.StartsWith($"--log: {path} {expected}", error.Message);
        Assert.Equal(ExitCode.Usage, error.ExitCode);
        Assert.Equal(content, File.ReadAllText(path));
    }

    [Fact]
    public void ADeviceCanBeWrittenByAny()
    {
        if (OperatingSystem.IsWindows())
        {
            return; // There is no file of that name.
        }

        using LossLog first = LossLog.Create(new LossLogSettings("/dev/null"));
        using LossLog second = LossLog.Create(new LossLogSettings("/dev/null"));
        first.OnStep(Step(1));
        second.OnStep(Step(1));
        second.FlushToDisk();
    }

    [Fact]
    public void AFullDiskEndsTheRunAndIsExplained()
    {
        if (!File.Exists("/dev/full"))
        {
            return; // Only Linux has it.
        }

        RunnerException error = Assert.Throws<RunnerException>(() =>
        {
            using LossLog log = LossLog.Create(new LossLogSettings("/dev/full"));
            log.OnStep(Step(1));
        });
        Assert.StartsWith("--log: /dev/full cannot be written", error.Message);
    }

    [Fact]
    public void APathThatCannotBeWrittenIsAUsageError()
    {
        Assert.Contains("does not exist", Error(folder.File("none/log.csv")));
        Assert.Contains("is a folder", Error(folder.Path));
        Assert.Contains("the name of a file to write is missing", Error(""));
        Assert.Contains("the name of a file to write is missing", Error(" "));
    }

    private static TrainingStep Step(int number) => new(number, DocumentText.Of("ab"), 3, 0.1, 2);

    private static string Error(string path)
    {
        RunnerException error = Assert.Throws<RunnerException>(() => LossLog.Create(new LossLogSettings(path)));
        Assert.Equal(ExitCode.Usage, error.ExitCode);
        Assert.StartsWith("--log: ", error.Message);
        return error.Message;
    }
}
