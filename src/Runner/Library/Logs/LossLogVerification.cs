using System.Globalization;

namespace MicroGpt.Runner.Logs;

/// <summary>The outcome of checking a log against another: what to print, and whether they agree.</summary>
/// <param name="Comparison">What was measured.</param>
/// <param name="Tolerance">Largest difference allowed.</param>
public sealed record LossLogVerification(LossLogComparison Comparison, double Tolerance)
{
    /// <summary>Largest difference allowed unless another is asked for: what double precision leaves room for.</summary>
    public const double DefaultTolerance = 1e-12;

    /// <summary>True where no loss differs by more than the tolerance.</summary>
    public bool Passed => Comparison.LargestDifference <= Tolerance;

    /// <summary>0 where the logs agree, 1 where they do not. (Logs that cannot be compared throw.)</summary>
    public int ExitCode => Passed ? MicroGpt.Runner.ExitCode.Success : MicroGpt.Runner.ExitCode.Failure;

    /// <summary>What was found, a sentence a line, without colours.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            var c = Comparison;
            var lines = new List<string>
            {
                c.LargestDifference == 0
                    ? $"{Steps(c.Steps)} compared: all losses are equal."
                    : $"{Steps(c.Steps)} compared; largest difference {Short(c.LargestDifference)}, at step {Plain(c.Step)}: "
                        + $"{Exact(c.Loss)} against {Exact(c.Expected)}.",
                Passed
                    ? $"Within the tolerance of {Short(Tolerance)}."
                    : $"More than the tolerance of {Short(Tolerance)}.",
            };
            if (!Passed && c.DifferentDocument is var (entry, other))
            {
                lines.Add(
                    $"The documents differ from step {Plain(entry.Step)} on ('{entry.Document}' against '{other.Document}'): "
                    + "were both runs given the same data and seed?");
            }

            return lines;
        }
    }

    /// <summary>Reads two logs and compares them.</summary>
    /// <param name="log">The log to check.</param>
    /// <param name="against">The log that it should agree with.</param>
    /// <param name="tolerance">Largest absolute difference of two losses, 0 or more.</param>
    /// <exception cref="RunnerException">A log cannot be read, or the two cannot be compared.</exception>
    public static LossLogVerification Verify(string log, string against, double tolerance = DefaultTolerance) =>
        new(LossLogComparison.Of(LossLogFile.Read(log), LossLogFile.Read(against)), tolerance);

    private static string Steps(int count) => count == 1 ? "1 step" : $"{Plain(count)} steps";

    private static string Plain(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Short(double value) => value.ToString("0.###e+0", CultureInfo.InvariantCulture);

    private static string Exact(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
