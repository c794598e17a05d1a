using System.Globalization;
using System.Text;
using MicroGpt.Runner.Files;

namespace MicroGpt.Runner.Comparison;

/// <summary>
/// The losses of several runs side by side: CSV with a line a step and a column a run, numbers in the shortest form that reads
/// back as the same double. A run without that step leaves its field empty.
/// </summary>
internal static class SideBySideCsv
{
    /// <summary>The file's text.</summary>
    public static string Render(IReadOnlyList<FinishedRun> runs)
    {
        var text = new StringBuilder("step");
        foreach (FinishedRun run in runs)
        {
            text.Append(',').Append(Field(run.Name));
        }

        text.Append('\n');
        Dictionary<int, double>[] losses = [.. runs.Select(run => run.Steps.ToDictionary(step => step.Step, step => step.Loss))];
        foreach (int step in runs.SelectMany(run => run.Steps).Select(entry => entry.Step).Distinct().Order())
        {
            text.Append(CultureInfo.InvariantCulture, $"{step}");
            foreach (Dictionary<int, double> run in losses)
            {
                text.Append(',');
                if (run.TryGetValue(step, out double loss))
                {
                    text.Append(CultureInfo.InvariantCulture, $"{loss:R}");
                }
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Writes the file under a temporary name and renames it.</summary>
    /// <exception cref="RunnerException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<FinishedRun> runs)
    {
        try
        {
            AtomicFile.WriteText(path, Render(runs));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RunnerException.Failure($"--csv: {path} cannot be written: {e.Message}", e);
        }
    }

    /// <summary>A field as RFC 4180 has it.</summary>
    private static string Field(string text) => text.AsSpan().IndexOfAny(",\"\r\n") < 0
        ? text
        : '"' + text.Replace("\"", "\"\"", StringComparison.Ordinal) + '"';
}
