namespace MicroGpt.Runner.Files;

/// <summary>
/// What makes two names one file: the device (or volume) and the number of the file on it. Symbolic links are followed, and hard links
/// share an identity.
/// </summary>
/// <param name="Device">The device or volume.</param>
/// <param name="Number">The inode, or the file's index on its volume.</param>
/// <param name="IsRegular">False for folders, pipes, devices and sockets.</param>
public readonly record struct FileIdentity(ulong Device, ulong Number, bool IsRegular)
{
    private const int MostLinks = 40; // as Linux has it

    private static StringComparison NameComparison =>
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    /// <summary>The identity of an existing file or folder; null where there is none, or the system does not say.</summary>
    /// <param name="path">A path, which may be a link.</param>
    public static FileIdentity? Of(string path) =>
        path.Length == 0 || path.Contains('\0', StringComparison.Ordinal) ? null
        : OperatingSystem.IsLinux() ? LinuxFiles.Identify(path)
        : OperatingSystem.IsMacOS() ? MacFiles.Identify(path)
        : OperatingSystem.IsWindows() ? WindowsFiles.Identify(path)
        : null;

    /// <summary>
    /// Whether two paths name one file, through links too. Files that do not exist yet are one where they would be created in one folder
    /// under one name.
    /// </summary>
    public static bool AreSame(string first, string second)
    {
        if (string.IsNullOrWhiteSpace(first) || string.IsNullOrWhiteSpace(second))
        {
            return false;
        }

        if (Of(first) is FileIdentity one && Of(second) is FileIdentity other)
        {
            return one == other;
        }

        string firstTarget = Target(first);
        string secondTarget = Target(second);
        if (!Path.GetFileName(firstTarget).Equals(Path.GetFileName(secondTarget), NameComparison))
        {
            return false;
        }

        string firstFolder = Path.GetDirectoryName(firstTarget) ?? firstTarget;
        string secondFolder = Path.GetDirectoryName(secondTarget) ?? secondTarget;
        return firstFolder.Equals(secondFolder, NameComparison) || (Of(firstFolder) is FileIdentity folder && folder == Of(secondFolder));
    }

    /// <summary>Where writing to a path ends: links of its last part are followed, those that lead to nothing yet included.</summary>
    /// <returns>A full path.</returns>
    public static string Target(string path)
    {
        string target = Path.GetFullPath(path);
        try
        {
            for (int links = 0; links < MostLinks && new FileInfo(target).LinkTarget is string next; links++)
            {
                target = Path.GetFullPath(next, Path.GetDirectoryName(target) ?? target);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder on the way may not be read: opening the file will say so.
        }

        return target;
    }
}
