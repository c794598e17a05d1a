using System.Text;

namespace MicroGpt.Runner.Data;

/// <summary>How messages call a character.</summary>
internal static class CharacterName
{
    /// <summary>The character with its code point; the code point alone where the character cannot be seen.</summary>
    public static string Of(Rune rune) =>
        Rune.IsControl(rune) ? $"U+{rune.Value:X4}" : $"'{rune}' (U+{rune.Value:X4})";
}
