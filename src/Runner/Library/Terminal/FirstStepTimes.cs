using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Terminal;

/// <summary>Notes what the first training step had cost by its end, since the process started.</summary>
internal sealed class FirstStepTimes : ITrainingObserver
{
    private const string Label = "first step done ";
    private const string Compiling = " ms after the start of the process, ";
    private const string Processor = " ms of them in the just-in-time compiler; ";
    private const string End = " ms of processor time by then";

    private bool isNoted;
    private TimeSpan elapsed;
    private TimeSpan compiling;
    private TimeSpan processor;

    /// <inheritdoc/>
    public void OnStep(in TrainingStep step)
    {
        if (!isNoted)
        {
            // The compiler's own clock is that of the wall: on this thread it can be no more than the time that has passed.
            isNoted = true;
            elapsed = DateTime.Now - Process.GetCurrentProcess().StartTime;
            compiling = JitInfo.GetCompilationTime(currentThread: true);
            processor = Environment.CpuUsage.TotalTime;
        }
    }

    /// <summary>The times in a sentence that <see cref="TryParse"/> reads.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Label}{elapsed.TotalMilliseconds:F1}{Compiling}{compiling.TotalMilliseconds:F1}{Processor}{processor.TotalMilliseconds:F1}{End}");

    /// <summary>Reads the sentence; null where a line is another one.</summary>
    public static (TimeSpan Processor, TimeSpan Compiling)? TryParse(string line)
    {
        int first = line.IndexOf(Compiling, StringComparison.Ordinal);
        int second = line.IndexOf(Processor, StringComparison.Ordinal);
        return line.StartsWith(Label, StringComparison.Ordinal) && 0 < first && first < second && line.EndsWith(End, StringComparison.Ordinal)
            && TryMilliseconds(line[(first + Compiling.Length)..second], out TimeSpan compiling)
            && TryMilliseconds(line[(second + Processor.Length)..^End.Length], out TimeSpan processor)
                ? (processor, compiling)
                : null;
    }

    private static bool TryMilliseconds(string text, out TimeSpan time)
    {
        bool isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double milliseconds);
        time = TimeSpan.FromMilliseconds(milliseconds);
        return isNumber;
    }
}
