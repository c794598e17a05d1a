using Spectre.Console;

namespace MicroGpt.Runner.Terminal;

/// <summary>
/// Spectre.Console on the runner's output. Only touched for a terminal: its first table costs more than a short training run.
/// </summary>
internal static class SpectreConsole
{
    /// <summary>A console that writes to <see cref="RunnerConsole.Out"/> and finds out itself which colours the terminal has.</summary>
    public static IAnsiConsole For(RunnerConsole console) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(console.Out),
    });
}
