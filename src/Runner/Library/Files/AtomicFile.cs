using System.Text;

namespace MicroGpt.Runner.Files;

/// <summary>
/// Writes a whole file or none: to a temporary name beside it, flushed to the disk, then renamed. Whatever stops the program or the
/// machine, the file is the old one or the new one. A link is followed; what is no regular file (a device, a pipe) is written to as it is.
/// </summary>
public static class AtomicFile
{
    private const string TemporaryEnding = ".tmp";

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Writes a file.</summary>
    /// <param name="path">The file to write; its folder must exist.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">The file cannot be written; the one before is as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        if (FileIdentity.Of(path) is { IsRegular: false } && !Directory.Exists(path))
        {
            using var device = new FileStream(path, FileMode.Open, FileAccess.Write);
            write(device);
            return;
        }

        string target = FileIdentity.Target(path);
        string temporary = TemporaryName(target);
        try
        {
            WriteWhole(temporary, write);

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            Delete(temporary);
            throw;
        }

        // The new name is an entry of its folder, which the system keeps in memory for a while, too.
        FolderFlush.ToDisk(Path.GetDirectoryName(target)!);
    }

    private static void WriteWhole(string path, Action<Stream> write)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None);
            write(file);
            file.Flush(flushToDisk: true);
        }
        catch (ArgumentOutOfRangeException e) when (e.ParamName == "value")
        {
            // How .NET reports EFBIG, which is no mistake of the program's.
            throw new IOException("The file is larger than the file system or the user's limit allows.", e);
        }
    }

    /// <summary>Writes a text file in UTF-8.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void WriteText(string path, string text) => Write(path, file => file.Write(Utf8.GetBytes(text)));

    /// <summary>Finds out whether a file can be written, so that nobody trains first and learns it afterwards. Changes nothing.</summary>
    /// <param name="option">The option that the path was given to, for the message.</param>
    /// <param name="path">The file that <see cref="Write"/> will be given.</param>
    /// <exception cref="RunnerException">It cannot be written: the message says why.</exception>
    public static void CheckWritable(string option, string path)
    {
        if (string.IsNullOrWhiteSpace(path))
        {
            throw RunnerException.Usage($"{option}: the name of a file to write is missing.");
        }

        if (Directory.Exists(path))
        {
            throw RunnerException.Usage($"{option}: {path} cannot be written: it is a folder. Give the name of a file in it.");
        }

        string target = FileIdentity.Target(path);
        string folder = Path.GetDirectoryName(target)!;
        if (!Directory.Exists(folder))
        {
            throw RunnerException.Usage($"{option}: {path} cannot be written: there is no folder {folder}. Create it first.");
        }

        try
        {
            if (FileIdentity.Of(path) is { IsRegular: false })
            {
                using (new FileStream(path, FileMode.Open, FileAccess.Write))
                {
                }

                return;
            }

            string temporary = TemporaryName(target);
            using (File.Create(temporary))
            {
            }

            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RunnerException.Usage($"{option}: {path} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>
    /// Deletes what runs that were killed while they wrote have left in a folder. Call it where no other process writes there.
    /// </summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="isWritten">Whether a file of this name, without its folder, is one that is written there.</param>
    public static void DeleteLeftovers(string folder, Func<string, bool> isWritten)
    {
        foreach (string file in Directory.EnumerateFiles(folder, "*" + TemporaryEnding))
        {
            // NAME.PROCESS.tmp and nothing else: what a user named alike is the user's.
            string name = Path.GetFileNameWithoutExtension(file);
            string process = Path.GetExtension(name);
            if (process.Length > 1 && process[1..].All(char.IsAsciiDigit) && isWritten(Path.GetFileNameWithoutExtension(name)))
            {
                Delete(file);
            }
        }
    }

    // Two processes that write one file do not share the temporary one: the last to finish wins.
    private static string TemporaryName(string path) => FormattableString.Invariant($"{path}.{Environment.ProcessId}{TemporaryEnding}");

    // Best effort: the failure to write is the one to report.
    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
