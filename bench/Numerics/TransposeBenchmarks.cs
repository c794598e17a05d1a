using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using MicroGpt.Numerics;

namespace MicroGpt.Bench.Numerics;

/// <summary>One block of 64-byte rows transposed, in the first-level cache.</summary>
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public unsafe class TransposeBenchmarks
{
    private AlignedBuffer<float> _source = null!;
    private AlignedBuffer<float> _destination = null!;
    private AlignedBuffer<double> _sourceDouble = null!;
    private AlignedBuffer<double> _destinationDouble = null!;

    [GlobalSetup]
    public void Allocate()
    {
        _source = new(256, i => i);
        _destination = new(256, _ => 0);
        _sourceDouble = new(64, i => i);
        _destinationDouble = new(64, _ => 0);
    }

    [GlobalCleanup]
    public void Free()
    {
        _source.Dispose();
        _destination.Dispose();
        _sourceDouble.Dispose();
        _destinationDouble.Dispose();
    }

    [Benchmark(Baseline = true, Description = "element by element"), BenchmarkCategory("16 x 16 float")]
    public void Elements()
    {
        float* source = _source.Pointer;
        float* destination = _destination.Pointer;
        for (int row = 0; row < 16; row++)
        {
            for (int column = 0; column < 16; column++)
            {
                destination[column * 16 + row] = source[row * 16 + column];
            }
        }
    }

    [Benchmark(Description = "TransposeBlock128"), BenchmarkCategory("16 x 16 float")]
    public void Block128() => VectorMath.TransposeBlock128(_source.Pointer, _destination.Pointer);

    [Benchmark(Description = "TransposeBlock256"), BenchmarkCategory("16 x 16 float")]
    public void Block256() => VectorMath.TransposeBlock256(_source.Pointer, _destination.Pointer);

    [Benchmark(Description = "TransposeBlock512"), BenchmarkCategory("16 x 16 float")]
    public void Block512() => VectorMath.TransposeBlock512(_source.Pointer, _destination.Pointer);

    [Benchmark(Baseline = true, Description = "element by element"), BenchmarkCategory("8 x 8 double")]
    public void ElementsDouble()
    {
        double* source = _sourceDouble.Pointer;
        double* destination = _destinationDouble.Pointer;
        for (int row = 0; row < 8; row++)
        {
            for (int column = 0; column < 8; column++)
            {
                destination[column * 8 + row] = source[row * 8 + column];
            }
        }
    }

    [Benchmark(Description = "TransposeBlock128"), BenchmarkCategory("8 x 8 double")]
    public void BlockDouble128() => VectorMath.TransposeBlock128(_sourceDouble.Pointer, _destinationDouble.Pointer);

    [Benchmark(Description = "TransposeBlock256"), BenchmarkCategory("8 x 8 double")]
    public void BlockDouble256() => VectorMath.TransposeBlock256(_sourceDouble.Pointer, _destinationDouble.Pointer);

    [Benchmark(Description = "TransposeBlock512"), BenchmarkCategory("8 x 8 double")]
    public void BlockDouble512() => VectorMath.TransposeBlock512(_sourceDouble.Pointer, _destinationDouble.Pointer);
}
