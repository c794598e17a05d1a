using System.Text;
using MicroGpt.Runner.Distribution;
using MicroGpt.Runner.Terminal;

namespace MicroGpt.Runner;

/// <summary>Where the commands write.</summary>
/// <param name="Out">Results and progress.</param>
/// <param name="Error">Error messages.</param>
/// <param name="IsTerminal">
/// Whether a person watches: true gives colours, tables and a live display, false plain lines that suit a file or a pipe.
/// </param>
public sealed record RunnerConsole(TextWriter Out, TextWriter Error, bool IsTerminal)
{
    /// <summary>
    /// File name and first arguments with which this program can be started once more, for measuring its start; null where it is part of
    /// another program, as in a test.
    /// </summary>
    public IReadOnlyList<string>? Program { get; init; }

    /// <summary>The lines that are drawn again and again while something goes on.</summary>
    internal LiveRegion Live { get; } = new();

    /// <summary>Standard output itself; null where the console is not that of the process.</summary>
    internal StandardStream? Standard { get; init; }

    /// <summary>The processes that run the command together: this one alone unless a launcher of MPI started several.</summary>
    internal Job Job { get; init; } = Job.Alone;

    /// <summary>Where a rank other than the first says what nobody else can; null for the first.</summary>
    internal TextWriter? OwnError { get; init; }

    /// <summary>The console of this process.</summary>
    public static RunnerConsole OfProcess()
    {
        if (OperatingSystem.IsWindows())
        {
            // Elsewhere UTF-8 is the default.
            Console.OutputEncoding = System.Text.Encoding.UTF8;
        }

        if (Launcher.Sign is not null)
        {
            // A launcher gives each rank a terminal, whatever its own output is: no codes for one may come out.
            Environment.SetEnvironmentVariable("TERM", "dumb");
        }

        bool isTerminal = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb"
            && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";
        var output = new StandardStream(1);

        // Spectre.Console knows a terminal by its writer being the console's.
        Console.SetOut(WriterOf(output));
        Console.SetError(WriterOf(new StandardStream(2)));
        return new RunnerConsole(Console.Out, Console.Error, isTerminal) { Program = ProgramOfProcess(), Standard = output };
    }

    /// <summary>The console of a rank: the first one writes, the others only what nobody else can know.</summary>
    internal RunnerConsole Of(Job job) => job.Rank == 0
        ? this with { Job = job }
        : this with { Job = job, Out = TextWriter.Null, Error = TextWriter.Null, OwnError = Error, IsTerminal = false, Standard = null };

    private static TextWriter WriterOf(StandardStream stream) =>
        TextWriter.Synchronized(
            new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true, NewLine = "\n" });

    /// <summary>The program's own executable, or <c>dotnet</c> and the assembly that it was given.</summary>
    private static string[]? ProgramOfProcess() => Environment.ProcessPath switch
    {
        null => null,
        string path when Path.GetFileNameWithoutExtension(path) == "dotnet" => [path, Environment.GetCommandLineArgs()[0]],
        string path => [path],
    };
}
