using MicroGpt.Runner.Logs;
using Xunit;

namespace MicroGpt.Runner.Tests.Logs;

public sealed class VerifyCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("microgpt-verify-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void ALogThatTrainingWroteAgreesWithItself()
    {
        string log = Path.Combine(folder, "run.csv");
        Assert.Equal(ExitCode.Success, CommandLine.Run("train", "--steps", "5", "--samples", "0", "--log", log).ExitCode);

        var verified = CommandLine.Run("verify", "--log", log, "--against", log);

        Assert.Equal(ExitCode.Success, verified.ExitCode);
        Assert.Equal("5 steps compared: all losses are equal.\nWithin the tolerance of 1e-12.\n", verified.Out);
    }

    [Fact]
    public void TheExitCodeSaysWhetherTheyAgree()
    {
        string log = Log("1,a,1,,0.5"), against = Log("1,a,1,,0.75");

        var far = CommandLine.Run("verify", "--log", log, "--against", against, "--tolerance", "0.1");
        Assert.Equal(ExitCode.Failure, far.ExitCode);
        Assert.Equal(
            "1 step compared; largest difference 2.5e-1, at step 1: 0.5 against 0.75.\nMore than the tolerance of 1e-1.\n", far.Out);
        Assert.Equal(ExitCode.Success, CommandLine.Run("verify", "--log", log, "--against", against, "--tolerance", "0.25").ExitCode);
    }

    [Theory]
    [InlineData("1,a,1,,much", "column 'loss'")]
    [InlineData("1,a,1,,1\n2,b,1,,1", "different lengths")]
    public void UnusableInputIsExplained(string lines, string message)
    {
        var result = CommandLine.Run("verify", "--log", Log(lines), "--against", Log("1,a,1,,1"));
        Assert.Equal(ExitCode.Usage, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Out);
    }

    [Fact]
    public void BothLogsAndASensibleToleranceAreAskedFor()
    {
        string log = Log("1,a,1,,1");
        Assert.Equal(ExitCode.Usage, CommandLine.Run("verify", "--log", log).ExitCode);
        Assert.Equal(ExitCode.Usage, CommandLine.Run("verify", "--log", log, "--against", log, "--tolerance", "-1").ExitCode);
        Assert.Equal(ExitCode.Usage, CommandLine.Run("verify", "--log", log, "--against", Path.Combine(folder, "none.csv")).ExitCode);
    }

    private string Log(string lines)
    {
        string path = Path.Combine(folder, $"{Guid.NewGuid():N}.csv");
        File.WriteAllText(path, $"{LossLogFile.Header}\n{lines}\n");
        return path;
    }
}
