using MicroGpt.Runner.Data;

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
        // What does not exist yet is no data, however many files a folder has.
        if (file is null || data.Path is not string path || !File.Exists(file))
        {
            return;
        }

        if (ReportOption.SameFile(file, path))
        {
            throw RunnerException.Usage($"{option} and --data are the same file, {file}: the data would be overwritten; give another name.");
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
