using System.Runtime.InteropServices;

namespace MicroGpt.Runtime;

/// <summary>
/// Asks for large pages, where the system gives them: a kernel that goes from panel to panel of a large block touches more pages of 4 KiB
/// than the processor keeps the addresses of.
/// </summary>
internal static unsafe partial class LargePages
{
    /// <summary>Bytes of a large page, to which a block must be aligned.</summary>
    public const int Bytes = 2 * 1024 * 1024;

    /// <summary>Blocks of fewer bytes are left as they are: what they do not use of their last page would weigh more.</summary>
    public const long LeastBytes = 32L * 1024 * 1024;

    // From the headers of Linux; the same for all of its processors that .NET runs on.
    private const int HugePage = 14;

    /// <summary>Asks for large pages for fresh memory. Nothing happens where the system has none: it is a matter of speed alone.</summary>
    /// <param name="block">A multiple of <see cref="Bytes"/>.</param>
    /// <param name="length">Bytes from there on.</param>
    public static void Ask(void* block, nuint length)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            _ = Advise(block, length, HugePage);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // A Linux without this function is as good as one that declines.
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
