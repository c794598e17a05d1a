using System.CommandLine;
using System.CommandLine.Parsing;
using MicroGpt.Runner.Distribution;

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

    /// <summary>The number of shards.</summary>
    public static int Of(ParseResult result, Option<int?> option, Job job) =>
        result.GetValue(option) ?? (job.IsLaunched ? UnderLauncher : 1);
}
