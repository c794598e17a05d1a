using MicroGpt.Runner.Data;
using MicroGpt.Runner.Messages;
using MicroGpt.Runner.Report;

namespace MicroGpt.Runner.Terminal;

/// <summary>A dataset in words and figures.</summary>
internal static class DatasetDescription
{
    private const int LabelWidth = 16;
    private const int BarWidth = 30;

    // The block size of a first model of a text that is longer than this: what a processor trains in minutes.
    private const int SensibleBlock = 256;
    private const int SensibleWindow = 64;

    private static readonly int[] Blocks = [16, 32, 64, 128, 256, 512, 1024];

    /// <summary>The description, line by line.</summary>
    public static IEnumerable<string> Lines(DocumentSet documents, Corpus corpus)
    {
        yield return Labelled("data", RunFacts.Describe(corpus));
        yield return Labelled("bytes", Invariant(
            $"{documents.ByteCount:N0}{(documents.Files.Count > 1 ? Invariant($" in {documents.Files.Count:N0} files") : "")}"));
        yield return Labelled("vocabulary", RunFacts.Describe(corpus.Tokenizer));
        if (!corpus.IsStream)
        {
            foreach (string line in LengthLines(corpus))
            {
                yield return line;
            }
        }

        foreach (string line in SpecLines(corpus))
        {
            yield return line;
        }

        var baselines = Baselines.Of(corpus);
        yield return Labelled("baselines", Invariant(
            $"uniform {baselines.Uniform:F4}, unigram {baselines.Unigram:F4}, bigram {baselines.Bigram:F4} nats a token"));
        IReadOnlyList<DataProblem> problems = DataProblem.Find(documents);
        yield return Labelled("problems", problems.Count == 0 ? "none found" : "");
        foreach (DataProblem problem in problems)
        {
            yield return PrintableText.Of($"  {problem.Place}: {problem.What}.");
        }
    }

    private static IEnumerable<string> LengthLines(Corpus corpus)
    {
        var lengths = DocumentLengths.Of(corpus);
        string unit = corpus.Tokenizer.Kind == TokenizerKind.Characters ? "characters" : "tokens";
        yield return Labelled("lengths", Invariant($"{lengths.Shortest:N0} to {lengths.Longest:N0} {unit}, median {lengths.Median:N0}"));
        int most = lengths.Bins.Max(bin => bin.Documents);
        int width = Invariant($"{lengths.Bins[^1].From:N0} to {lengths.Bins[^1].To:N0}").Length;
        foreach (LengthBin bin in lengths.Bins)
        {
            string range = bin.From == bin.To ? Invariant($"{bin.From:N0}") : Invariant($"{bin.From:N0} to {bin.To:N0}");
            string bar = new('#', (int)Math.Ceiling((double)BarWidth * bin.Documents / most));
            yield return Invariant($"  {range.PadLeft(width)}  {bar.PadRight(BarWidth)}  {bin.Documents:N0}");
        }

        bool isCut = false;
        foreach (Truncation cut in Blocks.Select(block => Truncation.Of(corpus, block)).OfType<Truncation>())
        {
            string label = isCut ? "" : "cut off";
            isCut = true;
            yield return Labelled(label, Invariant(
                $"at BlockSize = {cut.BlockSize}: {cut.Documents:N0} {(cut.Documents == 1 ? "document" : "documents")}, {cut.Share} ")
                    + "not used");
        }
    }

    private static IEnumerable<string> SpecLines(Corpus corpus)
    {
        int longest = corpus.LongestDocument - 1;
        int block = corpus.IsStream ? Math.Min(SensibleWindow, Math.Max(1, corpus.TokenCount - 1)) : Math.Min(longest, SensibleBlock);
        bool isLarge = corpus.CharacterCount > 500_000;
        string size = isLarge ? "NEmbd = 128, NHead = 4, NLayer = 4, InitStd = 0.02" : "NEmbd = 32, NHead = 4, NLayer = 2";
        yield return Labelled("spec", "using MicroGpt;");
        yield return Labelled("", Invariant($"[GptModel(VocabSize = {corpus.Tokenizer.Count}, BlockSize = {block}, {size})]"));
        yield return Labelled("", "public sealed partial class MyGpt;");
        if (!corpus.IsStream && longest > block)
        {
            yield return Labelled(
                "", Invariant($"BlockSize = {longest} would cut nothing off; with --documents stream nothing is cut off at any."));
        }
    }

    private static string Labelled(string label, string text) => (label.PadRight(LabelWidth) + text).TrimEnd();

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
