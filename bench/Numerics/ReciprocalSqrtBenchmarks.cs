using System.Runtime.Intrinsics;
using BenchmarkDotNet.Attributes;
using MicroGpt.Numerics;

namespace MicroGpt.Bench.Numerics;

/// <summary>1 / √x of 1,024 floats, in the first-level cache.</summary>
public unsafe class ReciprocalSqrtBenchmarks
{
    private const int Length = 1024;
    private AlignedBuffer<float> _x = null!;
    private AlignedBuffer<float> _y = null!;

    [GlobalSetup]
    public void Allocate()
    {
        _x = new(Length, i => 1e-5f + i);
        _y = new(Length, _ => 0);
    }

    [GlobalCleanup]
    public void Free()
    {
        _x.Dispose();
        _y.Dispose();
    }

    [Benchmark(Baseline = true, Description = "1 / Vector256.Sqrt")]
    public void Library()
    {
        for (int i = 0; i < Length; i += Vector256<float>.Count)
        {
            (Vector256<float>.One / Vector256.Sqrt(Vector256.Load(_x.Pointer + i))).Store(_y.Pointer + i);
        }
    }

    [Benchmark(Description = "VectorMath.ReciprocalSqrt, 128 bits")]
    public void Own128()
    {
        for (int i = 0; i < Length; i += Vector128<float>.Count)
        {
            VectorMath.ReciprocalSqrt(Vector128.Load(_x.Pointer + i)).Store(_y.Pointer + i);
        }
    }

    [Benchmark(Description = "VectorMath.ReciprocalSqrt, 256 bits")]
    public void Own256()
    {
        for (int i = 0; i < Length; i += Vector256<float>.Count)
        {
            VectorMath.ReciprocalSqrt(Vector256.Load(_x.Pointer + i)).Store(_y.Pointer + i);
        }
    }

    [Benchmark(Description = "VectorMath.ReciprocalSqrt, 512 bits")]
    public void Own512()
    {
        for (int i = 0; i < Length; i += Vector512<float>.Count)
        {
            VectorMath.ReciprocalSqrt(Vector512.Load(_x.Pointer + i)).Store(_y.Pointer + i);
        }
    }
}
