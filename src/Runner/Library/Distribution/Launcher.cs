using System.Globalization;

namespace MicroGpt.Runner.Distribution;

/// <summary>What the environment of a process says of the MPI launcher that started it.</summary>
internal static class Launcher
{
    /// <summary>The variable in which Open MPI's launcher says how many processes it started.</summary>
    public const string SizeVariable = "OMPI_COMM_WORLD_SIZE";

    /// <summary>Set by Open MPI's mpirun; PMIx, which Slurm speaks too, sets the second.</summary>
    private static readonly string[] s_signs = [SizeVariable, "PMIX_RANK"];

    private static readonly string[] s_prefixes = ["OMPI_", "PMIX_", "PRTE_", "PMI_"];

    /// <summary>The variable that shows that a launcher started this process; null where none did.</summary>
    public static string? Sign => Array.Find(s_signs, sign => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(sign)));

    /// <summary>How many processes the launcher says that it started; null where it says nothing.</summary>
    public static string? Size => Environment.GetEnvironmentVariable(SizeVariable) is { Length: > 0 } size ? size : null;

    /// <summary>The number of this process, as the launcher says; 0 where it says nothing.</summary>
    public static int Rank => int.TryParse(
        Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_RANK") ?? Environment.GetEnvironmentVariable("PMIX_RANK"),
        NumberStyles.None,
        CultureInfo.InvariantCulture,
        out int rank) ? rank : 0;

    /// <summary>
    /// How many processes a launcher started that this program cannot be a rank of: MPICH's, or Slurm's without PMIx. Null where there is
    /// none.
    /// </summary>
    public static int? Strange => Sign is null && int.TryParse(
        Environment.GetEnvironmentVariable("PMI_SIZE"), NumberStyles.None, CultureInfo.InvariantCulture, out int size) && size > 1
        ? size
        : null;

    /// <summary>Whether a variable is the launcher's: a process that this one starts is no rank of its job.</summary>
    public static bool Owns(string variable) => Array.Exists(s_prefixes, prefix => variable.StartsWith(prefix, StringComparison.Ordinal));
}
