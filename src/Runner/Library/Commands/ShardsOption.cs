using System.CommandLine;
using System.CommandLine.Parsing;
using MicroGpt.Runner.Distribution;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Commands;

/// <summary>The option for the number of parts that a batch is divided into.</summary>
internal static class ShardsOption
{
    private const int Most = 65_536;
    private const int UnderLauncher = 8;

    /// <summary>1 to 65,536; null where it is absent.</summary>
    public static Option<int?> Create() => NumberOption.WholeOrNone(
        "--shards",
        "Parts of a batch whose gradients are computed apart and added up in a fixed order, by as many processes or fewer. "
            + "[default: 8 where a launcher of MPI started the program, else 1: the batch is not divided]",
        1,
        Most);

    /// <summary>The number of shards of a new run.</summary>
    /// <exception cref="RunnerException">The ranks do not divide it.</exception>
    public static int Of(ParseResult result, Option<int?> option, Job job)
    {
        int? given = result.GetValue(option);
        int shards = given ?? (job.IsLaunched ? UnderLauncher : 1);
        Check(shards, given is null ? ShardsSource.Default : ShardsSource.Given, job);
        return shards;
    }

    /// <summary>Refuses a number of shards that the ranks do not divide.</summary>
    /// <exception cref="RunnerException">They do not.</exception>
    public static void Check(int shards, ShardsSource source, Job job)
    {
        if (shards % job.Size != 0)
        {
            throw RunnerException.Usage(ShardsText.NotDivided(shards, job.Size, source));
        }
    }
}
