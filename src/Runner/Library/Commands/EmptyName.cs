using System.CommandLine;

namespace MicroGpt.Runner.Commands;

/// <summary>A name of a file without a character, as of a variable that is not set, names nothing.</summary>
internal static class EmptyName
{
    /// <summary>Has an option refuse it.</summary>
    /// <param name="option">The option.</param>
    /// <param name="expected">What it names, with its article.</param>
    /// <returns>The option.</returns>
    public static Option<string?> Refuse(Option<string?> option, string expected)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: "" }])
            {
                result.AddError($"{option.Name}: the name is empty; give that of {expected}.");
            }
        });
        return option;
    }
}
