using System.Diagnostics;
using Xunit;

namespace MicroGpt.Runner.Tests.Data;

/// <summary>Data that is none, given to the program itself: a message, an exit code, and an end.</summary>
public sealed class HostileDataTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ADeviceWithoutEndIsNoText()
    {
        if (OperatingSystem.IsWindows())
        {
            return; // There are no such devices.
        }

        AssertUsage("--data: /dev/zero is not text: line 1 has a NUL byte at offset 0", "--data", "/dev/zero");
        AssertUsage("--data: /dev/random is not ", "--data", "/dev/random");
        AssertUsage("--data: standard input is not text: ", "/dev/zero", "--data", "-");
        AssertUsage("/dev/null is empty", "--data", "/dev/null");
    }

    [Fact]
    public void AFileThatMayNotBeReadIsNamed()
    {
        if (OperatingSystem.IsLinux())
        {
            // The memory of a process at address 0: even root may open it, and nobody can read it.
            AssertUsage("--data: /proc/self/mem cannot be read: ", "--data", "/proc/self/mem");
        }

        if (!OperatingSystem.IsWindows() && !Environment.IsPrivilegedProcess)
        {
            string path = folder.Write("secret.txt", "secret");
            File.SetUnixFileMode(path, UnixFileMode.None);
            AssertUsage($"--data: {path} cannot be read: ", "--data", path);
        }
    }

    [Fact]
    public void FilesThatAreNoTextAreErrors()
    {
        string empty = folder.Write("empty.txt", "");
        AssertUsage($"{empty} is empty: it needs at least one document, one a line.", "--data", empty);
        string latin = folder.Write("latin.txt", [(byte)'a', 0xE9, (byte)'\n']);
        AssertUsage($"--data: {latin} is not UTF-8 text: line 1 has an invalid byte 0xE9 at offset 1.", "--data", latin);
        Directory.CreateDirectory(folder.File("none"));
        AssertUsage($"--data: the folder {folder.File("none")} has no file", "--data", folder.File("none"));
        folder.Write("none/x.bin", [0, 1]);
        AssertUsage(
            $"--data: the folder {folder.File("none")} has no text file: {folder.File("none/x.bin")} cannot be read as UTF-8 text.",
            "--data", folder.File("none"));
        AssertUsage($"--data: there is no file {folder.File("missing")}", "--data", folder.File("missing"));
        AssertUsage("--data: ", "--data", "");
    }

    [Fact]
    public void AHugeSingleLineIsTrainedOnAndWhatIsLeftOutIsSaid()
    {
        string path = folder.Write("line.txt", new string('a', 30_000_000));
        (int exitCode, string output, string error) = Run(null, "--data", path, "--steps", "2", "--samples", "1");
        Assert.Equal(
            "warning: 1 document is longer than the block of 16: 99.9999 % of the characters are not used; "
                + "BlockSize = 30000001 or --documents stream would use them.\n",
            error);
        Assert.Equal(ExitCode.Success, exitCode);
        Assert.Contains("1 document, 30,000,000 characters", output);
    }

    [Fact]
    public void StandardInputIsRead()
    {
        (int exitCode, string output, string error) = Run(folder.Write("names.txt", "emma\nava\n"), "data", "--data", "-");
        Assert.Equal((ExitCode.Success, ""), (exitCode, error));
        Assert.StartsWith("data            standard input: 2 documents, 7 characters\n", output);
    }

    private static void AssertUsage(string expected, params string[] args)
    {
        (int exitCode, string output, string error) =
            Run(args[0].StartsWith('/') ? args[0] : null, args[0].StartsWith('/') ? args[1..] : args);
        Assert.Equal((ExitCode.Usage, ""), (exitCode, output));
        Assert.StartsWith("error: " + expected, error);
        Assert.DoesNotContain("   at ", error);
    }

    private static (int ExitCode, string Output, string Error) Run(string? input, params string[] args)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        string program = Path.Combine(AppContext.BaseDirectory, "microgpt.dll");
        ProcessStartInfo start = input is null
            ? new ProcessStartInfo(host, [program, .. args])
            : new ProcessStartInfo("sh", ["-c", "input=$1; shift; exec \"$@\" < \"$input\"", "sh", input, host, program, .. args]);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.Environment.Remove(RunnerApp.StackTraceVariable);
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(Patience));
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }
}
