using System.Globalization;

namespace MicroGpt.Runner.Tests;

/// <summary>A culture that writes numbers as 1.234,5: made by hand, as the tests run with invariant globalization.</summary>
internal static class CommaCulture
{
    public static CultureInfo Create()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        culture.NumberFormat.NumberGroupSeparator = ".";
        culture.NumberFormat.NegativeSign = "\u2212";
        return culture;
    }
}
