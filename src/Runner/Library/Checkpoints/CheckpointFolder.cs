using System.Globalization;
using MicroGpt.Runner.Files;

namespace MicroGpt.Runner.Checkpoints;

/// <summary>
/// The folder that a run saves itself in: <c>latest.safetensors</c>, <c>best.safetensors</c> and numbered ones. One process at a time
/// writes there; the lock goes with the process, however it ends.
/// </summary>
public sealed class CheckpointFolder : IDisposable
{
    private const string Ending = ".safetensors";
    private const string LatestName = "latest" + Ending;
    private const string BestName = "best" + Ending;
    private const string NumberedStart = "step-";
    private const int NumberedDigits = 9;
    private const string LockName = ".lock";

    private readonly FileStream? held;

    private CheckpointFolder(string path, FileStream? held)
    {
        Path = path;
        this.held = held;
    }

    /// <summary>The folder, as the user named it.</summary>
    public string Path { get; }

    /// <summary>The latest checkpoint of a folder.</summary>
    public static string Latest(string folder) => System.IO.Path.Combine(folder, LatestName);

    /// <summary>The checkpoint with the best held-out loss of a folder.</summary>
    public static string Best(string folder) => System.IO.Path.Combine(folder, BestName);

    /// <summary>Whether a path leads to a name in the folder that the run itself may write: a checkpoint's or the lock's.</summary>
    /// <param name="folder">The folder, which need not exist yet.</param>
    /// <param name="path">The path of another file to write.</param>
    public static bool Reserves(string folder, string path) =>
        new[] { System.IO.Path.GetFullPath(path), FileIdentity.Target(path) }.Any(file =>
        {
            string name = System.IO.Path.GetFileName(file);
            return (name is LatestName or BestName or LockName || (name.StartsWith(NumberedStart, StringComparison.OrdinalIgnoreCase)
                && name.EndsWith(Ending, StringComparison.OrdinalIgnoreCase)))
                && FileIdentity.AreSame(System.IO.Path.GetDirectoryName(file) ?? "", System.IO.Path.TrimEndingDirectorySeparator(folder));
        });

    /// <summary>Makes a folder ready for a new run.</summary>
    /// <param name="folder">The folder; it is created where there is none.</param>
    /// <param name="overwrite">Whether the checkpoints of an earlier run may go.</param>
    /// <exception cref="RunnerException">It holds checkpoints, cannot be written, or another process uses it.</exception>
    public static CheckpointFolder Create(string folder, bool overwrite)
    {
        if (string.IsNullOrWhiteSpace(folder) || File.Exists(folder))
        {
            throw RunnerException.Usage($"--save: '{folder}' is not the name of a folder.");
        }

        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw RunnerException.Usage($"--save: the folder {folder} cannot be created: {e.Message}", e);
        }

        CheckpointFolder locked = Lock(folder, "--save");
        if (!overwrite && Checkpoints(folder).FirstOrDefault() is string existing)
        {
            locked.Dispose();
            throw RunnerException.Usage(
                $"--save: {folder} holds a checkpoint, {System.IO.Path.GetFileName(existing)}. "
                    + $"Go on with its run by --resume {folder}, replace it by --overwrite, or name another folder.");
        }

        return locked;
    }

    /// <summary>Locks the folder of a run that goes on.</summary>
    /// <exception cref="RunnerException">There is no such folder, it cannot be written, or another process uses it.</exception>
    public static CheckpointFolder Open(string folder)
    {
        CheckExists(folder);
        return Lock(folder, "--resume");
    }

    /// <summary>The folder as a rank sees it that writes nothing there, because rank 0 does.</summary>
    internal static CheckpointFolder OfAnotherRank(string folder) => new(folder, held: null);

    /// <summary>Finds out whether there is a folder to go on in.</summary>
    /// <exception cref="RunnerException">There is none.</exception>
    public static void CheckExists(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw RunnerException.Usage(File.Exists(folder)
                ? $"--resume: {folder} is a file; give the folder that the run saves itself in. To start a new run from a checkpoint, "
                    + $"give --init {folder}."
                : $"--resume: there is no folder {folder}.");
        }
    }

    /// <summary>A numbered checkpoint.</summary>
    public string Numbered(int step) =>
        System.IO.Path.Combine(Path, string.Create(CultureInfo.InvariantCulture, $"{NumberedStart}{step:D9}{Ending}"));

    /// <summary>
    /// Deletes what runs that were killed while they saved themselves have left. Call it once nothing can refuse the run any more.
    /// </summary>
    public void DeleteLeftovers() => AtomicFile.DeleteLeftovers(Path, IsCheckpoint);

    /// <summary>Deletes the checkpoints of the run before, but for the latest, which has been replaced.</summary>
    public void DeleteOthers() => Delete(held is null ? [] : Checkpoints(Path).Where(file => file != Latest(Path)));

    /// <summary>Deletes numbered checkpoints but for the newest.</summary>
    public void DeleteNumbered(int keep) => Delete((held is null ? [] : Checkpoints(Path))
        .Where(file => System.IO.Path.GetFileName(file).StartsWith(NumberedStart, StringComparison.Ordinal))
        .OrderByDescending(file => file.Length) // a step of ten digits comes after all of nine
        .ThenByDescending(file => file, StringComparer.Ordinal)
        .Skip(keep));

    /// <inheritdoc/>
    public void Dispose() => held?.Dispose();

    private static IEnumerable<string> Checkpoints(string folder) => Directory.EnumerateFiles(folder, "*" + Ending)
        .Where(IsCheckpoint)
        .Order(StringComparer.Ordinal);

    /// <summary>Whether a file has a name that this program gives its checkpoints, to the letter.</summary>
    private static bool IsCheckpoint(string file)
    {
        string name = System.IO.Path.GetFileName(file);
        return name is LatestName or BestName
            || (name.Length >= NumberedStart.Length + NumberedDigits + Ending.Length
                && name.StartsWith(NumberedStart, StringComparison.Ordinal)
                && name.EndsWith(Ending, StringComparison.Ordinal)
                && name[NumberedStart.Length..^Ending.Length].All(char.IsAsciiDigit));
    }

    private static CheckpointFolder Lock(string folder, string option)
    {
        try
        {
            if (Directory.EnumerateDirectories(folder, "*" + Ending).FirstOrDefault(IsCheckpoint) is string taken)
            {
                throw RunnerException.Usage(
                    $"{option}: {taken} is a folder where a checkpoint would be written. Move it away, or name another folder.");
            }

            string file = System.IO.Path.Combine(folder, LockName);
            var held = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            return new CheckpointFolder(folder, held);
        }
        catch (IOException e) when (File.Exists(System.IO.Path.Combine(folder, LockName)))
        {
            throw RunnerException.Usage($"{option}: another run saves itself in {folder}. Wait for its end, or name another folder.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RunnerException.Usage($"{option}: the folder {folder} cannot be written: {e.Message}", e);
        }
    }

    private static void Delete(IEnumerable<string> files)
    {
        foreach (string file in files.ToArray())
        {
            File.Delete(file);
        }
    }
}
