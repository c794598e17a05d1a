using System.Diagnostics;
using System.Runtime;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Terminal;

/// <summary>Notes what the first training step had cost by its end, since the process started.</summary>
internal sealed class FirstStepTimes : ITrainingObserver
{
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

    /// <summary>The times in a sentence.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"first step done {elapsed.TotalMilliseconds:F1} ms after the start of the process, {compiling.TotalMilliseconds:F1} ms of them ")
            + FormattableString.Invariant($"in the just-in-time compiler; {processor.TotalMilliseconds:F1} ms of processor time by then");
}
