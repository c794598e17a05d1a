using MicroGpt.Runner.Logs;
using MicroGpt.Runner.Report;
using Xunit;

namespace MicroGpt.Runner.Tests.Logs;

public sealed class LossLogFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("microgpt-log-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void ReadsALog()
    {
        var log = Read("1,emma,5,0.1,3.3659669475848504\n2,\"a,\"\"b\"\"\",4,,2.5e-1\r\n3,,1,0.0998,NaN\n");

        Assert.Equal(
            [
                new LossLogEntry(1, "emma", 5, 0.1, 3.3659669475848504),
                new LossLogEntry(2, "a,\"b\"", 4, null, 0.25),
                new LossLogEntry(3, "", 1, 0.0998, double.NaN),
            ],
            log.Entries);
    }

    [Theory]
    [InlineData("0,emma,5,0.1,3.3", "log.csv:2: column 'step': expected a step from 1, found '0'.")]
    [InlineData("1.5,emma,5,0.1,3.3", "log.csv:2: column 'step': expected a step from 1, found '1.5'.")]
    [InlineData("1,emma,-5,0.1,3.3", "log.csv:2: column 'positions': expected a number of positions from 1, found '-5'.")]
    [InlineData("1,emma,5,fast,3.3", "log.csv:2: column 'lr': expected a learning rate, or nothing, found 'fast'.")]
    [InlineData("1,emma,5,0.1,", "log.csv:2: column 'loss': expected a loss, found ''.")]
    [InlineData("1,emma,5,0.1,3.3\n2,ava,4,0.1,\"3,3\"", "log.csv:3: column 'loss': expected a loss, found '3,3'.")]
    [InlineData("1,emma,5,0.1,3.3\n1,ava,4,0.1,3", "log.csv:3: column 'step': expected a step after 1, found '1'.")]
    [InlineData("1,emma,5,0.1", "log.csv:2: expected 5 columns (step,document,positions,lr,loss), found 4 in '1,emma,5,0.1'.")]
    [InlineData("1,em,ma,5,0.1,3.3", "log.csv:2: expected 5 columns (step,document,positions,lr,loss), found 6 in '1,em,ma,5,0.1,3.3'.")]
    [InlineData("1,emma,5,0.1,3.3\n\n2,ava,5,0.1,3", "log.csv:3: expected 5 columns (step,document,positions,lr,loss), found 1 in ''.")]
    [InlineData("1,\"emma,5,0.1,3.3", "log.csv:2: the quote opened at character 3 is not closed.")]
    [InlineData("1,\"em\"ma,5,0.1,3.3", "log.csv:2: expected a comma after the quote at character 6, found 'm'.")]
    [InlineData("", "log.csv: the log has a header and no steps.")]
    public void SaysWhereALogIsWrong(string lines, string message) => Assert.Equal(message, Message(() => Read(lines)));

    [Fact]
    public void SaysWhatIsNoLog()
    {
        Assert.Equal("x.csv: the file is empty; expected the header 'step,document,positions,lr,loss'.",
            Message(() => LossLogFile.Read(new StringReader(""), "x.csv")));
        Assert.Equal("x.csv:1: expected the header 'step,document,positions,lr,loss', found 'step,loss'.",
            Message(() => LossLogFile.Read(new StringReader("step,loss\n1,2"), "x.csv")));

        string missing = Path.Combine(folder, "missing.csv");
        Assert.Equal($"{missing}: there is no such file.", Message(() => LossLogFile.Read(missing)));
        string latin1 = Path.Combine(folder, "latin1.csv");
        File.WriteAllBytes(latin1, [.. "step,document,positions,lr,loss\n1,ren"u8, 0xE9, .. ",4,0.1,3\n"u8]);
        Assert.StartsWith($"{latin1}: not UTF-8 text", Message(() => LossLogFile.Read(latin1)), StringComparison.Ordinal);
        Assert.Equal("the name of a loss log is missing.", Message(() => LossLogFile.Read("")));
        Assert.StartsWith(folder, Message(() => LossLogFile.Read(folder)), StringComparison.Ordinal);
    }

    [Fact]
    public void ColumnsAreFoundByTheirNames()
    {
        const string Log = "loss,colour,gradient_norm,document,step,lr,positions\n3.5,red,,emma,1,0.1,5\n3.25,blue,7,ava,2,,4\n";
        Assert.Equal(
            [new LossLogEntry(1, "emma", 5, 0.1, 3.5), new LossLogEntry(2, "ava", 4, null, 3.25) { GradientNorm = 7 }],
            LossLogFile.Read(new StringReader(Log), "x.csv").Entries);
        Assert.Equal("x.csv:1: expected the header 'step,document,positions,lr,loss', found 'step,step,document,positions,lr,loss'.",
            Message(() => LossLogFile.Read(new StringReader("step,step,document,positions,lr,loss\n"), "x.csv")));
    }

    [Theory]
    [InlineData("{\"step\":1}", "x.jsonl:1: column 'document': expected a text, found 'nothing'.")]
    [InlineData("{\"step\":0,\"document\":\"a\"}", "x.jsonl:1: column 'step': expected a step from 1, found '0'.")]
    [InlineData(
        "{\"step\":1,\"document\":\"a\",\"positions\":1,\"lr\":null,\"loss\":\"x\"}",
        "x.jsonl:1: column 'loss': expected a loss, found '\"x\"'.")]
    [InlineData("[1]", "x.jsonl:1: expected an object with the members step,document,positions,lr,loss, found '[1]'.")]
    [InlineData("{\"step\":1,", "x.jsonl:1: not a line of JSON: '{\"step\":1,'.")]
    [InlineData(
        "{\"step\":2,\"document\":\"a\",\"positions\":1,\"lr\":null,\"loss\":1}\n"
            + "{\"step\":2,\"document\":\"a\",\"positions\":1,\"lr\":null,\"loss\":1}",
        "x.jsonl:2: column 'step': expected a step after 2, found '2'.")]
    [InlineData("", "x.jsonl: the log has no steps.")]
    public void SaysWhereJsonLinesAreWrong(string lines, string message) =>
        Assert.Equal(message, Message(() => LossLogFile.Read(new StringReader(lines), "x.jsonl")));

    [Fact]
    public void ALogIsASeries()
    {
        var series = LossSeries.Of(Read("3,a,1,0.5,2\n7,b,1,0.25,1\n"), "run", 4);

        Assert.Equal("run", series.Name);
        Assert.Equal(4, series.ColourRole);
        Assert.Equal([3, 7], series.Steps);
        Assert.Equal([2.0, 1.0], series.Losses);
        Assert.Equal([0.5, 0.25], series.LearningRates!);
        Assert.Null(LossSeries.Of(Read("1,a,1,,2\n"), "counts", 0).LearningRates);
    }

    [Fact]
    public void EqualLogsVerify()
    {
        var verification = Verify("1,a,1,,0.5\n2,b,1,,NaN\n", "1,a,1,,0.5\n2,b,1,,NaN\n");

        Assert.True(verification.Passed);
        Assert.Equal(0, verification.ExitCode);
        Assert.Equal(["2 steps compared: all losses are equal.", "Within the tolerance of 1e-12."], verification.Lines);
    }

    [Fact]
    public void TheLargestDifferenceIsFoundWithItsPlace()
    {
        string log = "1,a,1,,0.5\n2,b,1,,2\n3,c,1,,1\n", against = "1,a,1,,0.5\n2,b,1,,1.75\n3,c,1,,1.125\n";

        Assert.True(Verify(log, against, 0.25).Passed);
        var verification = Verify(log, against, 0.2);
        Assert.Equal(1, verification.ExitCode);
        Assert.Equal(
            ["3 steps compared; largest difference 2.5e-1, at step 2: 2 against 1.75.", "More than the tolerance of 2e-1."],
            verification.Lines);
    }

    [Fact]
    public void OtherDocumentsExplainADifference()
    {
        var verification = Verify("1,a,1,,0.5\n2,b,1,,2\n", "1,a,1,,0.5\n2,c,1,,1\n");
        Assert.Equal(
            "The documents differ from step 2 on ('b' against 'c'): were both runs given the same data and seed?", verification.Lines[^1]);
    }

    [Fact]
    public void ANumberAgainstNoneIsNoAgreement() => Assert.False(Verify("1,a,1,,NaN\n", "1,a,1,,3\n", 1e300).Passed);

    [Fact]
    public void LogsThatCannotBeComparedAreAnError()
    {
        Assert.Equal(
            "The logs have different lengths: log.csv has 1 step, against.csv has 2 steps. Train both for the same number of steps.",
            Message(() => Verify("1,a,1,,1\n", "1,a,1,,1\n2,b,1,,1\n")));
        Assert.Equal(
            "The logs have different steps: entry 2 is step 2 in log.csv and step 3 in against.csv.",
            Message(() => Verify("1,a,1,,1\n2,b,1,,1\n", "1,a,1,,1\n3,b,1,,1\n")));
    }

    private static LossLogVerification Verify(string log, string against, double tolerance = LossLogVerification.DefaultTolerance) =>
        new(LossLogComparison.Of(Read(log), Read(against, "against.csv")), tolerance);

    private static LossLogFile Read(string lines, string name = "log.csv") =>
        LossLogFile.Read(new StringReader(LossLogFile.Header + "\n" + lines), name);

    private static string Message(Action action)
    {
        var e = Assert.Throws<RunnerException>(action);
        Assert.Equal(ExitCode.Usage, e.ExitCode);
        return e.Message;
    }
}
