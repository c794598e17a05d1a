using System.Runtime.CompilerServices;
using System.Text;

namespace MicroGpt.Runner.Data;

/// <summary>
/// A text in tokens, in the order of its source: BOS, a document, BOS, the next document, ..., BOS; or, of a stream, the tokens alone. The
/// text itself is not kept: it can be had from the tokens.
/// </summary>
public sealed class Corpus
{
    // From here on it pays to give the text's memory back.
    private const int LargeText = 1 << 24;

    private readonly TokenBuffer tokens;
    private readonly int[] starts;
    private readonly IReadOnlyList<SeenCharacter> characters;

    /// <summary>Tokenizes documents.</summary>
    /// <param name="documents">The documents.</param>
    /// <param name="tokenizer">The tokenizer that a model was trained with; null for one made from the documents.</param>
    /// <exception cref="RunnerException">A character has no token in the tokenizer that is given.</exception>
    public Corpus(DocumentSet documents, Tokenizer? tokenizer = null)
    {
        Settings = documents.Settings;
        Source = documents.Source;
        SkippedFiles = documents.SkippedFiles;
        Hash = documents.Hash();
        characters = [];
        if (tokenizer is null)
        {
            bool hasBos = !IsStream;
            switch (Settings.Tokenizer)
            {
                case TokenizerKind.Characters:
                    characters = SeenCharacter.Of(documents);
                    tokenizer = CharacterTokenizer.Of(characters.Select(seen => seen.Character), hasBos);
                    break;
                default:
                    tokenizer = Tokenizer.Create(new TokenizerDescription(Settings.Tokenizer, hasBos, ""));
                    break;
            }
        }

        Tokenizer = tokenizer;
        int? bos = IsStream ? null : tokenizer.Bos ?? throw RunnerException.Usage(
            "--documents: the tokenizer is a stream's and has no token that begins and ends documents; give --documents stream.");
        starts = new int[IsStream ? 2 : documents.Count + 1];
        tokens = new TokenBuffer(tokenizer.Count, Capacity(documents, tokenizer));
        Tokenize(documents, bos);
        Count = starts.Length - 1;
    }

    /// <summary>Where the text is from, and how it was divided.</summary>
    public DataSettings Settings { get; }

    /// <summary>What messages call the source.</summary>
    public string Source { get; }

    /// <summary>Files of the source's folder that were left out because they are no text.</summary>
    public IReadOnlyList<string> SkippedFiles { get; }

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The hash of the text that the tokens were made from: <see cref="DocumentSet.Hash"/>.</summary>
    public string Hash { get; }

    /// <summary>Whether the text is one sequence without beginning or end.</summary>
    public bool IsStream => Settings.Documents == DocumentKind.Stream;

    /// <summary>Number of documents; 1 for a stream.</summary>
    public int Count { get; }

    /// <summary>Number of characters (code points) in all documents.</summary>
    public long CharacterCount { get; private set; }

    /// <summary>Number of tokens, BOS at the ends of documents included.</summary>
    public int TokenCount => tokens.Length;

    /// <summary>Tokens of the longest document, its two BOS included; of a stream, all.</summary>
    public int LongestDocument { get; private set; }

    /// <summary>Reads and tokenizes a text.</summary>
    /// <inheritdoc cref="Corpus(DocumentSet, Tokenizer?)"/>
    public static Corpus Read(DataSettings settings, Tokenizer? tokenizer = null)
    {
        Corpus corpus = Tokenized(settings, tokenizer, out long bytes);
        if (bytes >= LargeText)
        {
            // The text is not needed any more, and its memory is, for the order of the documents: once a run, not under way.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }

        return corpus;
    }

    /// <summary>The names that come with the program.</summary>
    public static Corpus BuiltInNames() => Read(new DataSettings());

    private const string SpecHint =
        "'data --data FILE', with the same --documents and --tokenizer, prints a spec that fits; --model names another model.";

    /// <summary>Finds out whether a model has room for the tokens.</summary>
    /// <exception cref="RunnerException">It has not.</exception>
    public void CheckFits(ModelDescription model)
    {
        int room = model.VocabSize;
        if (Tokenizer.Count <= room)
        {
            return;
        }

        string withBos = Tokenizer.HasBos ? "BOS and " : "";
        int left = room - (Tokenizer.HasBos ? 1 : 0);
        if (left < characters.Count)
        {
            (Rune character, TextPlace place) = characters[Math.Max(0, left)];
            throw RunnerException.Usage(
                $"{place}: the character {CharacterName.Of(character)} does not fit the vocabulary of {model.Name}. "
                + $"VocabSize = {room} has room for {withBos}{left} different character{(left == 1 ? "" : "s")}; "
                + $"the data has {characters.Count}. "
                + $"Set VocabSize = {Tokenizer.Count} in the spec and rebuild, or take that character out of the data. {SpecHint}");
        }

        throw RunnerException.Usage(
            $"the vocabulary of {model.Name}, "
                + $"VocabSize = {room}, is smaller than that of the tokenizer, which has {Tokenizer.Count} tokens. "
            + $"Set VocabSize = {Tokenizer.Count} in the spec and rebuild, or choose another --tokenizer. {SpecHint}");
    }

    /// <summary>Finds out whether there is a token to predict, which a stream of one token lacks.</summary>
    /// <exception cref="RunnerException">There is none.</exception>
    internal void CheckHasTarget()
    {
        if (TokenCount < 2)
        {
            throw NothingToPredict(Source, TokenCount);
        }
    }

    /// <summary>That a stream's text is too short to predict a token of it.</summary>
    /// <param name="text">What the message calls the text.</param>
    /// <param name="tokens">Number of its tokens, 0 or 1.</param>
    internal static RunnerException NothingToPredict(string text, int tokens) => RunnerException.Usage(
        $"{text} has {(tokens == 0 ? "no token" : "one token")}; a model of a stream predicts the second from the first. Give more text.");

    /// <summary>Index of a document's first token, which is BOS but in a stream.</summary>
    /// <param name="document">In the order of the source, from 0.</param>
    public int Start(int document) => starts[document];

    /// <summary>Tokens of a document, BOS at both ends included.</summary>
    /// <param name="document">In the order of the source, from 0.</param>
    public int Length(int document) => starts[document + 1] - starts[document] + (IsStream ? 0 : 1);

    /// <summary>Copies tokens out.</summary>
    /// <param name="start">Index of the first.</param>
    /// <param name="destination">Receives as many as it has room for.</param>
    public void CopyTokens(int start, Span<int> destination) => tokens.CopyTo(start, destination);

    /// <summary>The token at an index.</summary>
    public int Token(int index) => tokens[index];

    /// <summary>The text of a document.</summary>
    /// <param name="document">In the order of the source, from 0.</param>
    public DocumentText Text(int document) => Text(starts[document], Length(document));

    /// <summary>The text of some tokens in a row.</summary>
    /// <param name="start">Index of the first.</param>
    /// <param name="length">Number of tokens.</param>
    public DocumentText Text(int start, int length) => new(this, start, length);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Corpus Tokenized(DataSettings settings, Tokenizer? tokenizer, out long bytes)
    {
        DocumentSet documents = DocumentSet.Read(settings);
        bytes = documents.ByteCount;
        return new Corpus(documents, tokenizer);
    }

    private static int Capacity(DocumentSet documents, Tokenizer tokenizer)
    {
        long sum = documents.Count + 1L;
        DocumentEnumerator enumerator = documents.GetEnumerator();
        while (enumerator.MoveNext())
        {
            sum += tokenizer.CountTokens(enumerator.Current);
        }

        return (int)Math.Min(sum, Array.MaxLength);
    }

    private void Tokenize(DocumentSet documents, int? bos)
    {
        if (bos is int first)
        {
            tokens.Add(first);
        }

        int document = 0;
        DocumentEnumerator enumerator = documents.GetEnumerator();
        while (enumerator.MoveNext())
        {
            int start = tokens.Length;
            int missing = Tokenizer.Encode(enumerator.Current, tokens);
            if (missing >= 0)
            {
                Rune.DecodeFromUtf8(enumerator.Current[missing..], out Rune rune, out _);
                TextPlace place = new PlaceFinder(documents.Files[enumerator.File]).At(enumerator.Offset + missing);
                throw RunnerException.Usage($"{place}: "
                    + $"the model does not know the character {CharacterName.Of(rune)}: it was not in the data that it was trained on.");
            }

            CharacterCount += Utf8Characters.Count(enumerator.Current);
            if (bos is int last)
            {
                tokens.Add(last);
                starts[++document] = tokens.Length - 1;
                LongestDocument = Math.Max(LongestDocument, tokens.Length - start + 1);
            }
        }

        if (bos is null)
        {
            starts[1] = LongestDocument = tokens.Length;
        }

        tokens.Trim();
    }
}
