using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace MicroGpt.Runner.Tests;

/// <summary>The program as a process of its own.</summary>
internal static class TrainerProcess
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public static (int ExitCode, string Output, string Error) Run(params string[] args)
    {
        using Process process = Start(args);
        return End(process);
    }

    /// <summary>The program started by a shell, for redirections: its arguments stand in place of <c>$PROGRAM</c>.</summary>
    public static (int ExitCode, string Output, string Error) Shell(string command)
    {
        string program = $"'{Host}' '{Program}'";
        using Process process = Start("/bin/sh", ["-c", command.Replace("$PROGRAM", program, StringComparison.Ordinal)]);
        return End(process);
    }

    public static Process Start(params string[] args) => Start(Host, [Program, .. args]);

    public static void Signal(Process process, string signal)
    {
        using Process kill = Process.Start("kill", ["-" + signal, process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public static (int ExitCode, string Output, string Error) End(Process process)
    {
        Task<string> error = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail(
                $"The program did not end within {Patience}. Where a shell runs these tests in its background, they and it ignore Ctrl+C.");
        }

        return (process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    public static string Host => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    public static string Program => Path.Combine(AppContext.BaseDirectory, "microgpt.dll");

    private static Process Start(string file, IEnumerable<string> args)
    {
        var start = new ProcessStartInfo(file, args) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Remove(RunnerApp.StackTraceVariable);
        return Process.Start(start)!;
    }
}
