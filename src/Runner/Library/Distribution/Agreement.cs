using MicroGpt.Distribution;

namespace MicroGpt.Runner.Distribution;

/// <summary>What ranks decide together.</summary>
internal static class Agreement
{
    /// <summary>Whether something holds on any rank; the same answer on all.</summary>
    public static unsafe bool Any(this ICommunicator ranks, bool here)
    {
        if (ranks.Size == 1)
        {
            return here;
        }

        byte* parts = stackalloc byte[ranks.Size];
        parts[ranks.Rank] = here ? (byte)1 : (byte)0;
        ranks.AllGather(parts, 1);
        return new ReadOnlySpan<byte>(parts, ranks.Size).Contains((byte)1);
    }

    /// <summary>A number of every rank, in the order of the ranks; the same on all.</summary>
    public static unsafe double[] All(this ICommunicator ranks, double here)
    {
        double[] parts = new double[ranks.Size];
        parts[ranks.Rank] = here;
        fixed (double* first = parts)
        {
            ranks.AllGather(first, sizeof(double));
        }

        return parts;
    }
}
