using System.Runtime.Intrinsics;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using MicroGpt.Numerics;

namespace MicroGpt.Bench.Numerics;

/// <summary>e to the power of 1,024 numbers between -20 and 0, a softmax's range, in the first-level cache.</summary>
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public unsafe class ExpBenchmarks
{
    private const int Length = 1024;
    private AlignedBuffer<float> _x = null!;
    private AlignedBuffer<float> _y = null!;
    private AlignedBuffer<double> _xDouble = null!;
    private AlignedBuffer<double> _yDouble = null!;

    [GlobalSetup]
    public void Allocate()
    {
        _x = new(Length, i => -20f * i / Length);
        _y = new(Length, _ => 0);
        _xDouble = new(Length, i => -20.0 * i / Length);
        _yDouble = new(Length, _ => 0);
    }

    [GlobalCleanup]
    public void Free()
    {
        _x.Dispose();
        _y.Dispose();
        _xDouble.Dispose();
        _yDouble.Dispose();
    }

    [Benchmark(Baseline = true, Description = "Vector256.Exp"), BenchmarkCategory("float")]
    public void Library()
    {
        for (int i = 0; i < Length; i += Vector256<float>.Count)
        {
            Vector256.Exp(Vector256.Load(_x.Pointer + i)).Store(_y.Pointer + i);
        }
    }

    [Benchmark(Description = "VectorMath.Exp, 128 bits"), BenchmarkCategory("float")]
    public void Own128()
    {
        for (int i = 0; i < Length; i += Vector128<float>.Count)
        {
            VectorMath.Exp(Vector128.Load(_x.Pointer + i)).Store(_y.Pointer + i);
        }
    }

    [Benchmark(Description = "VectorMath.Exp, 256 bits"), BenchmarkCategory("float")]
    public void Own256()
    {
        for (int i = 0; i < Length; i += Vector256<float>.Count)
        {
            VectorMath.Exp(Vector256.Load(_x.Pointer + i)).Store(_y.Pointer + i);
        }
    }

    [Benchmark(Description = "VectorMath.Exp, 512 bits"), BenchmarkCategory("float")]
    public void Own512()
    {
        for (int i = 0; i < Length; i += Vector512<float>.Count)
        {
            VectorMath.Exp(Vector512.Load(_x.Pointer + i)).Store(_y.Pointer + i);
        }
    }

    [Benchmark(Baseline = true, Description = "Vector256.Exp"), BenchmarkCategory("double")]
    public void LibraryDouble()
    {
        for (int i = 0; i < Length; i += Vector256<double>.Count)
        {
            Vector256.Exp(Vector256.Load(_xDouble.Pointer + i)).Store(_yDouble.Pointer + i);
        }
    }

    [Benchmark(Description = "VectorMath.Exp, 128 bits"), BenchmarkCategory("double")]
    public void OwnDouble128()
    {
        for (int i = 0; i < Length; i += Vector128<double>.Count)
        {
            VectorMath.Exp(Vector128.Load(_xDouble.Pointer + i)).Store(_yDouble.Pointer + i);
        }
    }

    [Benchmark(Description = "VectorMath.Exp, 256 bits"), BenchmarkCategory("double")]
    public void OwnDouble256()
    {
        for (int i = 0; i < Length; i += Vector256<double>.Count)
        {
            VectorMath.Exp(Vector256.Load(_xDouble.Pointer + i)).Store(_yDouble.Pointer + i);
        }
    }

    [Benchmark(Description = "VectorMath.Exp, 512 bits"), BenchmarkCategory("double")]
    public void OwnDouble512()
    {
        for (int i = 0; i < Length; i += Vector512<double>.Count)
        {
            VectorMath.Exp(Vector512.Load(_xDouble.Pointer + i)).Store(_yDouble.Pointer + i);
        }
    }
}
