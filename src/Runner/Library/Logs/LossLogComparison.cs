using System.Globalization;

namespace MicroGpt.Runner.Logs;

/// <summary>How far two runs of equal length lie apart.</summary>
/// <param name="Steps">Number of steps compared.</param>
/// <param name="LargestDifference">Largest absolute difference of two losses; infinite where only one of them is a number.</param>
/// <param name="Step">The first step with the largest difference.</param>
/// <param name="Loss">The log's loss at that step.</param>
/// <param name="Expected">The other log's loss at that step.</param>
/// <param name="DifferentDocument">The first step at which the runs trained on different documents, or null.</param>
public sealed record LossLogComparison(
    int Steps, double LargestDifference, int Step, double Loss, double Expected, LossLogEntryPair? DifferentDocument)
{
    /// <summary>Compares two logs step by step.</summary>
    /// <exception cref="RunnerException">They have different lengths or different steps, and nothing can be said about them.</exception>
    public static LossLogComparison Of(LossLogFile log, LossLogFile against)
    {
        if (log.Entries.Count != against.Entries.Count)
        {
            throw RunnerException.Usage(
                $"The logs have different lengths: {log.Path} has {Count(log)}, {against.Path} has {Count(against)}. "
                + "Train both for the same number of steps.");
        }

        double largest = -1;
        int at = 0;
        LossLogEntryPair? different = null;
        for (int i = 0; i < log.Entries.Count; i++)
        {
            var (entry, other) = (log.Entries[i], against.Entries[i]);
            if (entry.Step != other.Step)
            {
                throw RunnerException.Usage(
                    "The logs have different steps: "
                        + $"entry {i + 1} is step {entry.Step} in {log.Path} and step {other.Step} in {against.Path}.");
            }

            if (different is null && entry.Document != other.Document)
            {
                different = new LossLogEntryPair(entry, other);
            }

            double difference = Difference(entry.Loss, other.Loss);
            if (difference > largest)
            {
                (largest, at) = (difference, i);
            }
        }

        return new LossLogComparison(
            log.Entries.Count, largest, log.Entries[at].Step, log.Entries[at].Loss, against.Entries[at].Loss, different);
    }

    private static double Difference(double a, double b)
    {
        // NaN equals NaN here.
        if (a.Equals(b))
        {
            return 0;
        }

        double difference = Math.Abs(a - b);
        return double.IsNaN(difference) ? double.PositiveInfinity : difference;
    }

    private static string Count(LossLogFile log) =>
        log.Entries.Count == 1 ? "1 step" : log.Entries.Count.ToString(CultureInfo.InvariantCulture) + " steps";
}

/// <summary>The same step of two runs.</summary>
/// <param name="Entry">The step in the log.</param>
/// <param name="Other">The step in the other log.</param>
public sealed record LossLogEntryPair(LossLogEntry Entry, LossLogEntry Other);
