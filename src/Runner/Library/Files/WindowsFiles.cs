using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MicroGpt.Runner.Files;

/// <summary>Which file a path leads to, as Windows says it.</summary>
internal static unsafe partial class WindowsFiles
{
    private const uint ShareAll = 7; // FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE
    private const uint OpenExisting = 3;
    private const uint FoldersToo = 0x0200_0000; // FILE_FLAG_BACKUP_SEMANTICS
    private const uint FolderOrDevice = 0x50; // FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_DEVICE

    /// <summary>What <c>GetFileInformationByHandle</c> says of a path; null where it leads to nothing.</summary>
    public static FileIdentity? Identify(string path)
    {
        using SafeFileHandle handle = CreateFile(path, 0, ShareAll, 0, OpenExisting, FoldersToo, 0);
        Information found;
        return handle.IsInvalid || !GetFileInformation(handle, &found)
            ? null
            : new FileIdentity(found.Volume, ((ulong)found.IndexHigh << 32) | found.IndexLow, (found.Attributes & FolderOrDevice) == 0);
    }

    [LibraryImport("kernel32", EntryPoint = "CreateFileW", StringMarshalling = StringMarshalling.Utf16)]
    private static partial SafeFileHandle CreateFile(
        string name, uint access, uint share, nint security, uint disposition, uint flags, nint template);

    [LibraryImport("kernel32", EntryPoint = "GetFileInformationByHandle")]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetFileInformation(SafeFileHandle handle, Information* information);

    /// <summary><c>BY_HANDLE_FILE_INFORMATION</c>.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 52)]
    private struct Information
    {
        [FieldOffset(0)]
        public uint Attributes;

        [FieldOffset(28)]
        public uint Volume;

        [FieldOffset(44)]
        public uint IndexHigh;

        [FieldOffset(48)]
        public uint IndexLow;
    }
}
