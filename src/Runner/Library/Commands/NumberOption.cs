using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace MicroGpt.Runner.Commands;

/// <summary>Options whose value is a number within bounds, read the same way under every culture.</summary>
internal static class NumberOption
{
    /// <summary>A whole number from <paramref name="minimum"/> to <paramref name="maximum"/>.</summary>
    /// <param name="name">The option.</param>
    /// <param name="description">For the help.</param>
    /// <param name="minimum">The smallest.</param>
    /// <param name="defaultValue">Where the option is absent.</param>
    /// <param name="maximum">The largest.</param>
    /// <param name="why">What an error adds: whence the bounds, and what can be done about them.</param>
    public static Option<int> Whole(
        string name, string description, int minimum, int defaultValue, int maximum = int.MaxValue, string why = "") =>
        Create(
            name, description, defaultValue, NumberStyles.AllowLeadingSign, value => value >= minimum && value <= maximum,
            WholeNumbers(minimum, maximum) + why);

    /// <summary>A whole number of at least 1; null where the option is absent.</summary>
    public static Option<int?> Count(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "number",
        CustomParser = result =>
            Parse<int>(result, name, NumberStyles.AllowLeadingSign, value => value >= 1, WholeNumbers(1, int.MaxValue)),
    };

    /// <summary>A whole number from <paramref name="minimum"/> to <paramref name="maximum"/>; null where the option is absent.</summary>
    public static Option<int?> WholeOrNone(string name, string description, int minimum, int maximum = int.MaxValue) => new(name)
    {
        Description = description,
        HelpName = "number",
        CustomParser = result => Parse<int>(
            result, name, NumberStyles.AllowLeadingSign, value => value >= minimum && value <= maximum, WholeNumbers(minimum, maximum)),
    };

    /// <summary>Any whole number of 64 bits.</summary>
    public static Option<long> Seed(string name, string description, long defaultValue) =>
        Create(name, description, defaultValue, NumberStyles.AllowLeadingSign, _ => true, AnySeed);

    /// <summary>Any whole number of 64 bits; null where the option is absent.</summary>
    public static Option<long?> SeedOrNone(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "number",
        CustomParser = result => Parse<long>(result, name, NumberStyles.AllowLeadingSign, _ => true, AnySeed),
    };

    /// <summary>A finite number above zero.</summary>
    public static Option<double> Positive(string name, string description, double defaultValue) =>
        Create(
            name, description, defaultValue, NumberStyles.Float, value => value > 0 && double.IsFinite(value),
            "a number above 0, such as 0.5");

    /// <summary>A finite number above zero; null where the option is absent.</summary>
    public static Option<double?> Positive(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "number",
        CustomParser = result => Parse<double>(result, name, NumberStyles.Float,
            value => value > 0 && double.IsFinite(value), "a number above 0, such as 1.0"),
    };

    /// <summary>A number within bounds; null where the option is absent.</summary>
    public static Option<double?> Between(string name, string description, double minimum, double maximum) => new(name)
    {
        Description = description,
        HelpName = "number",
        CustomParser = result => Parse<double>(
            result, name, NumberStyles.Float, value => value >= minimum && value <= maximum,
            FormattableString.Invariant($"a number from {minimum} to {maximum}")),
    };

    /// <summary>A finite number of at least zero; null where the option is absent.</summary>
    public static Option<double?> NotNegative(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "number",
        CustomParser = result => Parse<double>(result, name, NumberStyles.Float,
            value => value >= 0 && double.IsFinite(value), "a number of at least 0, such as 0.1"),
    };

    /// <summary>A number of at least 0 and below 1; null where the option is absent.</summary>
    public static Option<double?> Decay(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "number",
        CustomParser = result => Parse<double>(
            result, name, NumberStyles.Float, value => value is >= 0 and < 1, "a number of at least 0 and below 1, such as 0.9"),
    };

    /// <summary>A number of at least 0 and below 1; 0 where the option is absent.</summary>
    public static Option<double> Share(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "share",
        CustomParser = result => Parse<double>(
            result, name, NumberStyles.Float, value => value is >= 0 and < 1, "a share of at least 0 and below 1, such as 0.1"),
    };

    private static string AnySeed => FormattableString.Invariant($"a whole number from {long.MinValue} to {long.MaxValue}");

    private static string WholeNumbers(int minimum, int maximum) =>
        FormattableString.Invariant($"a whole number from {minimum} to {maximum}");

    private static Option<T> Create<T>(
        string name, string description, T defaultValue, NumberStyles style, Func<T, bool> isValid, string expected)
        where T : struct, INumber<T> => new(name)
        {
            Description = description,
            HelpName = "number",
            DefaultValueFactory = _ => defaultValue,
            CustomParser = result => Parse(result, name, style, isValid, expected),
        };

    private static T Parse<T>(ArgumentResult result, string name, NumberStyles style, Func<T, bool> isValid, string expected)
        where T : struct, INumber<T>
    {
        string text = result.Tokens[0].Value;
        if (T.TryParse(text, style, CultureInfo.InvariantCulture, out T value) && isValid(value))
        {
            return value;
        }

        result.AddError($"{name}: '{text}' is not {expected}.");
        return default;
    }
}
