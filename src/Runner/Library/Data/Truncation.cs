namespace MicroGpt.Runner.Data;

/// <summary>What a block size cuts off.</summary>
/// <param name="BlockSize">The block size.</param>
/// <param name="Documents">Number of documents that are longer.</param>
/// <param name="UnusedCharacters">Characters beyond it.</param>
/// <param name="Characters">All characters.</param>
/// <param name="LargestBlock">The block size that would cut nothing off.</param>
public sealed record Truncation(int BlockSize, int Documents, long UnusedCharacters, long Characters, int LargestBlock)
{
    /// <summary>The share that is not used, as the subject of a sentence and its verb.</summary>
    public string Share => UnusedCharacters == 0
        ? "the token that ends them is"
        : FormattableString.Invariant($"{Percent()} % of the characters are");

    /// <summary>Measures what is cut off; null where nothing is.</summary>
    /// <param name="corpus">The corpus.</param>
    /// <param name="blockSize">The model's block size; null for no limit.</param>
    public static Truncation? Of(Corpus corpus, int? blockSize)
    {
        int largest = corpus.LongestDocument - 1;
        if (corpus.IsStream || blockSize is not int block || largest <= block)
        {
            return null;
        }

        int documents = 0;
        long unused = 0;
        for (int document = 0; document < corpus.Count; document++)
        {
            int length = corpus.Length(document);
            if (length - 1 <= block)
            {
                continue;
            }

            documents++;
            for (int i = block + 1; i < length; i++)
            {
                unused += corpus.Tokenizer.CharactersBegun(corpus.Token(corpus.Start(document) + i));
            }
        }

        return new Truncation(block, documents, unused, corpus.CharacterCount, largest);
    }

    /// <summary>What is not used, and what would use it.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Documents:N0} {(Documents == 1 ? "document is" : "documents are")} longer than the block of {BlockSize:N0}: {Share} not used; ")
            + FormattableString.Invariant($"BlockSize = {LargestBlock} or --documents stream would use them");

    /// <summary>Whole percents; near both ends as many digits as keep it from looking like none or all.</summary>
    private string Percent()
    {
        decimal percent = 100m * UnusedCharacters / Characters;
        for (int digits = 0; digits < 6; digits++)
        {
            decimal rounded = Math.Round(percent, digits);
            if (rounded is > 0m and < 100m)
            {
                return rounded.ToString("F" + digits, System.Globalization.CultureInfo.InvariantCulture);
            }
        }

        return percent < 50m ? "less than 0.00001" : percent == 100m ? "100" : "more than 99.99999";
    }
}
