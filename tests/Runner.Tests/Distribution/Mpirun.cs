using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace MicroGpt.Runner.Tests.Distribution;

/// <summary>The program as ranks that Open MPI's launcher starts on this machine.</summary>
internal static class Mpirun
{
    private const string Name = "mpirun";

    /// <summary>Skips the test where there is no launcher, or fails it in CI, where <c>.ci/run</c> installs one.</summary>
    public static void Require()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!folders.Any(folder => File.Exists(Path.Combine(folder, Name))))
        {
            string reason = $"no {Name} of Open MPI on the path (Debian: apt-get install openmpi-bin)";
            Assert.True(string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")), $"The tests of ranks cannot run: {reason}.");
            Skip.If(true, reason);
        }
    }

    public static (int ExitCode, string Output, string Error) Run(int ranks, params string[] args)
    {
        using Process process = Start(ranks, args);
        return TrainerProcess.End(process);
    }

    public static Process Start(int ranks, params string[] args) => Launch([.. Ranks(ranks), .. args]);

    /// <summary>Ranks that were not started alike: ":" begins the arguments of the next one.</summary>
    public static (int ExitCode, string Output, string Error) RunApart(string[] first, string[] second)
    {
        using Process process = Launch([.. Ranks(1), .. first, ":", .. Ranks(1), .. second]);
        return TrainerProcess.End(process);
    }

    /// <summary>The processes of the ranks.</summary>
    public static int[] RanksOf(Process launcher) => [.. Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int process) ? process : 0)
        .Where(process => process != 0 && ParentOf(process) == launcher.Id)
        .Order()];

    private static string[] Ranks(int ranks) =>
        ["-n", ranks.ToString(CultureInfo.InvariantCulture), TrainerProcess.Host, TrainerProcess.Program];

    private static Process Launch(string[] args)
    {
        var start = new ProcessStartInfo(Name, ["--oversubscribe", .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove(RunnerApp.StackTraceVariable);

        // Containers run as root, have no ssh, and do not let a process read another's memory.
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1";
        start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1";
        start.Environment["OMPI_MCA_plm"] = "isolated";
        start.Environment["OMPI_MCA_btl_vader_single_copy_mechanism"] = "none";
        return Process.Start(start)!;
    }

    /// <summary>The fourth field of /proc/PROCESS/stat, after the name in parentheses; 0 where the process is gone.</summary>
    private static int ParentOf(int process)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{process}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
