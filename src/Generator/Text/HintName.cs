using System.Globalization;
using System.Text.RegularExpressions;

namespace MicroGpt.Generator.Text;

/// <summary>Names of generated files, which the compiler compares without case and a file system bounds in length.</summary>
internal static class HintName
{
    // A path has room for 255 bytes a name on the usual file systems; a character takes up to three.
    private const int Longest = 60;

    // The files that are not a model's.
    private static readonly Regex Reserved = new(
        "^((single|double)kernels(128|256|512)?|compiledmodels|invalidspecs)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    /// <summary>A file of a model: <c>NamesGpt.Forward.g.cs</c>.</summary>
    /// <param name="model">Name of its class.</param>
    /// <param name="part">What is in it; may be empty.</param>
    public static string Of(string model, string part)
    {
        string stem = Reserved.IsMatch(model) ? model + "-model"
            : model.Length <= Longest ? model
            : model.Substring(0, Longest) + "-" + Hash(model).ToString("x8", CultureInfo.InvariantCulture);
        return stem + (part.Length == 0 ? "" : "." + part) + ".g.cs";
    }

    /// <summary>FNV-1a: the same in every process, which a string's own hash code is not. Names are compared without case.</summary>
    private static uint Hash(string text)
    {
        uint hash = 2166136261;
        foreach (char c in text)
        {
            hash = unchecked((hash ^ char.ToUpperInvariant(c)) * 16777619);
        }

        return hash;
    }
}
