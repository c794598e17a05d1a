using System.CommandLine;
using MicroGpt.Runner.Benchmark;

namespace MicroGpt.Runner.Commands;

/// <summary>The options that say how much a run tells.</summary>
internal sealed class OutputOptions
{
    private readonly Option<bool> quiet = new(
        "--quiet") { Description = "Show the samples alone; warnings and errors are shown all the same." };

    // What the benchmark asks of a process that it starts; nobody else needs it.
    private readonly Option<string?> times = new(RunTimes.OptionName) { Hidden = true };

    private OutputOptions()
    {
    }

    /// <summary>Makes the options and adds them to a command.</summary>
    public static OutputOptions AddTo(Command command)
    {
        var options = new OutputOptions();
        command.Add(options.quiet);
        command.Add(options.times);
        return options;
    }

    /// <summary>The file that is told when the steps were done; null for none.</summary>
    public string? Times(ParseResult result) => result.GetValue(times);

    /// <summary>Whether nothing but the samples is to be shown.</summary>
    public bool IsQuiet(ParseResult result) => result.GetValue(quiet);
}
