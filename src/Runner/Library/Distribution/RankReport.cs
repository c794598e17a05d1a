using System.Globalization;
using System.Text;

namespace MicroGpt.Runner.Distribution;

/// <summary>What a rank tells the others before a run begins: where it is, what it is about to compute, and what is in the way.</summary>
/// <param name="Host">Its machine.</param>
/// <param name="Process">Number of its process there.</param>
/// <param name="ExitCode">The code with which it would end; 0 where nothing is in the way.</param>
/// <param name="Facts">What must be the same on all ranks, as "name\tvalue" in lines.</param>
/// <param name="Error">What is in the way.</param>
internal sealed record RankReport(string Host, int Process, int ExitCode, string Facts, string Error)
{
    private const int Bytes = 4096;
    private const char Separator = '\0';

    /// <summary>The report of this process.</summary>
    public static RankReport Here(int exitCode = 0, string facts = "", string error = "") =>
        new(Environment.MachineName, Environment.ProcessId, exitCode, facts, error);

    /// <summary>Gives every rank the reports of all.</summary>
    public static unsafe RankReport[] Exchange(Job job, RankReport here)
    {
        using var parts = new Runtime.Arena<byte>((long)Bytes * job.Size);
        here.Write(new Span<byte>(parts.Pointer + ((long)job.Rank * Bytes), Bytes));
        job.AllGather(parts.Pointer, Bytes);
        var reports = new RankReport[job.Size];
        for (int rank = 0; rank < reports.Length; rank++)
        {
            reports[rank] = rank == job.Rank ? here : Read(new ReadOnlySpan<byte>(parts.Pointer + ((long)rank * Bytes), Bytes));
        }

        return reports;
    }

    /// <summary>
    /// What to say where something is in the way on some ranks, or they would not compute the same; null where nothing is.
    /// </summary>
    public static RunnerException? Problem(IReadOnlyList<RankReport> ranks)
    {
        if (ranks.FirstOrDefault(rank => rank.ExitCode != 0) is RankReport first)
        {
            // What is wrong with the command line is so on every rank, and is said once.
            var texts = ranks.Select((report, rank) => (report.Error, Where: Invariant($"rank {rank} ({report.Host})"), report.ExitCode))
                .Where(failed => failed.ExitCode != 0)
                .GroupBy(failed => failed.Error, failed => failed.Where);
            bool isEverywhere = ranks.All(rank => rank.ExitCode != 0 && rank.Error == first.Error);
            string all = string.Join("\n", texts.Select(text => $"{string.Join(", ", text)}: {text.Key}"));
            return new RunnerException(first.ExitCode, isEverywhere ? first.Error : all);
        }

        string[] expected = ranks[0].Facts.Split('\n');
        for (int rank = 1; rank < ranks.Count; rank++)
        {
            string[] actual = ranks[rank].Facts.Split('\n');
            for (int i = 0; i < expected.Length; i++)
            {
                string[] here = expected[i].Split('\t'), there = (i < actual.Length ? actual[i] : "").Split('\t');
                if (expected[i] != string.Join('\t', there))
                {
                    return RunnerException.Usage(Invariant(
                        $"rank {rank} ({ranks[rank].Host}) would compute something else than rank 0 ({ranks[0].Host}): ")
                        + $"{here[0]} is {there[^1]} there and {here[^1]} here. "
                        + "All ranks need the same program, text, options and checkpoint.");
                }
            }
        }

        return null;
    }

    private static RankReport Read(ReadOnlySpan<byte> part)
    {
        string[] fields = Encoding.UTF8.GetString(part).Split(Separator);
        return new RankReport(fields[0], Number(fields[1]), Number(fields[2]), fields[3], fields[4]);
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private void Write(Span<byte> part)
    {
        // Separators end the last field, too: the rest of the part is zeros.
        string text = string.Join(Separator, Host, Invariant($"{Process}"), Invariant($"{ExitCode}"), Facts, Error);
        Encoding.UTF8.GetEncoder().Convert(text, part[..^1], flush: true, out _, out _, out _);
    }
}
