using System.Runtime.InteropServices;

namespace MicroGpt.Runner.Files;

/// <summary>Which file a path leads to, as macOS says it.</summary>
internal static unsafe partial class MacFiles
{
    private const int TypeMask = 0xF000; // S_IFMT
    private const int RegularFile = 0x8000; // S_IFREG

    /// <summary>What <c>stat</c> says of a path; null where it leads to nothing.</summary>
    public static FileIdentity? Identify(string path)
    {
        Status found;
        bool isFound = (RuntimeInformation.ProcessArchitecture == Architecture.X64 ? StatInode64(path, &found) : Stat(path, &found)) == 0;
        return isFound ? new FileIdentity((uint)found.Device, found.Inode, (found.Mode & TypeMask) == RegularFile) : null;
    }

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, Status* result);

    // On Intel processors the plain name is the call from the time of 32-bit inodes.
    [LibraryImport("libc", EntryPoint = "stat$INODE64", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatInode64(string path, Status* result);

    /// <summary>The beginning of <c>struct stat</c> with 64-bit inodes, which takes 144 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Status
    {
        [FieldOffset(0)]
        public int Device;

        [FieldOffset(4)]
        public ushort Mode;

        [FieldOffset(8)]
        public ulong Inode;
    }
}
