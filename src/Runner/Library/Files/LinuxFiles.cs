using System.Runtime.InteropServices;

namespace MicroGpt.Runner.Files;

/// <summary>The system calls that .NET does not offer: which file a path leads to, whether a stream was handed to this process.</summary>
internal static unsafe partial class LinuxFiles
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint TypeAndInode = 0x0101; // STATX_TYPE | STATX_INO
    private const int TypeMask = 0xF000; // S_IFMT
    private const int RegularFile = 0x8000; // S_IFREG

    /// <summary>What <c>statx</c> says of a path; null where it leads to nothing.</summary>
    public static FileIdentity? Identify(string path)
    {
        StatX found;
        try
        {
            if (Stat(CurrentFolder, path, 0, TypeAndInode, &found) != 0)
            {
                return null;
            }
        }
        catch (EntryPointNotFoundException)
        {
            return null; // A C library older than the call.
        }

        return new FileIdentity(((ulong)found.DeviceMajor << 32) | found.DeviceMinor, found.Inode, (found.Mode & TypeMask) == RegularFile);
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(int folder, string path, int flags, uint mask, StatX* result);

    /// <summary>The kernel's <c>struct statx</c>, the same on every processor (statx(2)).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatX
    {
        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}
