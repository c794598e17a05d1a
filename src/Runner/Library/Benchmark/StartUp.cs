using System.Diagnostics;
using System.Globalization;
using MicroGpt.Runner.Distribution;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Benchmark;

/// <summary>How a process that trains a model starts.</summary>
/// <param name="Steps">Training steps that it did.</param>
/// <param name="FirstStep">From the start of the process until its first training step is done and reported.</param>
/// <param name="LastStep">From the start of the process until its last training step is done and reported.</param>
/// <param name="Processor">Processor time of all its threads until the first step was done.</param>
/// <param name="Compiling">Time that the just-in-time compiler took until then, by the clock on the wall.</param>
internal sealed record StartUp(int Steps, TimeSpan FirstStep, TimeSpan LastStep, TimeSpan Processor, TimeSpan Compiling)
{
    // Of several starts the shortest: a disturbance only makes one longer.
    private const int Starts = 3;
    private const int ManySteps = 1000;
    private const double MostSecondsOfSteps = 1;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>From the start of the process until its thousandth step; null where it did one alone.</summary>
    public TimeSpan? ThousandSteps => Steps == ManySteps ? LastStep : null;

    /// <summary>
    /// Starts this program afresh for a run of a case, its output redirected: a thousand steps, or one where those would take long.
    /// </summary>
    /// <param name="program">File name and first arguments with which the program starts.</param>
    /// <param name="case">What to train.</param>
    /// <param name="secondsPerStep">What a step takes.</param>
    /// <returns>The shortest of several starts.</returns>
    /// <exception cref="RunnerException">The program did not start, or did not train.</exception>
    public static StartUp Measure(IReadOnlyList<string> program, BenchmarkCase @case, double secondsPerStep)
    {
        int steps = secondsPerStep * ManySteps <= MostSecondsOfSteps ? ManySteps : 1;
        StartUp[] starts = [.. Enumerable.Range(0, Starts).Select(_ => MeasureOnce(program, @case, steps))];
        StartUp shortest = starts.MinBy(start => start.FirstStep)!;
        return shortest with { LastStep = starts.Min(start => start.LastStep) };
    }

    private static StartUp MeasureOnce(IReadOnlyList<string> program, BenchmarkCase @case, int steps)
    {
        string times = Path.GetTempFileName();
        var start = new ProcessStartInfo(program[0], [.. program.Skip(1), .. Arguments(@case, steps), RunTimes.OptionName, times])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string variable in start.Environment.Keys.Where(Launcher.Owns).ToArray())
        {
            start.Environment.Remove(variable);
        }

        try
        {
            long started = Stopwatch.GetTimestamp();
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(Patience))
            {
                process.Kill();
                throw RunnerException.Failure(
                    $"the start of a run could not be measured: it took longer than {Patience.TotalMinutes} minutes.");
            }

            Task.WaitAll(error, output);
            return process.ExitCode == ExitCode.Success
                ? RunTimes.Read(times, started)
                : throw RunnerException.Failure($"the start of a run could not be measured: {error.Result.Trim()}");
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw RunnerException.Failure($"the start of a run could not be measured: {program[0]} did not start: {e.Message}", e);
        }
        finally
        {
            File.Delete(times);
        }
    }

    private static string[] Arguments(BenchmarkCase @case, int steps)
    {
        string optimizer = UpdateName.Of((@case.Rule ?? UpdateRule.For(@case.Model.Description.Optimizer)).Kind);
        return
        [
            "train", "--steps", Number(steps), "--samples", "0",
            "--model", @case.Model.Name,
            "--batch", Number(@case.BatchSize),
            "--threads", Number(@case.Threads),
            "--optimizer", optimizer,
        ];
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
