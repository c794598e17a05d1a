using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace MicroGpt.Runner.Data;

/// <summary>Reads documents: from a UTF-8 text file of the user's, or the names that come with the program.</summary>
public static class DocumentFile
{
    /// <summary>What messages call the names that come with the program.</summary>
    public const string BuiltInSource = "built-in names";

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads a text file with one document a line. A UTF-8 byte-order mark is skipped.</summary>
    /// <exception cref="RunnerException">The file is missing, unreadable, not UTF-8, or without a document.</exception>
    public static DocumentSet Read(string path)
    {
        byte[] bytes;
        try
        {
            if (Directory.Exists(path))
            {
                throw RunnerException.Usage($"--data: {path} is a folder; give a text file with one document a line.");
            }

            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw RunnerException.Usage($"--data: there is no file {path}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw RunnerException.Usage($"--data: {path} cannot be read: {e.Message}", e);
        }

        return DocumentSet.Parse(Decode(bytes, path), path);
    }

    /// <summary>The names that come with the program, lower-case a to z.</summary>
    public static DocumentSet BuiltInNames()
    {
        using Stream stream = typeof(DocumentFile).Assembly.GetManifestResourceStream("names.txt")
            ?? throw new InvalidOperationException("The resource names.txt is missing from the assembly.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return DocumentSet.Parse(reader.ReadToEnd(), BuiltInSource);
    }

    private static string Decode(byte[] bytes, string path)
    {
        ReadOnlySpan<byte> content = bytes;
        int skipped = 0;
        if (content.StartsWith(ByteOrderMark))
        {
            skipped = ByteOrderMark.Length;
            content = content[skipped..];
        }

        // UTF-16 code units are never more than the UTF-8 bytes they come from.
        char[] chars = new char[content.Length];
        OperationStatus status = Utf8.ToUtf16(content, chars, out int read, out int written, replaceInvalidSequences: false);
        if (status != OperationStatus.Done)
        {
            int line = content[..read].Count((byte)'\n') + 1;
            string hint = bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] ? " It looks like UTF-16." : "";
            throw RunnerException.Usage(
                $"--data: {path} is not UTF-8 text: line {line} has an invalid byte 0x{content[read]:X2} at offset {read + skipped}.{hint} Convert the file to UTF-8.");
        }

        return new string(chars, 0, written);
    }
}
