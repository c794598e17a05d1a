using System.Diagnostics;
using MicroGpt.Runner.Checkpoints;
using MicroGpt.Runner.Messages;
using Xunit;

namespace MicroGpt.Runner.Tests.Checkpoints;

/// <summary>Interruptions, closed outputs and full disks, as a process meets them.</summary>
public sealed class SaveProcessTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("INT", ExitCode.Interrupted)]
    [InlineData("TERM", ExitCode.Terminated)]
    public void AnInterruptedRunSavesReportsAndGoesOn(string signal, int expected)
    {
        if (OperatingSystem.IsWindows())
        {
            return; // A process cannot send another one Ctrl-C there.
        }

        string save = folder.File("ck");
        string latest = CheckpointFolder.Latest(save);
        string report = folder.File("report.html");
        using Process process = TrainerProcess.Start(
            "--steps", "1000000000", "--save", save, "--report", report, "--samples", "2");
        AwaitFirstStep(process);
        TrainerProcess.Signal(process, signal);
        (int exitCode, string output, string error) = TrainerProcess.End(process);
        Assert.Equal(expected, exitCode);
        using CheckpointFile file = CheckpointFile.Open(save, "--resume");
        int step = file.Run.Step;
        Assert.Equal(
            FormattableString.Invariant($"saved {latest} at step {step:N0}\ninterrupted after {Counted.Of(step, "step")}; ")
                + FormattableString.Invariant($"{latest} holds step {step:N0}; --resume {save} goes on.\n"),
            error);
        Assert.Contains("sample  2: ", output, StringComparison.Ordinal);
        Assert.True(File.Exists(report));
    }

    [Fact]
    public void ASecondInterruptionEndsAtOnce()
    {
        if (OperatingSystem.IsWindows())
        {
            return; // As above.
        }

        // After the first, samples that were asked for are still to come: more than anybody waits for.
        using Process process = TrainerProcess.Start("--steps", "1000000000", "--samples", "1000000000");
        AwaitFirstStep(process);
        TrainerProcess.Signal(process, "INT");
        Assert.StartsWith("interrupted after ", process.StandardError.ReadLine(), StringComparison.Ordinal);
        TrainerProcess.Signal(process, "INT");
        (int exitCode, string output, _) = TrainerProcess.End(process);
        Assert.Equal(ExitCode.Interrupted, exitCode);
        Assert.DoesNotContain("sample 1000000000", output, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadersThatLeaveAndFullDisksAreMet()
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // /dev/full is Linux's.
        }

        string save = folder.File("ck");
        string said = "standard output cannot be written";
        Assert.Equal(
            (ExitCode.Failure, "", $"error: {said}: No space left on device.\n"), TrainerProcess.Shell("$PROGRAM models > /dev/full"));
        Assert.Equal((ExitCode.Failure, "", $"error: {said}: it is closed.\n"), TrainerProcess.Shell("$PROGRAM models >&-"));
        (int exitCode, _, string error) = TrainerProcess.Shell("$PROGRAM train >&-");
        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.StartsWith("error: standard output is closed", error, StringComparison.Ordinal);

        // The first line is read and no more; what is saved is the whole run.
        (exitCode, string output, error) = TrainerProcess.Shell($"($PROGRAM train --steps 300 --save '{save}'; echo $? >&2) | head -n 1");
        Assert.StartsWith("model ", output, StringComparison.Ordinal);
        Assert.EndsWith("at step 300\n0\n", error, StringComparison.Ordinal);
        Assert.Equal(0, TrainerProcess.Shell($"$PROGRAM train --steps 300 --save '{save}' --overwrite >&-").ExitCode);

        // With nothing to leave, the run ends with its reader.
        (_, output, error) = TrainerProcess.Shell("($PROGRAM train --steps 1000000000; echo $? >&2) | head -n 1");
        Assert.Equal("0\n", error);
    }

    [Fact]
    public void ACheckpointThatCannotBeWrittenEndsTheRunAndKeepsTheOneBefore()
    {
        if (OperatingSystem.IsWindows())
        {
            return; // Limits of a shell.
        }

        string save = folder.File("ck");
        string latest = CheckpointFolder.Latest(save);
        Assert.Equal(0, TrainerProcess.Run("--steps", "100", "--save", save, "--stop-at", "10").ExitCode);
        byte[] before = File.ReadAllBytes(latest);

        // Files of 8 KB at most, where a checkpoint needs more. The runtime's own pages for code count as a file, unless it is told to do
        // without.
        (int exitCode, _, string error) = TrainerProcess.Shell(
            $"trap '' XFSZ; ulimit -f 16; DOTNET_EnableWriteXorExecute=0 $PROGRAM train --resume '{save}'");
        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.Contains($"error: --save: {latest} cannot be written: ", error, StringComparison.Ordinal);
        Assert.EndsWith($"{latest} holds step 10.\n", error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(latest));
        Assert.Equal([latest], Directory.GetFiles(save));
        Assert.Equal(0, TrainerProcess.Run("train", "--resume", save).ExitCode);
    }

    [Fact]
    public void DivergenceNamesTheLastGoodCheckpoint()
    {
        string save = folder.File("ck");
        (int exitCode, _, string error) = TrainerProcess.Run("--learning-rate", "1000", "--save", save, "--save-every", "1");
        Assert.Equal(ExitCode.Failure, exitCode);
        Assert.Matches(@"error: step [\d,]+: the loss became .*latest\.safetensors holds step [\d,]+\.\n$", error);
    }

    [Fact]
    public void TwoRunsDoNotShareAFolder()
    {
        string save = folder.File("ck");
        using Process first = TrainerProcess.Start("--steps", "1000000000", "--save", save);
        try
        {
            AwaitFirstStep(first);
            (int exitCode, _, string error) = TrainerProcess.Run("--steps", "3", "--save", save, "--overwrite");
            Assert.Equal(ExitCode.Usage, exitCode);
            Assert.Equal($"error: --save: another run saves itself in {save}. Wait for its end, or name another folder.\n", error);
        }
        finally
        {
            first.Kill();
            Assert.True(first.WaitForExit(TrainerProcess.Patience));
        }

        Assert.Equal(0, TrainerProcess.Run("--steps", "3", "--save", save).ExitCode);
    }

    private static void AwaitFirstStep(Process process)
    {
        while (process.StandardOutput.ReadLine() is string line && !line.StartsWith("step ", StringComparison.Ordinal))
        {
        }
    }
}
