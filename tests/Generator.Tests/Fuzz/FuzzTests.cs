using System.Globalization;
using Xunit;

namespace MicroGpt.Generator.Tests.Fuzz;

/// <summary>
/// Random texts: each compiles cleanly or gives one error of ours, whatever stands in it, and edits give what a run from scratch does. A
/// long run is <c>tests/scripts/fuzz-generator.sh</c>.
/// </summary>
public sealed class FuzzTests
{
    /// <summary>The cases of a seed are those of it and of the numbers that follow.</summary>
    [Fact]
    public void EveryTextIsCompiledOrExplained()
    {
        int cases = Setting("MICROGPT_FUZZ_CASES", 60), first = Setting("MICROGPT_FUZZ_SEED", 1);
        var problems = new List<string>();
        Parallel.For(
            first, first + cases, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, Environment.ProcessorCount / 2) }, seed =>
            {
                if (GeneratorFuzz.Run(seed) is { } problem)
                {
                    lock (problems)
                    {
                        problems.Add(problem);
                    }
                }
            });
        Assert.True(
            problems.Count == 0,
            $"{problems.Count} of {cases} cases failed.\n\n{string.Join("\n\n", problems.Order(StringComparer.Ordinal).Take(20))}");
    }

    private static int Setting(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
