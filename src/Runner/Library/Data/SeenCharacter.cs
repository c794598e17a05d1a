using System.Text;

namespace MicroGpt.Runner.Data;

/// <summary>A character of a text, and where it was seen first.</summary>
/// <param name="Character">The character.</param>
/// <param name="Place">Its first place in a document.</param>
public readonly record struct SeenCharacter(Rune Character, TextPlace Place)
{
    private const int Ascii = 128;

    /// <summary>The different characters of all documents, in the order in which they appear.</summary>
    public static IReadOnlyList<SeenCharacter> Of(DocumentSet documents)
    {
        var seen = new List<SeenCharacter>();
        Span<bool> isSeen = stackalloc bool[Ascii];
        var others = new HashSet<int>();
        PlaceFinder? places = null;
        int file = -1;
        DocumentEnumerator enumerator = documents.GetEnumerator();
        while (enumerator.MoveNext())
        {
            ReadOnlySpan<byte> text = enumerator.Current;
            for (int i = 0; i < text.Length;)
            {
                int length = 1;
                int character = text[i];
                bool isNew;
                if (character < Ascii)
                {
                    isNew = !isSeen[character];
                    isSeen[character] = true;
                }
                else
                {
                    Rune.DecodeFromUtf8(text[i..], out Rune rune, out length);
                    character = rune.Value;
                    isNew = others.Add(character);
                }

                if (isNew)
                {
                    if (places is null || file != enumerator.File)
                    {
                        file = enumerator.File;
                        places = new PlaceFinder(documents.Files[file]);
                    }

                    seen.Add(new SeenCharacter(new Rune(character), places.At(enumerator.Offset + i)));
                }

                i += length;
            }
        }

        return seen;
    }
}
