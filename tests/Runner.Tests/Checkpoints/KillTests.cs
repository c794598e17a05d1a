using System.Diagnostics;
using System.Globalization;
using MicroGpt.Runner.Checkpoints;
using Xunit;

namespace MicroGpt.Runner.Tests.Checkpoints;

/// <summary>
/// A process that is killed at random moments and resumed ends where an undisturbed one does, bit for bit. tests/scripts/kill-and-resume.sh
/// kills more often.
/// </summary>
public sealed class KillTests : IDisposable
{
    private const string CountVariable = "MICROGPT_KILLS";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void AKilledRunEndsAsAnUndisturbedOne()
    {
        int kills = int.Parse(Environment.GetEnvironmentVariable(CountVariable) ?? "4", CultureInfo.InvariantCulture);
        string[] options =
        [
            "--model", "Step5", "--steps", "4000", "--save-every", "20", "--validation", "0.01", "--evaluate-every", "50", "--samples", "3",
        ];
        string whole = folder.File("whole");
        var undisturbed = Stopwatch.StartNew();
        Assert.Equal(
            ExitCode.Success, TrainerProcess.Run(["train", .. options, "--save", whole, "--log", folder.File("whole.csv")]).ExitCode);
        int longest = (int)undisturbed.ElapsedMilliseconds;

        var random = new Random();
        for (int round = 0; kills > 0; round++)
        {
            string save = folder.File(FormattableString.Invariant($"round{round}"));
            string log = save + ".csv";
            string samples;
            do
            {
                bool resumes = File.Exists(CheckpointFolder.Latest(save));
                string[] args = resumes
                    ? ["train", "--resume", save, "--log", log]
                    : ["train", .. options, "--save", save, "--log", log, "--overwrite"];
                using Process process = TrainerProcess.Start(args);
                using var killed = new Timer(
                    _ => process.Kill(), null, kills > 0 ? random.Next(longest) : Timeout.Infinite, Timeout.Infinite);
                (int exitCode, samples, string error) = TrainerProcess.End(process);
                if (exitCode == ExitCode.Success)
                {
                    break;
                }

                Assert.Equal(137, exitCode); // 128 + SIGKILL: nothing else has gone wrong.
                Assert.DoesNotContain("error:", error, StringComparison.Ordinal);
                kills--;
            }
            while (true);

            Assert.Equal(File.ReadAllBytes(CheckpointFolder.Latest(whole)), File.ReadAllBytes(CheckpointFolder.Latest(save)));
            Assert.Equal(File.ReadAllBytes(CheckpointFolder.Best(whole)), File.ReadAllBytes(CheckpointFolder.Best(save)));
            Assert.Equal(File.ReadAllText(folder.File("whole.csv")), File.ReadAllText(log));
            Assert.Equal(
                ["best.safetensors", "latest.safetensors"], Directory.GetFiles(save).Select(file => Path.GetFileName(file)!).Order());
            Assert.Equal(3, samples.Split("sample ").Length - 1);
        }
    }
}
