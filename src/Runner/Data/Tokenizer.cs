using System.Text;

namespace MicroGpt.Runner.Data;

/// <summary>
/// A character tokenizer: the sorted distinct characters (Unicode code points) of the documents are the tokens 0 to n - 1,
/// and the token n (<see cref="Bos"/>) begins and ends every document.
/// </summary>
public sealed class Tokenizer
{
    private const int NoToken = -1;

    private readonly Rune[] characters;
    private readonly int[] tokenOf;

    private Tokenizer(Rune[] characters)
    {
        this.characters = characters;
        tokenOf = new int[characters.Length == 0 ? 0 : characters[^1].Value + 1];
        tokenOf.AsSpan().Fill(NoToken);
        for (int token = 0; token < characters.Length; token++)
        {
            tokenOf[characters[token].Value] = token;
        }
    }

    /// <summary>The characters in the order of their tokens.</summary>
    public ReadOnlySpan<Rune> Characters => characters;

    /// <summary>The token that begins and ends a document; equals the number of characters.</summary>
    public int Bos => characters.Length;

    /// <summary>Number of tokens in use: the characters and BOS. At most the model's vocabulary.</summary>
    public int Count => characters.Length + 1;

    /// <summary>Makes the tokenizer of some documents for a model.</summary>
    /// <param name="documents">The documents.</param>
    /// <param name="model">The model, which has room for <c>VocabSize - 1</c> characters.</param>
    /// <exception cref="RunnerException">There are more characters than the model has room for.</exception>
    public static Tokenizer ForDocuments(DocumentSet documents, ModelDescription model)
    {
        var seen = new HashSet<int>();
        var excess = default((Rune Character, int Line, int Column)?);
        foreach (Document document in documents.Documents)
        {
            int column = document.Column;
            foreach (Rune rune in document.Text.EnumerateRunes())
            {
                if (seen.Add(rune.Value) && seen.Count == model.VocabSize)
                {
                    excess = (rune, document.Line, column);
                }

                column++;
            }
        }

        if (excess is var (character, line, at))
        {
            int room = model.VocabSize - 1;
            throw RunnerException.Usage(
                $"{documents.Source}, line {line}, column {at}: the character {Describe(character)} does not fit the vocabulary of {model.Name}. "
                + $"VocabSize = {model.VocabSize} has room for BOS and {room} different character{(room == 1 ? "" : "s")}; the data has {seen.Count}. "
                + $"Set VocabSize = {seen.Count + 1} in the spec and rebuild, or take that character out of the data.");
        }

        int[] sorted = [.. seen];
        Array.Sort(sorted);
        return new Tokenizer(Array.ConvertAll(sorted, value => new Rune(value)));
    }

    /// <summary>Appends the tokens of a text, without BOS.</summary>
    /// <exception cref="RunnerException">A character has no token.</exception>
    public void Encode(string text, List<int> tokens)
    {
        foreach (Rune rune in text.EnumerateRunes())
        {
            int token = rune.Value < tokenOf.Length ? tokenOf[rune.Value] : NoToken;
            tokens.Add(token != NoToken
                ? token
                : throw RunnerException.Usage($"the character {Describe(rune)} does not occur in the training data, so it has no token."));
        }
    }

    /// <summary>The character of a token.</summary>
    /// <param name="token">0 to <c>Bos - 1</c>.</param>
    public Rune Decode(int token) => characters[token];

    private static string Describe(Rune rune) =>
        Rune.IsControl(rune) ? $"U+{rune.Value:X4}" : $"'{rune}' (U+{rune.Value:X4})";
}
