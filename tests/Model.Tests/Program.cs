using System.Globalization;
using MicroGpt.Model.Tests.Parity;

namespace MicroGpt.Model.Tests;

/// <summary>
/// Runs the parity checks outside of the test framework, for a process whose environment forces a vector width:
/// <c>MICROGPT_VECTOR_BITS=128 dotnet exec MicroGpt.Model.Tests.dll [MODEL...]</c>.
/// </summary>
internal static class Program
{
    /// <summary>Prints the failures and a summary.</summary>
    /// <param name="models">Names of the models to check; none means all.</param>
    /// <returns>0 when every check passed, 1 otherwise, 2 for an unknown model.</returns>
    public static int Main(string[] models)
    {
        ModelEntry[] entries = [.. CheckedModels.All.Where(entry => models.Length == 0 || models.Contains(entry.Name))];
        if (entries.Length == 0 || entries.Length < models.Length)
        {
            Console.Error.WriteLine($"Unknown model. Known: {string.Join(", ", CheckedModels.All.Select(entry => entry.Name))}.");
            return 2;
        }

        int failed = 0;
        var widths = new SortedSet<int>();
        foreach (ModelEntry entry in entries)
        {
            using (ICompiledModel model = entry.Create(0))
            {
                widths.Add(model.VectorBits);
            }

            foreach (ParityCheck check in ParityCheck.All)
            {
                try
                {
                    check.Run(entry);
                }
                catch (Exception e)
                {
                    failed++;
                    Console.WriteLine($"{entry.Name}: {check.Name}: {e.Message}");
                }
            }
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{entries.Length * ParityCheck.All.Count} checks on {entries.Length} models "
                + $"at {string.Join(" and ", widths)} bits: {(failed == 0 ? "all passed" : $"{failed} failed")}"));
        return failed == 0 ? 0 : 1;
    }
}
