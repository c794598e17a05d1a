using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using MicroGpt.Runner.Checkpoints;
using Xunit;

namespace MicroGpt.Runner.Tests.Distribution;

/// <summary>
/// The program under Open MPI's launcher: one run, whatever the number of ranks, one output, and errors that are said once.
/// </summary>
public sealed class RankTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [SkippableTheory]
    [InlineData("1,2,8", "--optimizer", "sgd", "--batch", "16")]
    [InlineData("1,4", "--optimizer", "momentum", "--batch", "11", "--accumulate", "2")]
    [InlineData("2,4", "--optimizer", "adamw", "--batch", "16", "--clip-norm", "0.5", "--validation", "0.1", "--keep", "1")]
    [InlineData("1,2", "--optimizer", "adamw", "--batch", "3", "--clip-norm", "0.5", "--accumulate", "3", "--log-gradient-norm")]
    public void RanksMakeTheSameFiles(string ranks, params string[] options)
    {
        Mpirun.Require();
        var first = new Dictionary<string, byte[]>();
        string samples = "";
        foreach (string number in ranks.Split(','))
        {
            string save = folder.File("run");
            string log = folder.File("run.csv"), report = folder.File("run.html");
            (int exitCode, string output, string error) = Mpirun.Run(
                int.Parse(number, System.Globalization.CultureInfo.InvariantCulture),
                ["train", "--steps", "30", "--save", save, "--log", log, "--report", report, "--samples", "3", "--overwrite", .. options]);
            Assert.True(exitCode == ExitCode.Success, error);
            Assert.Equal(number == "1" ? 0 : 1, Regex.Count(output, "% of the time communication"));
            Assert.Equal(1, Regex.Count(output, "step 30/30"));
            Assert.EndsWith($"Report: {report}", output.TrimEnd(), StringComparison.Ordinal);
            string drawn = output[output.IndexOf("sample  1", StringComparison.Ordinal)..];
            samples = samples.Length == 0 ? drawn : samples;
            Assert.Equal(samples, drawn);
            foreach (string file in Directory.GetFiles(save).Append(log).Append(report))
            {
                byte[] content = file == report ? Encoding.UTF8.GetBytes(WithoutTimes(file)) : File.ReadAllBytes(file);
                Assert.Equal(first.TryAdd(file, content) ? content : first[file], content);
            }
        }
    }

    /// <summary>A report without the time of a step.</summary>
    private static string WithoutTimes(string report) => Regex.Replace(File.ReadAllText(report), "\"microsecondsPerStep\":[0-9.]+", "");

    [SkippableFact]
    public void ARunGoesOnWithAnotherNumberOfRanks()
    {
        Mpirun.Require();
        string whole = folder.File("whole"), parts = folder.File("parts");
        string[] run = ["train", "--steps", "40", "--batch", "16", "--optimizer", "adamw", "--samples", "0"];
        Assert.Equal(ExitCode.Success, TrainerProcess.Run([.. run, "--shards", "8", "--save", whole]).ExitCode);
        (int exitCode, _, string error) = Mpirun.Run(4, [.. run, "--save", parts, "--stop-at", "13"]);
        Assert.True(exitCode == ExitCode.Success, error);
        Assert.Contains(
            $"stopped after 13 steps; {parts}/latest.safetensors holds step 13; --resume {parts} goes on.\n", error,
            StringComparison.Ordinal);
        (exitCode, _, error) = Mpirun.Run(3, "train", "--resume", parts);
        Assert.Equal(ExitCode.Usage, exitCode);
        Assert.Contains(
            "--resume: 3 ranks cannot share the 8 shards of a batch evenly; the run keeps the number", error, StringComparison.Ordinal);
        Assert.EndsWith("Start 1, 2, 4 or 8 ranks.", Regex.Match(error, "error: .*").Value, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Success, Mpirun.Run(2, "train", "--resume", parts).ExitCode);
        Assert.Equal(File.ReadAllBytes(CheckpointFolder.Latest(whole)), File.ReadAllBytes(CheckpointFolder.Latest(parts)));

        // A measurement is divided, too.
        var names = Enumerable.Range(0, 300).Select(i => $"{"abcdefghij"[i % 10]}n{"aeiou"[i % 5]}\n");
        string text = folder.Write("text.txt", string.Concat(names));
        string[] evaluate = ["evaluate", "--checkpoint", parts, "--data", text];
        Assert.Equal(TrainerProcess.Run(evaluate).Output, Mpirun.Run(2, evaluate).Output);
    }

    [SkippableTheory]
    [InlineData(2, ExitCode.Usage, "there is no option '--bacth'", "train", "--bacth", "4")]
    [InlineData(3, ExitCode.Usage, "where --shards says nothing else. Start 1, 2, 4 or 8 ranks, or give --shards 9: ", "train")]
    [InlineData(3, ExitCode.Usage, "where --shards says nothing else. Start 1, 2, 4 or 8 ranks, or give --shards 9: ", "bench")]
    [InlineData(2, ExitCode.Usage, "--shards: 2 ranks cannot share the 1 shard of a batch evenly. Start 1 rank,", "train", "--shards", "1")]
    [InlineData(2, ExitCode.Usage, "unless it is told otherwise. Give mpirun --bind-to none", "train", "--threads", "10000")]
    [InlineData(2, ExitCode.Usage, "'check' is the work of one process", "check")]
    [InlineData(2, ExitCode.Usage, "a batch of 1 has work for 1 of 2 ranks", "bench", "--batch", "1")]
    [InlineData(2, ExitCode.Usage, "standard input", "train", "--data", "-")]
    [InlineData(2, ExitCode.Usage, "--save: '' is not the name of a folder", "train", "--save", "")]
    [InlineData(2, ExitCode.Failure, "the loss became", "train", "--learning-rate", "1e38", "--batch", "2")]
    public void AnErrorIsSaidOnce(int ranks, int code, string message, params string[] args)
    {
        Mpirun.Require();
        (int exitCode, string output, string error) = Mpirun.Run(ranks, args);
        Assert.Equal(code, exitCode);
        Assert.Equal(1, Regex.Count(error, "error: "));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.True(code == ExitCode.Failure || output.Length == 0, output);
    }

    [SkippableFact]
    public void RanksCompareModelsToTheSameBits()
    {
        Mpirun.Require();
        string csv = folder.File("losses.csv"), report = folder.File("report.html");
        string[] compare = ["compare", "--course", "0,4", "--batch", "11", "--steps", "30", "--csv", csv, "--report", report];
        (int exitCode, string output, string error) = TrainerProcess.Run([.. compare, "--shards", "8"]);
        Assert.True(exitCode == ExitCode.Success, error);
        (string losses, string heldOut) = (File.ReadAllText(csv), Regex.Match(output, "Held out: .*").Value);
        foreach (int ranks in new[] { 1, 2, 4 })
        {
            File.Delete(csv);
            (exitCode, output, error) = Mpirun.Run(ranks, compare);
            Assert.True(exitCode == ExitCode.Success, error);
            Assert.Equal(losses, File.ReadAllText(csv));
            Assert.Equal(heldOut, Assert.Single(Regex.Matches(output, "Held out: .*")).Value);
        }

        Assert.Contains("11 documents a step", File.ReadAllText(report), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void RanksAreMeasuredTogether()
    {
        Mpirun.Require();
        string json = folder.File("bench.json");
        string[] of = ["--model", "NamesGpt", "--batch", "16"];
        (int exitCode, string output, string error) = Mpirun.Run(2, ["bench", .. of, "--rounds", "1", "--json", json]);
        Assert.True(exitCode == ExitCode.Success, error);
        Assert.Equal(1, Regex.Count(output, "\nNamesGpt "));
        using var results = JsonDocument.Parse(File.ReadAllText(json));
        JsonElement result = Assert.Single(results.RootElement.EnumerateArray());
        Assert.Equal((2, 8), (result.GetProperty("ranks").GetInt32(), result.GetProperty("shards").GetInt32()));
        Assert.InRange(result.GetProperty("share_of_communication").GetDouble(), 0.001, 1);

        (exitCode, output, error) = Mpirun.Run(2, ["plan", .. of]);
        Assert.True(exitCode == ExitCode.Success, error);
        Assert.Equal(1, Regex.Count(output, @"\na machine       2 ranks on \d+ cores; "));

        // More threads than cores are told.
        Assert.Equal(
            error.Contains("warning: ", StringComparison.Ordinal),
            Regex.IsMatch(output, "2 ranks on 1 core"));

        // What a plan says of memory is what a process has.
        double measured = result.GetProperty("bytes_per_rank").GetDouble() / 1e6;
        double planned = double.Parse(
            Regex.Match(output, @"(?m)^ *2 .* (\d+)$").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(planned / measured, 0.75, 1.33);
    }

    [SkippableFact]
    public void RanksThatWouldNotComputeTheSameAreRefused()
    {
        Mpirun.Require();
        string log = folder.Write("log.csv", "of an earlier run");
        string[] train = ["train", "--log", log, "--overwrite", "--seed"];
        (int exitCode, string output, string error) = Mpirun.RunApart([.. train, "1"], [.. train, "2"]);
        Assert.Equal((ExitCode.Usage, ""), (exitCode, output));
        Assert.Equal("of an earlier run", File.ReadAllText(log));
        Assert.Contains("rank 1 (", error, StringComparison.Ordinal);
        Assert.Contains("would compute something else than rank 0", error, StringComparison.Ordinal);
        Assert.Contains(": the setting seed is 2 there and 1 here. All ranks", error, StringComparison.Ordinal);

        (exitCode, _, error) = Mpirun.RunApart(["train"], ["train", "--data", folder.File("missing.txt")]);
        Assert.Equal(ExitCode.Usage, exitCode);
        Assert.Equal(1, Regex.Count(error, @"error: rank 1 \(.*\): .*missing.txt"));
    }

    [SkippableFact]
    public void OneRankThatIsAskedToEndEndsAllAfterTheSameStep()
    {
        Mpirun.Require();
        string save = folder.File("run");
        using Process launcher = Mpirun.Start(2, "train", "--steps", "1000000", "--save", save, "--save-every", "10", "--batch", "1");
        Task<(int ExitCode, string Output, string Error)> end = Task.Run(() => TrainerProcess.End(launcher));
        Assert.True(SpinWait.SpinUntil(() => File.Exists(CheckpointFolder.Latest(save)), TrainerProcess.Patience));
        using Process asked = Process.GetProcessById(Mpirun.RanksOf(launcher)[1]);
        TrainerProcess.Signal(asked, "TERM");
        (int exitCode, _, string error) = end.GetAwaiter().GetResult();
        Assert.Equal(ExitCode.Terminated, exitCode);
        Assert.Contains("warning: a batch of 1 has work for 1 of 2 ranks", error, StringComparison.Ordinal);
        using CheckpointFile file = CheckpointFile.Open(save, "--resume");
        string step = file.Run.Step.ToString("N0", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Contains($"stopped after {step} steps; {save}/latest.safetensors holds", error, StringComparison.Ordinal);
    }

    [Fact]
    public void ALauncherOfAnotherKindIsRefused()
    {
        (int exitCode, string output, string error) = TrainerProcess.Shell("PMI_SIZE=4 PMI_RANK=1 $PROGRAM train");
        Assert.Equal((ExitCode.Usage, ""), (exitCode, output));
        Assert.Contains("error: ", error, StringComparison.Ordinal);
        Assert.Contains("a launcher that is not Open MPI's started 4 processes (PMI_SIZE is set)", error, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("4")]
    [InlineData("many")]
    public void ALauncherThatMpiDoesNotKnowIsRefused(string size)
    {
        Mpirun.Require();
        (int exitCode, string output, string error) = TrainerProcess.Shell($"OMPI_COMM_WORLD_SIZE={size} $PROGRAM train");
        Assert.Equal((ExitCode.Usage, ""), (exitCode, output));
        Assert.Contains($"OMPI_COMM_WORLD_SIZE says that {size} processes were started, MPI knows 1", error, StringComparison.Ordinal);
    }

    /// <summary>The others would wait for it until somebody ends the job.</summary>
    [SkippableTheory]
    [InlineData("--help")]
    [InlineData("--version")]
    [InlineData("evaluate", "--help")]
    public void HelpOnOneRankIsRefused(params string[] help)
    {
        Mpirun.Require();
        (int exitCode, _, string error) = Mpirun.RunApart(["train"], help);
        Assert.Equal(ExitCode.Usage, exitCode);
        Assert.Contains("the command is help or version there and train here", error, StringComparison.Ordinal);
        (exitCode, string output, error) = Mpirun.RunApart(help, ["train"]);
        Assert.Equal(ExitCode.Usage, exitCode);
        Assert.NotEmpty(output);
        Assert.Contains("the command is train there and help or version here", error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void HelpIsPrintedOnce()
    {
        Mpirun.Require();
        Assert.Equal(TrainerProcess.Run("--help").Output, Mpirun.Run(3, "--help").Output);
        Assert.Equal(1, Regex.Count(Mpirun.Run(2, "train", "--help").Output, "Description:"));
        Assert.Equal(1, Regex.Count(Mpirun.Run(2, "check", "--help").Output, "Description:"));
    }
}
