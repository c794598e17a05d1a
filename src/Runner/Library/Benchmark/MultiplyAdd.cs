using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MicroGpt.Runner.Benchmark;

/// <summary>One vector width and precision as the peak needs it.</summary>
internal interface IMultiplyAdd<TVector>
    where TVector : struct
{
    /// <summary>Elements of a vector.</summary>
    static abstract int Count { get; }

    /// <summary>A vector of one value.</summary>
    static abstract TVector Broadcast(double value);

    /// <summary><c>a·b + c</c>: one instruction where the processor has it.</summary>
    static abstract TVector Of(TVector a, TVector b, TVector c);
}

/// <summary>A loop of nothing but multiply-adds in registers: what the processor could do at most.</summary>
internal static class MultiplyAdd
{
    private const int Chains = 12;

    /// <summary>Runs the loop.</summary>
    /// <param name="vectorBits">128, 256 or 512.</param>
    /// <param name="precision">Type of the elements.</param>
    /// <param name="iterations">Passes of the loop.</param>
    /// <returns>Floating-point operations done: two an element of a vector.</returns>
    public static double Run(int vectorBits, Precision precision, int iterations) => (vectorBits, precision) switch
    {
        (512, Precision.Single) => Run<Single512, Vector512<float>>(iterations),
        (512, _) => Run<Double512, Vector512<double>>(iterations),
        (256, Precision.Single) => Run<Single256, Vector256<float>>(iterations),
        (256, _) => Run<Double256, Vector256<double>>(iterations),
        (_, Precision.Single) => Run<Single128, Vector128<float>>(iterations),
        _ => Run<Double128, Vector128<double>>(iterations),
    };

    private static double Run<TOperation, TVector>(int iterations)
        where TOperation : struct, IMultiplyAdd<TVector>
        where TVector : struct
    {
        TVector result = Loop<TOperation, TVector>(iterations);
        Consume(ref result);
        return 2.0 * Chains * TOperation.Count * iterations;
    }

    /// <summary>
    /// Twelve chains that do not depend on each other: two multiply-adds a cycle with a latency of four or five need ten, and twelve
    /// with their two constants still fit sixteen registers. Each value tends to 1e-6, so that it stays a normal number.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static TVector Loop<TOperation, TVector>(int iterations)
        where TOperation : struct, IMultiplyAdd<TVector>
        where TVector : struct
    {
        TVector x = TOperation.Broadcast(0.999);
        TVector y = TOperation.Broadcast(1e-9);
        TVector a = y, b = y, c = y, d = y, e = y, f = y, g = y, h = y, i = y, j = y, k = y, l = y;
        for (int pass = 0; pass < iterations; pass++)
        {
            a = TOperation.Of(a, x, y);
            b = TOperation.Of(b, x, y);
            c = TOperation.Of(c, x, y);
            d = TOperation.Of(d, x, y);
            e = TOperation.Of(e, x, y);
            f = TOperation.Of(f, x, y);
            g = TOperation.Of(g, x, y);
            h = TOperation.Of(h, x, y);
            i = TOperation.Of(i, x, y);
            j = TOperation.Of(j, x, y);
            k = TOperation.Of(k, x, y);
            l = TOperation.Of(l, x, y);
        }

        // Every chain has a part in the result, or the compiler could leave it out.
        TVector abcd = TOperation.Of(TOperation.Of(a, b, c), x, d);
        TVector efgh = TOperation.Of(TOperation.Of(e, f, g), x, h);
        TVector ijkl = TOperation.Of(TOperation.Of(i, j, k), x, l);
        return TOperation.Of(abcd, efgh, ijkl);
    }

    /// <summary>Takes the result, so that the loop is not dead code.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Consume<TVector>(ref TVector result)
    {
    }

    private readonly struct Single128 : IMultiplyAdd<Vector128<float>>
    {
        public static int Count => Vector128<float>.Count;

        public static Vector128<float> Broadcast(double value) => Vector128.Create((float)value);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<float> Of(Vector128<float> a, Vector128<float> b, Vector128<float> c) =>
            Vector128.MultiplyAddEstimate(a, b, c);
    }

    private readonly struct Double128 : IMultiplyAdd<Vector128<double>>
    {
        public static int Count => Vector128<double>.Count;

        public static Vector128<double> Broadcast(double value) => Vector128.Create(value);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<double> Of(Vector128<double> a, Vector128<double> b, Vector128<double> c) =>
            Vector128.MultiplyAddEstimate(a, b, c);
    }

    private readonly struct Single256 : IMultiplyAdd<Vector256<float>>
    {
        public static int Count => Vector256<float>.Count;

        public static Vector256<float> Broadcast(double value) => Vector256.Create((float)value);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Of(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
            Vector256.MultiplyAddEstimate(a, b, c);
    }

    private readonly struct Double256 : IMultiplyAdd<Vector256<double>>
    {
        public static int Count => Vector256<double>.Count;

        public static Vector256<double> Broadcast(double value) => Vector256.Create(value);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Of(Vector256<double> a, Vector256<double> b, Vector256<double> c) =>
            Vector256.MultiplyAddEstimate(a, b, c);
    }

    private readonly struct Single512 : IMultiplyAdd<Vector512<float>>
    {
        public static int Count => Vector512<float>.Count;

        public static Vector512<float> Broadcast(double value) => Vector512.Create((float)value);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Of(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
            Vector512.MultiplyAddEstimate(a, b, c);
    }

    private readonly struct Double512 : IMultiplyAdd<Vector512<double>>
    {
        public static int Count => Vector512<double>.Count;

        public static Vector512<double> Broadcast(double value) => Vector512.Create(value);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<double> Of(Vector512<double> a, Vector512<double> b, Vector512<double> c) =>
            Vector512.MultiplyAddEstimate(a, b, c);
    }
}
