using System.Diagnostics;

namespace MicroGpt.Runner.Training;

/// <summary>
/// How fast a run goes: over the last seconds, so that it neither jumps from line to line nor hides that it has changed. The first step
/// does not count, most of which is the just-in-time compiler's.
/// </summary>
public sealed class TrainingRate
{
    // Sixteen marks half a second apart: the rate is that of the last seven to eight seconds.
    private const int Marks = 16;
    private static readonly TimeSpan BetweenMarks = TimeSpan.FromSeconds(0.5);

    private readonly Func<long> clock;
    private readonly (long Time, long Steps, long Positions)[] marks = new (long, long, long)[Marks];
    private long marked;
    private (long Time, long Steps, long Positions) last;

    /// <summary>Measures by the system's clock.</summary>
    public TrainingRate()
        : this(Stopwatch.GetTimestamp)
    {
    }

    /// <summary>Measures by a clock of one's own, for tests.</summary>
    /// <param name="clock">Gives timestamps as <see cref="Stopwatch"/> does.</param>
    internal TrainingRate(Func<long> clock) => this.clock = clock;

    /// <summary>Steps a second; NaN before the second step.</summary>
    public double StepsPerSecond => (last.Steps - Oldest.Steps) / Seconds;

    /// <summary>Positions a second; NaN before the second step.</summary>
    public double PositionsPerSecond => (last.Positions - Oldest.Positions) / Seconds;

    /// <summary>When the last step was finished, as a timestamp of the clock; 0 before the first.</summary>
    internal long LastStep => last.Time;

    private (long Time, long Steps, long Positions) Oldest => marks[marked > Marks ? marked % Marks : 0];

    private double Seconds =>
        Stopwatch.GetElapsedTime(Oldest.Time, last.Time).TotalSeconds is > 0 and double seconds ? seconds : double.NaN;

    /// <summary>Notes a finished step.</summary>
    /// <param name="positions">Its positions.</param>
    public void Add(int positions)
    {
        last = (clock(), last.Steps + 1, last.Positions + positions);
        if (marked == 0 || Stopwatch.GetElapsedTime(marks[(marked - 1) % Marks].Time, last.Time) >= BetweenMarks)
        {
            marks[marked++ % Marks] = last;
        }
    }
}
