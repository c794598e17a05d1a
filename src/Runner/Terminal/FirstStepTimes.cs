using System.Globalization;
using System.Runtime;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Terminal;

/// <summary>Notes what the first training step had cost by its end, since the process started.</summary>
internal sealed class FirstStepTimes : ITrainingObserver
{
    private const string Label = "first step done after ";
    private const string Between = " ms of processor time; the just-in-time compiler took ";
    private const string End = " ms";

    private bool isNoted;
    private TimeSpan processor;
    private TimeSpan compiling;

    /// <inheritdoc/>
    public void OnStep(in TrainingStep step)
    {
        if (!isNoted)
        {
            isNoted = true;
            processor = Environment.CpuUsage.TotalTime;
            compiling = JitInfo.GetCompilationTime();
        }
    }

    /// <summary>The times in a sentence that <see cref="TryParse"/> reads.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Label}{processor.TotalMilliseconds:F1}{Between}{compiling.TotalMilliseconds:F1}{End}");

    /// <summary>Reads the sentence; null where a line is another one.</summary>
    public static (TimeSpan Processor, TimeSpan Compiling)? TryParse(string line)
    {
        int between = line.IndexOf(Between, StringComparison.Ordinal);
        return line.StartsWith(Label, StringComparison.Ordinal) && between > 0 && line.EndsWith(End, StringComparison.Ordinal)
            && TryMilliseconds(line[Label.Length..between], out TimeSpan processor)
            && TryMilliseconds(line[(between + Between.Length)..^End.Length], out TimeSpan compiling)
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
