using System.Security.Cryptography;
using System.Text;

namespace MicroGpt.Runner.Data;

/// <summary>A text and how it is divided into documents. The text is kept as it was read; nothing is copied.</summary>
public sealed class DocumentSet
{
    private DocumentSet(DataSettings settings, IReadOnlyList<TextFile> files, IReadOnlyList<string> skipped)
    {
        Settings = settings;
        Files = files;
        Source = settings.Path switch
        {
            null or DataSettings.StandardInput => files[0].Name,
            string path => path,
        };
        SkippedFiles = skipped;
        DocumentEnumerator documents = GetEnumerator();
        while (documents.MoveNext())
        {
            Count++;
        }

        if (Count == 0)
        {
            throw RunnerException.Usage(
                $"{Source} is empty: it needs at least one document{(settings.Documents == DocumentKind.Line ? ", one a line" : "")}.");
        }
    }

    /// <summary>Where the text is from and how it is divided.</summary>
    public DataSettings Settings { get; }

    /// <summary>What messages call the source: the path as the user gave it, "standard input" or "built-in names".</summary>
    public string Source { get; }

    /// <summary>The texts, in the order of their names.</summary>
    public IReadOnlyList<TextFile> Files { get; }

    /// <summary>Files of the folder that were left out because they are no text.</summary>
    public IReadOnlyList<string> SkippedFiles { get; }

    /// <summary>Number of documents; of a stream, the number of texts that make it.</summary>
    public int Count { get; }

    /// <summary>Number of bytes that were read.</summary>
    public long ByteCount => Files.Sum(file => (long)file.Text.Length);

    /// <summary>Reads a text.</summary>
    /// <exception cref="RunnerException">The text is missing, unreadable, not UTF-8, or without a document.</exception>
    public static DocumentSet Read(DataSettings settings)
    {
        IReadOnlyList<string> skipped = [];
        TextFile[] files = settings.Path is string path ? TextFileReader.Read(path, out skipped) : [TextFileReader.ReadBuiltInNames()];
        return new DocumentSet(settings, files, skipped);
    }

    /// <summary>Takes a text that is in memory already.</summary>
    /// <param name="text">The text.</param>
    /// <param name="source">What messages call it.</param>
    /// <param name="settings">How it is divided; null for lines of characters.</param>
    /// <exception cref="RunnerException">The text holds no document.</exception>
    public static DocumentSet Parse(string text, string source, DataSettings? settings = null) =>
        new((settings ?? new DataSettings()) with { Path = source }, [new TextFile(source, Encoding.UTF8.GetBytes(text))], []);

    /// <summary>
    /// SHA-256 of the text with the length of every file: two texts with one hash are the same data, whatever their names.
    /// </summary>
    /// <returns>64 hexadecimal digits.</returns>
    public string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (TextFile file in Files)
        {
            hash.AppendData(BitConverter.GetBytes((long)file.Text.Length));
            hash.AppendData(file.Text.Span);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Walks through the documents.</summary>
    internal DocumentEnumerator GetEnumerator() => new(Files, Settings.Documents, Settings.Trim);
}
