using System.Globalization;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Training;
using Xunit;

namespace MicroGpt.Runner.Tests;

public sealed class LossLogTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ALineAStepInRoundTripPrecision()
    {
        string path = folder.File("log.csv");
        using (LossLog log = LossLog.Create(path))
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
        using LossLog log = LossLog.Create(path);
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
        using (LossLog log = LossLog.Create(path))
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
        using (LossLog log = LossLog.Create(path))
        {
            log.OnStep(new TrainingStep(int.MaxValue, DocumentText.Of(document), int.MaxValue, -double.Epsilon, -double.MaxValue));
        }

        Assert.Contains(string.Concat(Enumerable.Repeat("\"\"€", 5000)), File.ReadAllText(path));
    }

    [Fact]
    public void TheCultureDoesNotMatter()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CommaCulture.Create();
            string path = folder.File("log.csv");
            using (LossLog log = LossLog.Create(path))
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
    public void APathThatCannotBeWrittenIsAUsageError()
    {
        Assert.Contains("does not exist", Error(folder.File("none/log.csv")));
        Assert.Contains("is a folder", Error(folder.Path));
        Assert.Contains("cannot be written", Error(""));
    }

    private static string Error(string path)
    {
        RunnerException error = Assert.Throws<RunnerException>(() => LossLog.Create(path));
        Assert.Equal(ExitCode.Usage, error.ExitCode);
        Assert.StartsWith("--log: ", error.Message);
        return error.Message;
    }
}
