namespace MicroGpt.Runner.Terminal;

/// <summary>Keeps text that comes from data from steering the terminal.</summary>
internal static class PrintableText
{
    /// <summary>The text with its control characters (escape among them) replaced by U+FFFD.</summary>
    public static string Of(string text)
    {
        foreach (char character in text)
        {
            if (char.IsControl(character))
            {
                return string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c));
            }
        }

        return text;
    }
}
