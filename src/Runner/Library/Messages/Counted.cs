namespace MicroGpt.Runner.Messages;

/// <summary>Numbers of things in a sentence.</summary>
internal static class Counted
{
    /// <summary>A number and its noun: "1 step", "2,000 steps".</summary>
    /// <param name="number">The number.</param>
    /// <param name="noun">The noun in the singular; its plural ends with an s.</param>
    public static string Of(long number, string noun) => FormattableString.Invariant($"{number:N0} {noun}{(number == 1 ? "" : "s")}");
}
