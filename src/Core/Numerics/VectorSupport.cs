using System.Runtime.Intrinsics.X86;

namespace MicroGpt.Numerics;

/// <summary>Which of the three printings of a kernel (128, 256 or 512 bits) this process runs.</summary>
public static class VectorSupport
{
    /// <summary>Environment variable that forces a vector width: <c>128</c>, <c>256</c> or <c>512</c>.</summary>
    public const string BitsVariable = "MICROGPT_VECTOR_BITS";

    // An invalid request is kept and thrown by the property: thrown here, it would reach the user wrapped in a
    // TypeInitializationException.
    private static readonly string? s_requested = Environment.GetEnvironmentVariable(BitsVariable);
    private static readonly int s_preferredBits = TryChooseBits(s_requested, WidestBits);

    /// <summary>
    /// The widest vectors with fused multiply-add that the processor has, in bits; 128 where there are none, and on ARM.
    /// </summary>
    /// <remarks>
    /// <c>Vector512.IsHardwareAccelerated</c> would be the wrong question: it is false on processors that lower their
    /// clock for 512-bit code, where that code is nevertheless the fastest.
    /// </remarks>
    public static int WidestBits =>
        Avx512F.IsSupported ? 512 :
        Avx2.IsSupported && Fma.IsSupported ? 256 :
        128;

    /// <summary>
    /// The vector width to use, in bits: what <see cref="BitsVariable"/> asks for, else <see cref="WidestBits"/>.
    /// Computed once.
    /// </summary>
    /// <remarks>A width that the processor lacks may be asked for: the code runs in halves, correct and slow.</remarks>
    /// <exception cref="InvalidOperationException">The variable is set to something other than 128, 256 or 512.</exception>
    public static int PreferredBits => s_preferredBits != 0 ? s_preferredBits : ChooseBits(s_requested, WidestBits);

    /// <summary>The vector width for a request.</summary>
    /// <param name="requested">Value of <see cref="BitsVariable"/>; null or empty means no request.</param>
    /// <param name="widestBits">The width without a request.</param>
    /// <exception cref="InvalidOperationException">The request is not 128, 256 or 512.</exception>
    public static int ChooseBits(string? requested, int widestBits)
    {
        int bits = TryChooseBits(requested, widestBits);
        return bits != 0
            ? bits
            : throw new InvalidOperationException(
                $"{BitsVariable} is '{requested}': set it to 128, 256 or 512, or unset it to use "
                + $"this processor's widest vectors ({widestBits} bits).");
    }

    private static int TryChooseBits(string? requested, int widestBits) => requested?.Trim() switch
    {
        null or "" => widestBits,
        "128" => 128,
        "256" => 256,
        "512" => 512,
        _ => 0,
    };
}
