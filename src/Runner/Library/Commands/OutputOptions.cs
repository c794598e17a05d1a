using System.CommandLine;

namespace MicroGpt.Runner.Commands;

/// <summary>The options that say how much a run tells.</summary>
internal sealed class OutputOptions
{
    private readonly Option<bool> quiet = new("--quiet") { Description = "Show the samples alone; warnings and errors are shown all the same." };

    private OutputOptions()
    {
    }

    /// <summary>Makes the options and adds them to a command.</summary>
    public static OutputOptions AddTo(Command command)
    {
        var options = new OutputOptions();
        command.Add(options.quiet);
        return options;
    }

    /// <summary>Whether nothing but the samples is to be shown.</summary>
    public bool IsQuiet(ParseResult result) => result.GetValue(quiet);
}
