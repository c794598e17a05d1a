namespace MicroGpt.Runner;

/// <summary>Where the commands write.</summary>
/// <param name="Out">Results and progress.</param>
/// <param name="Error">Error messages.</param>
/// <param name="IsTerminal">
/// Whether a person watches: true gives colours, tables and a live progress bar, false plain lines that suit a file or a pipe.
/// </param>
public sealed record RunnerConsole(TextWriter Out, TextWriter Error, bool IsTerminal)
{
    /// <summary>The console of this process.</summary>
    public static RunnerConsole OfProcess()
    {
        if (OperatingSystem.IsWindows())
        {
            // Elsewhere UTF-8 is the default.
            Console.OutputEncoding = System.Text.Encoding.UTF8;
        }

        Console.Out.NewLine = "\n";
        Console.Error.NewLine = "\n";
        bool isTerminal = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";
        return new RunnerConsole(Console.Out, Console.Error, isTerminal);
    }
}
