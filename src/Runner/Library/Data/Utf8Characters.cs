using System.Runtime.InteropServices;

namespace MicroGpt.Runner.Data;

/// <summary>Characters of UTF-8.</summary>
internal static class Utf8Characters
{
    /// <summary>
    /// The number of characters (code points) of a valid text: the bytes that continue none, 0x80 to 0xBF, are not counted.
    /// </summary>
    public static int Count(ReadOnlySpan<byte> text)
    {
        // As signed numbers, the bytes that continue a character are those below -64.
        int count = 0;
        foreach (sbyte value in MemoryMarshal.Cast<byte, sbyte>(text))
        {
            count += value >= -64 ? 1 : 0;
        }

        return count;
    }
}
