using System.CommandLine;
using System.CommandLine.Parsing;

namespace MicroGpt.Runner.Commands;

/// <summary>Puts what the parser found wrong with a command line into one message.</summary>
internal static class UsageError
{
    /// <summary>The first error (others are mostly its consequences), a guess at what was meant, and where the help is.</summary>
    public static string Explain(ParseResult result)
    {
        Command command = result.CommandResult.Command;
        string help = command is RootCommand ? "--help" : $"{command.Name} --help";
        return $"{Describe(result, command)}\nSee '{help}'.";
    }

    private static string Describe(ParseResult result, Command command)
    {
        // A value in place of which there is an option's name is reported as an unknown argument, too: the option comes first.
        ParseError? error = result.Errors.FirstOrDefault(e => e.SymbolResult is OptionResult or ArgumentResult)
            ?? result.Errors.FirstOrDefault();
        if (error?.SymbolResult is OptionResult or ArgumentResult || result.UnmatchedTokens.Count == 0)
        {
            return error!.Message;
        }

        string unknown = result.UnmatchedTokens[0];
        bool isOption = unknown.StartsWith('-');
        IEnumerable<string> known = isOption
            ? command.Options.Where(option => !option.Hidden).Select(option => option.Name)
            : command.Subcommands.Select(subcommand => subcommand.Name);
        string what = isOption ? "option" : command is RootCommand ? "command" : "argument";
        string guess = NearestName.Find(unknown, known) is string nearest ? $" Did you mean '{nearest}'?" : "";
        return $"there is no {what} '{unknown}'.{guess}";
    }
}
