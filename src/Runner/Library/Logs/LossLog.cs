using System.Diagnostics;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Logs;

/// <summary>
/// Writes the loss log: CSV whose header begins with <c>step,document,positions,lr,loss</c>, or JSON lines; one line a step, numbers in the
/// shortest form that reads back as the same double. Each line is handed to the system at once, so a killed run keeps its log. One process
/// writes a log; others may read it meanwhile.
/// </summary>
public sealed class LossLog : ITrainingObserver, IDisposable
{
    /// <summary>The first line of a log of a run without held-out data.</summary>
    public const string Header =
        $"{LossLogColumn.Step},{LossLogColumn.Document},{LossLogColumn.Positions},{LossLogColumn.LearningRate},{LossLogColumn.Loss}";

    private readonly LossLogSettings settings;
    private readonly FileStream file;
    private readonly LossLogRow row;
    private readonly TrainingRate rate = new();
    private readonly double secondsBefore;
    private readonly long started = Stopwatch.GetTimestamp();

    private LossLog(LossLogSettings settings, FileStream file, double secondsBefore)
    {
        this.settings = settings;
        this.file = file;
        this.secondsBefore = secondsBefore;
        row = LossLogRow.For(settings);
    }

    /// <summary>Creates the log of a new run and writes its header.</summary>
    /// <exception cref="RunnerException">
    /// The file cannot be created, another process writes it, or it holds something and <see cref="LossLogSettings.Overwrite"/> is not set.
    /// </exception>
    public static LossLog Create(LossLogSettings settings) => Open(settings, FileAccess.Write, file =>
    {
        if (file.CanSeek && file.Length > 0)
        {
            if (!settings.Overwrite)
            {
                throw RunnerException.Usage($"--log: {settings.Path} exists; give another name, or --overwrite to lose what it holds.");
            }

            file.SetLength(0);
        }

        WriteHeader(file, settings);
        return new LossLog(settings, file, secondsBefore: 0.0);
    });

    /// <summary>
    /// Opens the log of a run that goes on, and cuts off the lines of the steps that are done again. A file that is missing or empty is
    /// begun.
    /// </summary>
    /// <param name="settings">The log.</param>
    /// <param name="completedSteps">The steps that the run has behind it.</param>
    /// <exception cref="RunnerException">
    /// The file cannot be opened, another process writes it, it is no log, has other columns, or lacks steps before the cut.
    /// </exception>
    public static LossLog Resume(LossLogSettings settings, long completedSteps) => Open(settings, FileAccess.ReadWrite, file =>
    {
        if (!file.CanSeek || file.Length == 0)
        {
            WriteHeader(file, settings);
            return new LossLog(settings, file, secondsBefore: 0.0);
        }

        LogCut cut = LogCut.Find(file, settings, completedSteps);
        if (cut.LastStep != completedSteps)
        {
            string missing = completedSteps - cut.LastStep == 1
                ? FormattableString.Invariant($"Step {completedSteps} is missing")
                : FormattableString.Invariant($"Steps {cut.LastStep + 1} to {completedSteps} are missing");
            throw RunnerException.Usage(FormattableString.Invariant(
                $"--log: {settings.Path} ends with step {cut.LastStep}, but the checkpoint holds step {completedSteps}: it is not the ")
                    + FormattableString.Invariant(
                        $"log of this run, or has lost lines. {missing}, as after a --resume without --log. Give another name."));
        }

        file.SetLength(cut.Length);
        file.Position = cut.Length;
        return new LossLog(settings, file, cut.Seconds);
    });

    /// <inheritdoc/>
    /// <exception cref="RunnerException">The line cannot be written, for example because the disk is full.</exception>
    public void OnStep(in TrainingStep step)
    {
        rate.Add(step.Positions);
        double seconds = settings.IsJson ? secondsBefore + Stopwatch.GetElapsedTime(started).TotalSeconds : 0.0;
        long before = file.CanSeek ? file.Position : 0;
        try
        {
            file.Write(row.Write(step, seconds, rate));
        }
        catch (IOException e)
        {
            CutTornLine(before);
            throw RunnerException.Failure($"--log: {settings.Path} cannot be written any more: {e.Message}", e);
        }
    }

    /// <summary>
    /// Writes to the disk what the system still holds in memory: call it before a checkpoint that the log is to agree with.
    /// </summary>
    /// <exception cref="RunnerException">The disk does not take it.</exception>
    public void FlushToDisk()
    {
        try
        {
            if (file.CanSeek)
            {
                file.Flush(flushToDisk: true);
            }
        }
        catch (IOException e)
        {
            throw RunnerException.Failure($"--log: {settings.Path} cannot be written any more: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private static LossLog Open(LossLogSettings settings, FileAccess access, Func<FileStream, LossLog> begin)
    {
        string path = settings.Path;
        if (string.IsNullOrWhiteSpace(path))
        {
            throw RunnerException.Usage("--log: the name of a file to write is missing.");
        }

        FileStream? file = null;
        try
        {
            if (Directory.Exists(path))
            {
                throw RunnerException.Usage($"--log: {path} is a folder; give the name of a file to write.");
            }

            file = LogFile.Open(path, access);
            LossLog log = begin(file);
            file = null;
            return log;
        }
        catch (DirectoryNotFoundException e)
        {
            throw RunnerException.Usage($"--log: the folder of {path} does not exist; create it first.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw RunnerException.Usage($"--log: {path} cannot be written: {e.Message}", e);
        }
        finally
        {
            file?.Dispose();
        }
    }

    private static void WriteHeader(FileStream file, LossLogSettings settings)
    {
        if (!settings.IsJson)
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes(settings.Header + '\n'));
        }
    }

    // Best effort: the failure to write is the one to report.
    private void CutTornLine(long length)
    {
        try
        {
            if (file.CanSeek && file.Length > length)
            {
                file.SetLength(length);
            }
        }
        catch (IOException)
        {
        }
    }
}
