namespace MicroGpt.Runner.Messages;

/// <summary>Keeps text that comes from data from steering the terminal.</summary>
internal static class PrintableText
{
    /// <summary>The text with its control characters (escape among them) replaced by U+FFFD.</summary>
    public static string Of(string text) => Replace(text, keepsLines: false);

    /// <summary>The same, but that line feeds and tabs stay: text of several lines.</summary>
    public static string Lines(string text) => Replace(text, keepsLines: true);

    private static string Replace(string text, bool keepsLines)
    {
        bool IsKept(char character) => !char.IsControl(character) || (keepsLines && (character is '\n' or '\t'));
        foreach (char character in text)
        {
            if (!IsKept(character))
            {
                return string.Concat(text.Select(c => IsKept(c) ? c : '\uFFFD'));
            }
        }

        return text;
    }
}
