using System.Diagnostics;
using System.Globalization;
using MicroGpt.Runner.Terminal;

namespace MicroGpt.Runner.Benchmark;

/// <summary>How a process that trains a model starts.</summary>
/// <param name="FirstStep">From the start of the process until its first training step is done and reported.</param>
/// <param name="Processor">Processor time of all its threads until then.</param>
/// <param name="Compiling">Time that the just-in-time compiler took until then, by the clock on the wall.</param>
internal sealed record StartUp(TimeSpan FirstStep, TimeSpan Processor, TimeSpan Compiling)
{
    // Of several starts the shortest: a disturbance only makes one longer.
    private const int Starts = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Starts this program afresh for a single step of a case, its output redirected.</summary>
    /// <param name="program">File name and first arguments with which the program starts.</param>
    /// <param name="case">What to train.</param>
    /// <returns>The shortest of several starts.</returns>
    /// <exception cref="RunnerException">The program did not start, or did not train.</exception>
    public static StartUp Measure(IReadOnlyList<string> program, BenchmarkCase @case) =>
        Enumerable.Range(0, Starts).Select(_ => MeasureOnce(program, @case)).MinBy(start => start.FirstStep)!;

    private static StartUp MeasureOnce(IReadOnlyList<string> program, BenchmarkCase @case)
    {
        var start = new ProcessStartInfo(program[0], [.. program.Skip(1), .. Arguments(@case)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        long started = Stopwatch.GetTimestamp();
        TimeSpan? firstStep = null;
        (TimeSpan Processor, TimeSpan Compiling)? reported = null;
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            while (process.StandardOutput.ReadLine() is string line)
            {
                if (firstStep is null && line.StartsWith(PlainTrainView.StepLine, StringComparison.Ordinal))
                {
                    firstStep = Stopwatch.GetElapsedTime(started);
                }

                reported ??= FirstStepTimes.TryParse(line);
            }

            if (!process.WaitForExit(Patience) || process.ExitCode != ExitCode.Success || firstStep is null || reported is null)
            {
                throw RunnerException.Failure($"the time to the first step could not be measured: {error.GetAwaiter().GetResult().Trim()}");
            }
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw RunnerException.Failure($"the time to the first step could not be measured: {program[0]} did not start: {e.Message}", e);
        }

        return new StartUp(firstStep.Value, reported.Value.Processor, reported.Value.Compiling);
    }

    private static string[] Arguments(BenchmarkCase @case)
    {
        string optimizer = UpdateName.Of((@case.Rule ?? UpdateRule.For(@case.Model.Description.Optimizer)).Kind);
        return
        [
            "train", "--steps", "1", "--samples", "0",
            "--model", @case.Model.Name,
            "--batch", Number(@case.BatchSize),
            "--threads", Number(@case.Threads),
            "--optimizer", optimizer,
        ];
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
