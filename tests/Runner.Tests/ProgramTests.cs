using System.Diagnostics;
using MicroGpt.Runner.Messages;
using Xunit;

namespace MicroGpt.Runner.Tests;

/// <summary>The program itself, as a process of its own with its output redirected.</summary>
public sealed class ProgramTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ItTrainsTheDefaultModelAndInventsNames()
    {
        (int exitCode, string output, string error) = Run("--steps", "200");
        Assert.Equal("", error);
        Assert.Equal(ExitCode.Success, exitCode);
        Assert.StartsWith("model           NamesGpt: GPT", output);
        Assert.Equal(20, output.Split('\n').Count(line => line.StartsWith("sample ", StringComparison.Ordinal)));
        Assert.DoesNotContain(output, character => char.IsControl(character) && character != '\n');
    }

    [Fact]
    public void ItListsTheCompiledModels()
    {
        string output = Run("models").Output;
        Assert.All(ProgramModels.All, model => Assert.Contains("\n" + model.Name + " ", output));
    }

    [Fact]
    public void ItMeasuresItsOwnStart()
    {
        string json = folder.File("bench.json");
        (int exitCode, string output, string error) = Run("bench", "--model", "NamesGpt", "--rounds", "1", "--json", json);
        Assert.Equal("", error);
        Assert.Equal(ExitCode.Success, exitCode);
        using var document = System.Text.Json.JsonDocument.Parse(File.ReadAllText(json));
        System.Text.Json.JsonElement result = document.RootElement[0];
        Assert.InRange(result.GetProperty("compile_ms").GetDouble(), 1, 120_000);
        Assert.InRange(result.GetProperty("time_to_first_step_ms").GetDouble(), 10, 120_000);
        Assert.InRange(
            result.GetProperty("time_to_1000_steps_ms").GetDouble(), result.GetProperty("time_to_first_step_ms").GetDouble(), 120_000);
        Assert.Equal(0, result.GetProperty("bytes_per_step").GetDouble());
        Assert.Contains("first step ms", output);
    }

    [Fact]
    public void AUsageErrorGoesToTheErrorStream()
    {
        (int exitCode, string output, string error) = Run("--steps", "many");
        Assert.Equal(ExitCode.Usage, exitCode);
        Assert.Equal("", output);
        Assert.StartsWith("error: --steps: 'many'", error);
    }

    [Theory]
    [InlineData("64", "train")]
    [InlineData("0", "gradcheck")]
    [InlineData("1024", "bench")]
    [InlineData("abc", "evaluate")]
    public void AWidthOfVectorsThatThereIsNotIsAUsageError(string bits, string command)
    {
        if (OperatingSystem.IsWindows())
        {
            return; // There is no such shell.
        }

        string expected = $"error: MICROGPT_VECTOR_BITS is '{bits}': set it to 128, 256 or 512, or unset it to use this processor's widest "
            + $"vectors ({MicroGpt.Numerics.VectorSupport.WidestBits} bits).\n";
        Assert.Equal((ExitCode.Usage, "", expected), TrainerProcess.Shell($"MICROGPT_VECTOR_BITS={bits} $PROGRAM {command}"));

        // What computes nothing, and the help, need no vectors.
        foreach (string other in new[] { "models", "data", $"{command} --help" })
        {
            Assert.Equal(ExitCode.Success, TrainerProcess.Shell($"MICROGPT_VECTOR_BITS={bits} $PROGRAM {other}").ExitCode);
        }
    }

    [Fact]
    public void DivergenceEndsTheRun()
    {
        (int exitCode, _, string error) = Run("--learning-rate", "1000");
        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.Matches(@"^error: step \d+: the loss became ", error);
    }

    [Fact]
    public void AReaderThatLeavesEarlyIsNoError()
    {
        using Process process = Start("--steps", "2000");
        process.StandardOutput.ReadLine();
        process.StandardOutput.Close();
        Assert.Equal("", process.StandardError.ReadToEnd());
        Assert.True(process.WaitForExit(Patience));
        Assert.Equal(ExitCode.Success, process.ExitCode);
    }

    [Theory]
    [InlineData("INT", ExitCode.Interrupted)]
    [InlineData("TERM", ExitCode.Terminated)]
    public void AnInterruptedRunKeepsItsLog(string signal, int expected)
    {
        if (OperatingSystem.IsWindows())
        {
            return; // A process cannot send another one Ctrl-C there.
        }

        string log = folder.File("log.csv");
        using Process process = Start("--steps", "1000000000", "--log", log);
        while (process.StandardOutput.ReadLine() is string line && !line.StartsWith("step ", StringComparison.Ordinal))
        {
        }

        TrainerProcess.Signal(process, signal);
        (int exitCode, _, string error) = TrainerProcess.End(process);
        Assert.Equal(expected, exitCode);
        string[] lines = File.ReadAllLines(log);
        Assert.Equal(
            $"interrupted after {Counted.Of(lines.Length - 1, "step")}; {log} holds them.\n", error);
        Assert.EndsWith("\n", File.ReadAllText(log));
    }

    [Fact]
    public void TheSecondProcessOnOneLogIsRefused()
    {
        string log = folder.File("log.csv");
        using Process first = Start("--steps", "1000000000", "--log", log);
        try
        {
            while (first.StandardOutput.ReadLine() is string line && !line.StartsWith("step ", StringComparison.Ordinal))
            {
            }

            foreach (string[] options in new string[][] { [], ["--overwrite"] })
            {
                (int exitCode, string output, string error) = Run(["--steps", "3", "--log", log, .. options]);
                Assert.Equal(ExitCode.Usage, exitCode);
                Assert.Equal("", output);
                Assert.Equal($"error: --log: {log} is being written by another process; wait for its end, or give another name.\n", error);
            }
        }
        finally
        {
            first.Kill();
            Assert.True(first.WaitForExit(Patience));
        }

        string[] steps = [.. File.ReadLines(log).Skip(1).Take(1000).Select(line => line.Split(',')[0])];
        Assert.Equal(Enumerable.Range(1, steps.Length).Select(step => FormattableString.Invariant($"{step}")), steps);
        Assert.Equal(
            (ExitCode.Success, ""), Run("--steps", "3", "--log", log, "--overwrite") is var (code, _, said) ? (code, said) : default);
        Assert.Equal(4, File.ReadAllLines(log).Length);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("NO_COLOR=1 ", false)]
    [InlineData("TERM=dumb ", false)]
    public void ATerminalGetsALiveDisplayUnlessItSaysOtherwise(string environment, bool isLive)
    {
        if (!OperatingSystem.IsLinux() || !File.Exists("/usr/bin/script"))
        {
            return; // Nothing else here makes a terminal.
        }

        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        string command = $"{environment}'{host}' '{Path.Combine(AppContext.BaseDirectory, "microgpt.dll")}' --steps 50 --samples 1";
        var start = new ProcessStartInfo("/usr/bin/script", ["-qec", command, folder.File("typescript")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["TERM"] = "xterm-256color";
        start.Environment.Remove("NO_COLOR");
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        string output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(Patience));
        Assert.Equal(ExitCode.Success, process.ExitCode);
        Assert.Equal(isLive, System.Text.RegularExpressions.Regex.IsMatch(output, @"\x1b\[[0-9;]*[mJA]"));
        Assert.Equal(isLive, output.Contains("50 of 50", StringComparison.Ordinal));
        Assert.Equal(!isLive, output.Contains("step 50/50", StringComparison.Ordinal));
    }

    [Fact]
    public void ItSaysItsVersion()
    {
        (int exitCode, string output, string error) = Run("--version");
        Assert.Equal((ExitCode.Success, ""), (exitCode, error));
        Assert.Matches(@"^\d+\.\d+\.\d+\S*\n$", output);
    }

    [Fact]
    public void CompareLeavesOutTheStepsThatCannotReadTheText()
    {
        string data = folder.Write("own.txt", string.Concat(Enumerable.Repeat("ABCDEFGHIJKLMNOPQRSTUVWXYZ abc\nzoo\n", 20)));
        (int exitCode, string output, string error) = Run("compare", "--data", data, "--steps", "5");
        Assert.Equal(ExitCode.Success, exitCode);
        string[] warnings = [.. error.Split('\n').Where(line => line.Contains(" is left out: ", StringComparison.Ordinal))];
        Assert.Equal(4, warnings.Length);
        Assert.All(warnings, line => Assert.Matches("^warning: [Ss]tep [2345].* is left "
            + $"out: {System.Text.RegularExpressions.Regex.Escape(data)}, line .*does not fit the vocabulary of Step[2345]\\.", line));
        Assert.Contains("mean of the last 5 ", output);
        Assert.Contains("counting", output);

        (exitCode, output, error) = Run("compare", "--data", data, "--steps", "5", "--models", "NamesGpt");
        Assert.Equal(ExitCode.Usage, exitCode);
        Assert.Equal("", output);
        Assert.Contains("does not fit the vocabulary of NamesGpt", error);
        Assert.Equal(ExitCode.Usage, Run("compare", "--data", data, "--course", "4,5").ExitCode);
    }

    [Fact]
    public void GradCheckSaysWhatDecides()
    {
        (int exitCode, string output, _) = Run("gradcheck", "--model", "NamesGpt");
        Assert.Equal(ExitCode.Success, exitCode);
        Assert.Contains(
            "The absolute errors decide: in single precision a loss is known to some 3e-7 only, and its differences, "
                + "over a step of 1e-3, to some 3e-4. Relative errors are those of gradients from 3e-3 up; "
                + "a smaller one is not measured well enough to have any.\n",
            output);
        string[] rows = [.. output.Split('\n').SkipWhile(line => !line.StartsWith("matrix", StringComparison.Ordinal))
            .Skip(1).TakeWhile(line => line.Contains(" x ", StringComparison.Ordinal))];
        Assert.Equal(9, rows.Length);
        Assert.All(rows, row => Assert.InRange(
            row.Split(' ')[^1] is "-" ? 0.0 : double.Parse(row.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture), 0.0,
            0.1));
        Assert.Contains(rows, row => !row.EndsWith('-'));
    }

    [Fact]
    public void TwoLogsBetweenCommasAreTwoRuns()
    {
        string[] logs = [folder.File("a.csv"), folder.File("b.jsonl")];
        Assert.All(logs, log => Assert.Equal(ExitCode.Success, Run("--steps", "3", "--samples", "0", "--log", log).ExitCode));
        (int exitCode, string output, string error) = Run("compare", "--course", "none", "--runs", string.Join(',', logs));
        Assert.Equal((ExitCode.Success, ""), (exitCode, error));
        Assert.Contains("from a.csv", output);
        Assert.Contains("from b.jsonl", output);
    }

    [Fact]
    public void AClassAddedToTheModelsNeedsNoDocumentation()
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        string project = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../src/Model/Model.csproj"));
        var start = new ProcessStartInfo(
            host, ["msbuild", project, "-getProperty:GenerateDocumentationFile", "-nodeReuse:false"]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        Assert.Equal("false", process.StandardOutput.ReadToEnd().Trim());
        Assert.True(process.WaitForExit(Patience));

        static string ThisFile([System.Runtime.CompilerServices.CallerFilePath] string path = "") => path;
    }

    private static (int ExitCode, string Output, string Error) Run(params string[] args)
    {
        using Process process = Start(args);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(Patience));
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    private static Process Start(params string[] args)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(host, [Path.Combine(AppContext.BaseDirectory, "microgpt.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove(RunnerApp.StackTraceVariable);
        return Process.Start(start)!;
    }
}
