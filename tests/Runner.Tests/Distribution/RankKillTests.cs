using System.Diagnostics;
using System.Globalization;
using MicroGpt.Runner.Checkpoints;
using Xunit;

namespace MicroGpt.Runner.Tests.Distribution;

/// <summary>
/// A rank that is killed at a random moment ends its job within seconds, which says what is left, and the run goes on, with another number
/// of ranks, to the same bits. tests/scripts/kill-ranks.sh kills more often.
/// </summary>
public sealed class RankKillTests : IDisposable
{
    private const string CountVariable = "MICROGPT_RANK_KILLS";
    private const int SecondsToEnd = 20; // of a machine that has other work; two as a rule

    private const string LastOutput = "sample  2: ";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [SkippableFact]
    public void AJobThatLosesARankEndsAndGoesOn()
    {
        Mpirun.Require();
        int kills = int.Parse(Environment.GetEnvironmentVariable(CountVariable) ?? "2", CultureInfo.InvariantCulture);
        string[] options =
        [
            "--batch", "16", "--steps", "3000", "--save-every", "50", "--optimizer", "adamw", "--clip-norm", "0.5", "--validation", "0.02",
            "--samples", "2",
        ];
        string whole = folder.File("whole"), save = folder.File("run");
        var undisturbed = Stopwatch.StartNew();
        Assert.Equal(ExitCode.Success, Mpirun.Run(2, ["train", .. options, "--save", whole]).ExitCode);
        int longest = (int)undisturbed.ElapsedMilliseconds;
        var random = new Random();
        for (int done = 0; done < kills;)
        {
            done += RunUntilKilled(options, whole, save, done, random.Next(longest), random) ? 1 : 0;
        }

        (int exitCode, _, string error) = Mpirun.Run(2, Arguments(options, save));
        Assert.True(exitCode == ExitCode.Success, error);
        Assert.Equal(File.ReadAllBytes(CheckpointFolder.Latest(whole)), File.ReadAllBytes(CheckpointFolder.Latest(save)));
        Assert.Equal(File.ReadAllBytes(CheckpointFolder.Best(whole)), File.ReadAllBytes(CheckpointFolder.Best(save)));
        Assert.Equal(["best.safetensors", "latest.safetensors"], Directory.GetFiles(save).Select(file => Path.GetFileName(file)!).Order());
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    public void ARankThatDiesWhileTheFirstOneSamplesLeavesWords(int rank)
    {
        Mpirun.Require();
        string save = folder.File("sampling"), latest = CheckpointFolder.Latest(save);
        string[] options = ["--batch", "16", "--steps", "10", "--save-every", "10", "--samples", "1000000000"];
        using Process launcher = Mpirun.Start(2, Arguments(options, save));
        Task<(int ExitCode, string Output, string Error)> end = Task.Run(() => TrainerProcess.End(launcher));
        Assert.True(SpinWait.SpinUntil(() => File.Exists(latest), TrainerProcess.Patience)); // The last step's: training is over.
        Thread.Sleep(100);
        using Process victim = Process.GetProcessById(Mpirun.RanksOf(launcher)[rank]);
        victim.Kill();
        Assert.True(end.Wait(TimeSpan.FromSeconds(SecondsToEnd)), "The job goes on without one of its ranks.");
        Assert.Contains($"{latest} holds ", end.Result.Error.Split("error: ")[^1], StringComparison.Ordinal);
    }

    [SkippableFact]
    public void ARankThatIsAskedTwiceToEndSaysWhatIsLeft()
    {
        Mpirun.Require();
        string save = folder.File("asked"), latest = CheckpointFolder.Latest(save);
        string[] options = ["--batch", "16", "--steps", "1000000000", "--save-every", "20", "--samples", "0"];
        using Process launcher = Mpirun.Start(2, Arguments(options, save));
        Task<(int ExitCode, string Output, string Error)> end = Task.Run(() => TrainerProcess.End(launcher));
        Assert.True(SpinWait.SpinUntil(() => File.Exists(latest), TrainerProcess.Patience));
        int[] ranks = Mpirun.RanksOf(launcher);

        // The one that is left waits for the other, and has not the time that it takes to find out by itself.
        using Process victim = Process.GetProcessById(ranks[1]), left = Process.GetProcessById(ranks[0]);
        victim.Kill();
        TrainerProcess.Signal(left, "TERM");
        Thread.Sleep(100);
        TrainerProcess.Signal(left, "TERM");
        Assert.True(end.Wait(TimeSpan.FromSeconds(SecondsToEnd)), "The job goes on without one of its ranks.");
        Assert.Contains($"{latest} holds ", end.Result.Error.Split("error: ")[^1], StringComparison.Ordinal);
    }

    /// <summary>To go on where something is saved, to begin elsewhere.</summary>
    private static string[] Arguments(string[] options, string save) =>
        File.Exists(CheckpointFolder.Latest(save)) ? ["train", "--resume", save] : ["train", .. options, "--save", save, "--overwrite"];

    /// <summary>Starts or goes on, and kills a rank after a while, unless the run is over by then.</summary>
    private static bool RunUntilKilled(string[] options, string whole, string save, int round, int milliseconds, Random random)
    {
        string latest = CheckpointFolder.Latest(save);
        DateTime before = File.GetLastWriteTimeUtc(latest);
        using Process launcher = Mpirun.Start(round % 2 == 0 ? 2 : 4, Arguments(options, save));
        Task<(int ExitCode, string Output, string Error)> end = Task.Run(() => TrainerProcess.End(launcher));
        if (end.Wait(milliseconds))
        {
            Assert.Equal(ExitCode.Success, end.Result.ExitCode);
            Directory.Delete(save, recursive: true); // and once more from the beginning
            return false;
        }

        int[] ranks = Mpirun.RanksOf(launcher);
        if (ranks.Length == 0)
        {
            Assert.True(end.Wait(TrainerProcess.Patience));
            return false;
        }

        bool trains = File.Exists(latest) && File.GetLastWriteTimeUtc(latest) != before;
        using Process victim = Process.GetProcessById(ranks[random.Next(ranks.Length)]);
        victim.Kill();
        Assert.True(end.Wait(TimeSpan.FromSeconds(SecondsToEnd)), "The job goes on without one of its ranks.");
        Assert.NotEqual(ExitCode.Success, end.Result.ExitCode);
        if (end.Result.Output.Contains(LastOutput, StringComparison.Ordinal))
        {
            // Nobody has anything to add: all is said, and saved.
            Assert.Equal(File.ReadAllBytes(CheckpointFolder.Latest(whole)), File.ReadAllBytes(latest));
        }
        else if (trains)
        {
            Assert.Contains($"{latest} holds ", end.Result.Error.Split("error: ")[^1], StringComparison.Ordinal);
        }

        return true;
    }
}
