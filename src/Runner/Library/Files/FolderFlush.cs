using System.Runtime.InteropServices;

namespace MicroGpt.Runner.Files;

/// <summary>Writes the entries of a folder to the disk, so that a file's new name survives a loss of power.</summary>
internal static partial class FolderFlush
{
    /// <summary>Flushes a folder where the system can: on Windows the file system itself keeps the order of its changes.</summary>
    public static void ToDisk(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int descriptor = Open(folder, 0);
        if (descriptor >= 0)
        {
            // Not every file system can; the file itself has been flushed before.
            _ = Sync(descriptor);
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
