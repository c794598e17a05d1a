using System.Runtime.CompilerServices;

namespace MicroGpt.Numerics;

/// <summary>
/// The mathematics that generated kernels call: overloads for vectors of 128, 256 and 512 bits, in single and double
/// precision. Error bounds and how they are tested: <c>docs/numerics.md</c>.
/// </summary>
/// <remarks>
/// There is one file a width, and the bodies in it are flat: generic code over the widths would cost the just-in-time
/// compiler a call to inline for every addition, and kernels that inline a dozen of these would run into its budget.
/// Tests hold the widths to the same results, bit for bit.
/// <para>
/// <c>MultiplyAddEstimate</c> is one fused instruction where the processor has it and a multiplication and an addition
/// elsewhere, where <c>FusedMultiplyAdd</c> would be a call into a software routine. Error bounds hold either way.
/// </para>
/// </remarks>
public static partial class VectorMath
{
    /// <summary>1 / √x. Largest error 1.5 ulp; 0 gives +∞, +∞ gives 0, a negative number or NaN gives NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ReciprocalSqrt(float x) => 1f / MathF.Sqrt(x);

    /// <inheritdoc cref="ReciprocalSqrt(float)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double ReciprocalSqrt(double x) => 1.0 / Math.Sqrt(x);
}
