using System.Runtime.InteropServices;
using MicroGpt.Runner.Files;
using Microsoft.Win32.SafeHandles;

namespace MicroGpt.Runner.Logs;

/// <summary>A file that one process writes and any may read meanwhile.</summary>
internal static partial class LogFile
{
    // flock(2); the numbers are those of Linux, macOS and the BSDs.
    private const int Shared = 1;
    private const int Exclusive = 2;
    private const int DoNotWait = 4;

    private static int WouldBlock => OperatingSystem.IsLinux() ? 11 : 35;

    /// <summary>Opens or creates a file, as it is, for this process to write alone.</summary>
    /// <param name="path">The file. What is no regular file, such as a pipe, is opened without further ado.</param>
    /// <param name="access">What will be done with it.</param>
    /// <exception cref="RunnerException">Another process writes it.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public static FileStream Open(string path, FileAccess access)
    {
        if (!OperatingSystem.IsWindows())
        {
            // .NET's own locks would keep its readers out, too, or no writer.
            var file = new FileStream(path, FileMode.OpenOrCreate, access, FileShare.ReadWrite, bufferSize: 0);
            if (FileIdentity.Of(path) is not { IsRegular: false } && !TryLock(file.SafeFileHandle))
            {
                file.Dispose();
                throw InUse(path, inner: null);
            }

            return file;
        }

        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, access, FileShare.Read, bufferSize: 0);
        }
        catch (IOException e) when ((e.HResult & 0xFFFF) is 32 or 33)
        {
            throw InUse(path, e); // ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION
        }
    }

    /// <summary>
    /// Only a file that nobody else has open as a log can be locked exclusively; the lock is shared thereafter, so that readers are let in.
    /// </summary>
    private static bool TryLock(SafeFileHandle file)
    {
        int descriptor = (int)file.DangerousGetHandle();
        if (Lock(descriptor, Exclusive | DoNotWait) != 0 && Marshal.GetLastPInvokeError() == WouldBlock)
        {
            return false;
        }

        // Some file systems have no locks: then there is nothing to be found out.
        _ = Lock(descriptor, Shared | DoNotWait);
        return true;
    }

    private static RunnerException InUse(string path, Exception? inner) =>
        RunnerException.Usage($"--log: {path} is being written by another process; wait for its end, or give another name.", inner);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(int descriptor, int operation);
}
