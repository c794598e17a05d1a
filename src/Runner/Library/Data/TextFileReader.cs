using System.IO.Enumeration;
using MicroGpt.Runner.Files;

namespace MicroGpt.Runner.Data;

/// <summary>Reads a text: a file, all text files of a folder, standard input, or the names that come with the program.</summary>
internal static class TextFileReader
{
    /// <summary>What messages call the names that come with the program.</summary>
    public const string BuiltInNames = "built-in names";

    private const string StandardInputName = "standard input";
    private const int ChunkSize = 1 << 20;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads what a path stands for.</summary>
    /// <param name="path">A file, a folder, or "-" for standard input.</param>
    /// <param name="skipped">Receives the files of a folder that are no text.</param>
    /// <exception cref="RunnerException">There is nothing to read, it cannot be read, or it is not UTF-8 text.</exception>
    public static TextFile[] Read(string path, out IReadOnlyList<string> skipped)
    {
        skipped = [];
        try
        {
            if (Directory.Exists(path))
            {
                return ReadFolder(path, out skipped);
            }

            using Stream stream = path == DataSettings.StandardInput ? Console.OpenStandardInput() : Open(path);
            return [ReadText(stream, path == DataSettings.StandardInput ? StandardInputName : path)];
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw RunnerException.Usage($"--data: there is no file {path}", e);
        }
        catch (OutOfMemoryException e)
        {
            throw RunnerException.Usage($"--data: {path} does not fit the memory of this machine.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw RunnerException.Usage($"--data: {path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The names that come with the program, lower-case a to z.</summary>
    public static TextFile ReadBuiltInNames()
    {
        using Stream stream = typeof(TextFileReader).Assembly.GetManifestResourceStream("names.txt")
            ?? throw new InvalidOperationException("The resource names.txt is missing from the assembly.");
        return ReadText(stream, BuiltInNames);
    }

    /// <summary>
    /// The files that a path stands for: itself or, of a folder, all regular files below it, in the order of their paths, without hidden
    /// ones.
    /// </summary>
    /// <param name="path">A file, a folder, or "-", which stands for none.</param>
    public static IEnumerable<string> FilesOf(string path) =>
        path == DataSettings.StandardInput ? [] : Directory.Exists(path) ? FilesBelow(path) : [path];

    private static TextFile[] ReadFolder(string folder, out IReadOnlyList<string> skipped)
    {
        var files = new List<TextFile>();
        var noText = new List<string>();
        foreach (string path in FilesBelow(folder))
        {
            using Stream stream = Open(path);
            byte[] bytes = ReadBytes(stream, path);
            if (TextProblem.Find(bytes) is null)
            {
                files.Add(new TextFile(path, WithoutMark(bytes)));
            }
            else
            {
                noText.Add(path);
            }
        }

        skipped = noText;
        return (files.Count, noText.Count) switch
        {
            (0, 0) => throw RunnerException.Usage($"--data: the folder {folder} has no file; give one with text files (UTF-8)."),
            (0, _) => throw RunnerException.Usage(
                $"--data: the folder {folder} has no text "
                    + $"file: {noText[0]}{(noText.Count > 1 ? " and the others" : "")} cannot be read as UTF-8 text."),
            _ => [.. files],
        };
    }

    private static IEnumerable<string> FilesBelow(string folder)
    {
        // A link to a folder may lead back up; a link to a file is as good as the file.
        var paths = new FileSystemEnumerable<string>(
            folder,
            (ref FileSystemEntry entry) => entry.ToSpecifiedFullPath(),
            new EnumerationOptions
            {
                RecurseSubdirectories = true, IgnoreInaccessible = false,
                AttributesToSkip = FileAttributes.Hidden | FileAttributes.System,
            })
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };

        // A pipe would wait for a writer that never comes.
        return paths.Where(path => FileIdentity.Of(path) is not { IsRegular: false }).Order(StringComparer.Ordinal);
    }

    private static FileStream Open(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    private static TextFile ReadText(Stream stream, string name)
    {
        byte[] bytes = ReadBytes(stream, name);
        return TextProblem.Find(bytes) is string problem
            ? throw RunnerException.Usage($"--data: {name} {problem}")
            : new TextFile(name, WithoutMark(bytes));
    }

    private static ReadOnlyMemory<byte> WithoutMark(byte[] bytes) =>
        bytes.AsMemory(bytes.AsSpan().StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0);

    private static byte[] ReadBytes(Stream stream, string name)
    {
        // Neither a device nor a pipe knows its length.
        long length = stream.CanSeek ? stream.Length : 0;
        if (length > Array.MaxLength)
        {
            throw TooLong(name);
        }

        if (length == 0)
        {
            return ReadToEnd(stream, name);
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)length);
        int read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return read == length ? bytes : bytes[..read];
    }

    /// <summary>
    /// Reads a stream of unknown length, up to its end or to a chunk that is certainly no text: a device may have no end.
    /// </summary>
    private static byte[] ReadToEnd(Stream stream, string name)
    {
        var chunks = new List<byte[]>();
        long length = 0;
        for (bool goOn = true; goOn;)
        {
            byte[] chunk = new byte[ChunkSize];
            int read = stream.ReadAtLeast(chunk, chunk.Length, throwOnEndOfStream: false);
            length += read;
            if (length > Array.MaxLength)
            {
                throw TooLong(name);
            }

            chunks.Add(read == chunk.Length ? chunk : chunk[..read]);
            goOn = read == chunk.Length && !chunk.Contains((byte)0);
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)length);
        int end = 0;
        for (int i = 0; i < chunks.Count; i++)
        {
            chunks[i].CopyTo(bytes, end);
            end += chunks[i].Length;
        }

        return bytes;
    }

    private static RunnerException TooLong(string name) => RunnerException.Usage(
        FormattableString.Invariant(
            $"--data: {name} has more than the {Array.MaxLength:N0} bytes that a text may have; take a part of it."));
}
