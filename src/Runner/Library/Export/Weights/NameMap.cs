using System.Text;
using System.Text.RegularExpressions;
using MicroGpt.Runner.Files;
using MicroGpt.Runner.Messages;

namespace MicroGpt.Runner.Export.Weights;

/// <summary>
/// How parameters are called elsewhere: a text of lines <c>ours theirs</c>, in which <c>{layer}</c> (or another word in braces) stands for
/// a number that both names have; <c>- theirs</c> for a tensor that is not to be read; and <c>#</c> before a remark.
/// </summary>
internal sealed class NameMap
{
    private const string Left = "-";
    private const long MostBytes = 1 << 24;

    private readonly List<Rule> rules = [];
    private readonly List<Regex> ignored = [];

    private NameMap(string source) => Source = source;

    /// <summary>A map of no line: what is not in it has the same name on both sides.</summary>
    public static NameMap Empty { get; } = new("");

    /// <summary>What messages call it.</summary>
    public string Source { get; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="option">The option that it was given to, for messages.</param>
    /// <exception cref="RunnerException">It cannot be read, or a line is not of the form.</exception>
    public static NameMap Read(string path, string option)
    {
        try
        {
            if (FileIdentity.Of(path) is { IsRegular: false } || new FileInfo(path) is { Exists: true, Length: > MostBytes })
            {
                throw RunnerException.Usage($"{option}: {path} is no text of lines 'ours theirs'.");
            }

            return Parse(
                File.ReadAllText(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true)),
                $"{option}: {path}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw RunnerException.Usage($"{option}: {path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads a text.</summary>
    /// <param name="text">The lines.</param>
    /// <param name="source">What messages call it.</param>
    /// <exception cref="RunnerException">A line is not of the form.</exception>
    public static NameMap Parse(string text, string source)
    {
        var map = new NameMap(source);
        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string[] words = lines[i].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            int remark = Array.FindIndex(words, word => word[0] == '#');
            words = remark < 0 ? words : words[..remark];
            if (words.Length == 0)
            {
                continue;
            }

            string place = FormattableString.Invariant($"{source}, line {i + 1}");
            if (words.Length != 2)
            {
                throw RunnerException.Usage($"{place}: '{PrintableText.Of(lines[i].Trim())}' is not 'ours theirs', nor '- theirs'.");
            }

            if (words[0] == Left)
            {
                map.ignored.Add(Pattern(words[1], place));
            }
            else
            {
                map.rules.Add(Rule.Of(words[0], words[1], place));
            }
        }

        return map;
    }

    /// <summary>Whether a tensor of theirs is not to be read.</summary>
    public bool IsIgnored(string theirs) => ignored.Exists(pattern => pattern.IsMatch(theirs));

    /// <summary>The names of parameters elsewhere: the first line that fits decides, else a name stays.</summary>
    /// <param name="names">All parameters of a model.</param>
    /// <exception cref="RunnerException">A line fits no parameter, or two parameters would have one name.</exception>
    public IReadOnlyList<string> Theirs(IReadOnlyList<string> names)
    {
        var used = new HashSet<Rule>();
        var theirs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            string renamed = name;
            if (rules.Find(rule => rule.Ours.IsMatch(name)) is Rule found)
            {
                used.Add(found);
                renamed = found.Rename(name);
            }

            if (!theirs.TryAdd(renamed, name))
            {
                throw RunnerException.Usage($"{Source}: {name} and {theirs[renamed]} would both be called {renamed}.");
            }
        }

        return rules.Find(rule => !used.Contains(rule) && !names.Any(rule.Ours.IsMatch)) is Rule idle
            ? throw RunnerException.Usage($"{idle.Place}: the model has no parameter that fits {PrintableText.Of(idle.Text)}.")
            : [.. theirs.Keys];
    }

    /// <summary>What a name with words in braces fits: a word stands for digits, wherever it stands for the same ones.</summary>
    private static Regex Pattern(string text, string place)
    {
        var pattern = new StringBuilder("^");
        var words = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string part, bool isWord) in Parts(text, place))
        {
            pattern.Append(!isWord ? Regex.Escape(part) : words.Add(part) ? $"(?<{part}>[0-9]+)" : $@"\k<{part}>");
        }

        return new Regex(pattern.Append('$').ToString(), RegexOptions.CultureInvariant);
    }

    private static List<(string Part, bool IsWord)> Parts(string text, string place)
    {
        var parts = new List<(string, bool)>();
        foreach (Match match in Regex.Matches(text, @"\{([^{}]*)\}|[^{}]+|[{}]"))
        {
            bool isWord = match.Groups[1].Success;
            string part = isWord ? match.Groups[1].Value : match.Value;
            if (isWord ? part.Length == 0 || !part.All(char.IsAsciiLetter) : part is "{" or "}")
            {
                throw RunnerException.Usage(
                    $"{place}: braces in '{PrintableText.Of(text)}' must hold a word of letters, such as {{layer}}.");
            }

            parts.Add((part, isWord));
        }

        return parts;
    }

    /// <summary>A line of the map.</summary>
    private sealed record Rule(Regex Ours, IReadOnlyList<(string Part, bool IsWord)> Theirs, string Text, string Place)
    {
        public static Rule Of(string ours, string theirs, string place)
        {
            Regex pattern = Pattern(ours, place);
            List<(string Part, bool IsWord)> parts = Parts(theirs, place);
            string[] words = pattern.GetGroupNames();
            return parts.Find(part => part.IsWord && !words.Contains(part.Part)) is { Part: string unknown }
                ? throw RunnerException.Usage(
                    $"{place}: {{{unknown}}} stands in '{PrintableText.Of(theirs)}', but not in '{PrintableText.Of(ours)}'.")
                : new Rule(pattern, parts, ours, place);
        }

        public string Rename(string name)
        {
            Match match = Ours.Match(name);
            return string.Concat(Theirs.Select(part => part.IsWord ? match.Groups[part.Part].Value : part.Part));
        }
    }
}
