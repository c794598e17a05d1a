using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace MicroGpt.Numerics;

/// <content>What is needed soon.</content>
public static unsafe partial class VectorMath
{
    /// <summary>Asks for a cache line that is read soon, where the processor takes such a wish. The address may lie anywhere.</summary>
    /// <param name="address">An address within the line.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(void* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch1(address);
        }
    }
}
