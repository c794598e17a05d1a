using MicroGpt.Runner.Data;
using MicroGpt.Runner.Files;

namespace MicroGpt.Runner.Commands;

/// <summary>Keeps results from being written over the data.</summary>
internal static class DataFileCheck
{
    /// <summary>Finds out whether a result would be written over a file that is read as data.</summary>
    /// <param name="option">The option that names the result.</param>
    /// <param name="file">The result's file; null for none.</param>
    /// <param name="data">The data.</param>
    /// <exception cref="RunnerException">It would.</exception>
    public static void Check(string option, string? file, DataSettings data)
    {
        if (file is null || data.Path is not string path)
        {
            return;
        }

        // What does not exist yet is no data, however many files a folder has.
        if (File.Exists(file))
        {
            CheckExisting(option, file, path);
        }

        if (file.Length > 0 && Path.GetDirectoryName(FileIdentity.Target(file)) is string folder && IsInside(folder, path))
        {
            throw BecomesData(option, file, path);
        }
    }

    /// <summary>Finds out whether a folder of results lies in the folder that is read as data, or is that folder.</summary>
    /// <param name="option">The option that names the folder.</param>
    /// <param name="folder">The folder, which need not exist yet; null for none.</param>
    /// <param name="data">The data.</param>
    /// <exception cref="RunnerException">It does.</exception>
    public static void CheckFolder(string option, string? folder, DataSettings data)
    {
        if (!string.IsNullOrWhiteSpace(folder) && data.Path is string path && IsInside(Path.GetFullPath(folder), path))
        {
            throw BecomesData(option, folder, path);
        }
    }

    private static RunnerException BecomesData(string option, string file, string data) => RunnerException.Usage(
        $"{option}: {file} lies in the folder of --data, {data}, and would become part of the data; give a name outside of it.");

    /// <summary>Whether a folder is the folder of the data or lies below it, whatever links lead there.</summary>
    private static bool IsInside(string folder, string data)
    {
        if (data == DataSettings.StandardInput || !Directory.Exists(data) || FileIdentity.Of(data) is not FileIdentity above)
        {
            return false;
        }

        string? path = folder;
        while (path is not null && !Directory.Exists(path))
        {
            path = Path.GetDirectoryName(path);
        }

        // The system itself goes up, so that a link on the way counts as what it leads to.
        FileIdentity? last = null;
        while (path is not null && FileIdentity.Of(path) is FileIdentity found && found != last)
        {
            if (found == above)
            {
                return true;
            }

            last = found;
            path = Path.Combine(path, "..");
        }

        return false;
    }

    private static void CheckExisting(string option, string file, string path)
    {
        if (ReportOption.SameFile(file, path))
        {
            throw RunnerException.Usage(
                $"{option} and --data are the same file, {file}: the data would be overwritten; give another name.");
        }

        if (FirstSame(file, path) is string overwritten)
        {
            throw RunnerException.Usage($"{option}: {overwritten} is read as data and would be overwritten; give another name.");
        }
    }

    private static string? FirstSame(string file, string path)
    {
        try
        {
            return TextFileReader.FilesOf(path).FirstOrDefault(read => ReportOption.SameFile(file, read));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // Reading the data says what is wrong with the folder.
        }
    }
}
