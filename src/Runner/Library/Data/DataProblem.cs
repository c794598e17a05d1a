using System.Text;
using MicroGpt.Runner.Messages;

namespace MicroGpt.Runner.Data;

/// <summary>Something in a text that is probably not meant, or that costs more than it brings.</summary>
/// <param name="Place">Where it is seen first.</param>
/// <param name="What">What it is, how often, and what helps: a sentence without its full stop.</param>
public sealed record DataProblem(TextPlace Place, string What)
{
    // A character that is this rare cannot be learned, but takes a place in the vocabulary.
    private const int Rare = 3;
    private const int RareShown = 5;

    // Looking for duplicates remembers a number for every document; it need not remember more than this.
    private const int MostCompared = 1_000_000;

    private const int ByteOrderMark = 0xFEFF;

    /// <summary>Looks through a text.</summary>
    /// <param name="documents">The text.</param>
    /// <returns>The problems, the most serious kinds first.</returns>
    public static IReadOnlyList<DataProblem> Find(DocumentSet documents)
    {
        var counts = new Dictionary<Rune, (long Count, int File, int Offset)>();
        var findings = new Findings(documents);
        var seen = new Dictionary<ulong, (int File, int Offset)>();
        DocumentEnumerator enumerator = documents.GetEnumerator();
        while (enumerator.MoveNext())
        {
            ReadOnlySpan<byte> text = enumerator.Current;
            Count(text, enumerator.File, enumerator.Offset, counts);
            if (documents.Settings.Documents == DocumentKind.Stream)
            {
                continue;
            }

            if (!documents.Settings.Trim && (IsSpace(text, atEnd: false) || IsSpace(text, atEnd: true)))
            {
                findings.Add(Finding.Space, enumerator.File, enumerator.Offset);
            }

            if (seen.Count < MostCompared && !seen.TryAdd(HashOf(text), (enumerator.File, enumerator.Offset)))
            {
                findings.Add(Finding.Duplicate, enumerator.File, enumerator.Offset);
            }
        }

        foreach ((Rune character, (long count, int file, int offset)) in counts)
        {
            Finding? finding = character.Value switch
            {
                '\uFFFD' => Finding.Replacement,
                ByteOrderMark => Finding.Mark,
                '\r' => Finding.CarriageReturn,
                '\n' or '\t' => null,
                _ => Rune.IsControl(character) ? Finding.Control : null,
            };
            if (finding is Finding kind)
            {
                findings.Add(kind, file, offset, count);
            }
        }

        return [.. findings.Problems(), .. RareOnes(documents, counts)];
    }

    private static void Count(ReadOnlySpan<byte> text, int file, int start, Dictionary<Rune, (long Count, int File, int Offset)> counts)
    {
        for (int i = 0; i < text.Length;)
        {
            Rune.DecodeFromUtf8(text[i..], out Rune rune, out int length);
            ref (long Count, int File, int Offset) entry =
                ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(counts, rune, out bool exists);
            entry = exists ? (entry.Count + 1, entry.File, entry.Offset) : (1, file, start + i);
            i += length;
        }
    }

    private static bool IsSpace(ReadOnlySpan<byte> text, bool atEnd)
    {
        Rune rune;
        _ = atEnd ? Rune.DecodeLastFromUtf8(text, out rune, out _) : Rune.DecodeFromUtf8(text, out rune, out _);
        return Rune.IsWhiteSpace(rune);
    }

    /// <summary>FNV-1a (Fowler, Noll and Vo) over 64 bits.</summary>
    private static ulong HashOf(ReadOnlySpan<byte> text)
    {
        ulong hash = 14695981039346656037;
        foreach (byte value in text)
        {
            hash = (hash ^ value) * 1099511628211;
        }

        return hash;
    }

    private static IEnumerable<DataProblem> RareOnes(DocumentSet documents, Dictionary<Rune, (long Count, int File, int Offset)> counts)
    {
        if (documents.Settings.Tokenizer != TokenizerKind.Characters)
        {
            yield break;
        }

        KeyValuePair<Rune, (long Count, int File, int Offset)>[] rare =
            [.. counts.Where(entry => entry.Value.Count < Rare).OrderBy(entry => entry.Value.Count)
                .ThenBy(entry => entry.Value.File).ThenBy(entry => entry.Value.Offset)];
        foreach ((Rune character, (long count, int file, int offset)) in rare.Take(RareShown))
        {
            yield return new DataProblem(
                new PlaceFinder(documents.Files[file]).At(offset),
                $"the character {CharacterName.Of(character)} occurs {(count == 1 ? "once" : "twice")}: too rare to be learned, "
                    + "but it takes a token");
        }

        if (rare.Length > RareShown)
        {
            (_, int file, int offset) = rare[RareShown].Value;
            int more = rare.Length - RareShown;
            yield return new DataProblem(
                new PlaceFinder(documents.Files[file]).At(offset),
                $"{Counted.Of(more, "more character")} {(more == 1 ? "occurs" : "occur")} once or twice; "
                    + "--tokenizer bytes has no rare tokens");
        }
    }

    private enum Finding
    {
        Replacement,
        Mark,
        Control,
        CarriageReturn,
        Space,
        Duplicate,
    }

    /// <summary>How often something was found, and where first.</summary>
    private sealed class Findings(DocumentSet documents)
    {
        private readonly SortedDictionary<Finding, (long Count, int File, int Offset)> found = [];

        public void Add(Finding finding, int file, int offset, long count = 1)
        {
            bool isKnown = found.TryGetValue(finding, out (long Count, int File, int Offset) known);
            bool isEarlier = !isKnown || (file, offset).CompareTo((known.File, known.Offset)) < 0;
            found[finding] = isEarlier ? (known.Count + count, file, offset) : (known.Count + count, known.File, known.Offset);
        }

        public IEnumerable<DataProblem> Problems() => found.Select(entry => new DataProblem(
            new PlaceFinder(documents.Files[entry.Value.File]).At(entry.Value.Offset), Describe(entry.Key, entry.Value.Count)));

        private static string Describe(Finding finding, long count) => finding switch
        {
            Finding.Replacement => FormattableString.Invariant(
                $"U+FFFD, which stands for what could not be decoded, occurs {Times(count)}: the text was damaged before"),
            Finding.Mark =>
                FormattableString.Invariant($"a byte-order mark within the text occurs {Times(count)}: files were joined, perhaps"),
            Finding.Control => FormattableString.Invariant($"control characters occur {Times(count)}"),
            Finding.CarriageReturn => FormattableString.Invariant(
                $"the carriage return of Windows line endings occurs {Times(count)}: it is a character of its own here"),
            Finding.Space => FormattableString.Invariant(
                $"{count:N0} {(count == 1 ? "document begins or ends" : "documents begin or end")} with white space; --trim strips it"),
            _ => FormattableString.Invariant($"{count:N0} {(count == 1 ? "document is" : "documents are")} there more than once; ")
                + "what is held out may be known from training",
        };

        private static string Times(long count) => count == 1 ? "once" : FormattableString.Invariant($"{count:N0} times");
    }
}
