using System.Diagnostics;
using System.Runtime;
using System.Text.Json;
using MicroGpt.Runner.Files;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Benchmark;

/// <summary>
/// Notes when the steps of a run were done, for the process that started it: on the clock of <see cref="Stopwatch"/>, which all processes
/// of a machine share.
/// </summary>
/// <param name="inner">Is told of each step first; null for nobody.</param>
internal sealed class RunTimes(ITrainingObserver? inner) : ITrainingObserver
{
    /// <summary>The option that names the file.</summary>
    public const string OptionName = "--times";

    private int steps;
    private long first;
    private long last;
    private TimeSpan processor;
    private TimeSpan compiling;

    /// <inheritdoc/>
    public void OnStep(in TrainingStep step)
    {
        inner?.OnStep(step);
        last = Stopwatch.GetTimestamp();
        if (steps++ == 0)
        {
            first = last;
            processor = Environment.CpuUsage.TotalTime;
            compiling = JitInfo.GetCompilationTime(currentThread: true);
        }
    }

    /// <summary>Writes the times as JSON.</summary>
    /// <exception cref="RunnerException">The file cannot be written.</exception>
    public void Write(string path)
    {
        try
        {
            AtomicFile.Write(path, stream =>
            {
                using var json = new Utf8JsonWriter(stream);
                json.WriteStartObject();
                json.WriteNumber("steps", steps);
                json.WriteNumber("first_step", first);
                json.WriteNumber("last_step", last);
                json.WriteNumber("processor_ticks", processor.Ticks);
                json.WriteNumber("compiling_ticks", compiling.Ticks);
                json.WriteEndObject();
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RunnerException.Failure($"{OptionName}: {path} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Reads what a process wrote.</summary>
    /// <param name="path">The file.</param>
    /// <param name="started">The clock when the process was started.</param>
    /// <exception cref="RunnerException">The file is missing or has something else in it.</exception>
    public static StartUp Read(string path, long started)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            long Number(string name) => document.RootElement.GetProperty(name).GetInt64();
            return new StartUp(
                (int)Number("steps"),
                Stopwatch.GetElapsedTime(started, Number("first_step")),
                Stopwatch.GetElapsedTime(started, Number("last_step")),
                TimeSpan.FromTicks(Number("processor_ticks")),
                TimeSpan.FromTicks(Number("compiling_ticks")));
        }
        catch (Exception e) when (e is IOException or JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw RunnerException.Failure($"the times of a run cannot be read from {path}: {e.Message}", e);
        }
    }
}
