using BenchmarkDotNet.Attributes;
using MicroGpt.Compiled;
using MicroGpt.Numerics;
using MicroGpt.Runtime;

namespace MicroGpt.Bench.Kernels;

/// <summary>What follows a matrix product while its tile is in registers.</summary>
public enum MatMulEpilogue
{
    None,
    Add,
    Relu,
    Gate,
}

/// <summary>One matrix product: [rows, outer] = [rows, inner] [inner, outer].</summary>
public sealed record MatMulCase(MatMulEpilogue Epilogue, int Rows, int Inner, int Outer)
{
    public override string ToString() => $"{Rows} x {Inner} x {Outer}{(Epilogue == MatMulEpilogue.None ? "" : ", " + Epilogue)}";
}

/// <summary>The generated matrix product: every epilogue at two widths, and every number of rows up to two tiles.</summary>
[ShareOfPeak]
public unsafe class MatMulBenchmarks
{
    private KernelMemory _memory = null!;
    private float* _x;
    private float* _w;
    private float* _other;
    private float* _y;
    private int _passes;

    [ParamsSource(nameof(Cases))]
    public MatMulCase Case { get; set; } = null!;

    public static IEnumerable<MatMulCase> Cases =>
    [
        .. Enum.GetValues<MatMulEpilogue>().Select(epilogue => new MatMulCase(epilogue, Rows: 7, Inner: 16, Outer: 64)),
        .. Enum.GetValues<MatMulEpilogue>().Select(epilogue => new MatMulCase(epilogue, Rows: 1024, Inner: 128, Outer: 512)),
        .. Enumerable.Range(1, 12).Except([7]).Select(rows => new MatMulCase(MatMulEpilogue.None, rows, Inner: 16, Outer: 64)),
    ];

    [GlobalSetup]
    public void Allocate()
    {
        _memory = new KernelMemory(Case.Rows);
        _x = _memory.Activation(Case.Inner);
        _w = _memory.Matrix(Case.Inner, Case.Outer);
        _other = _memory.Activation(Case.Outer);
        _y = _memory.Activation(Case.Outer);
        _passes = Peak.PassesFor(2L * Case.Rows * Case.Inner * Case.Outer);
    }

    [GlobalCleanup]
    public void Free() => _memory.Dispose();

    [Benchmark(Baseline = true, Description = "multiply-adds alone")]
    public double MultiplyAdds() => Peak.Run(_passes);

    [Benchmark(Description = "kernel")]
    public void Kernel()
    {
        switch (VectorSupport.PreferredBits)
        {
            case 512: Run<SingleKernels512>(); break;
            case 256: Run<SingleKernels256>(); break;
            default: Run<SingleKernels128>(); break;
        }
    }

    private void Run<K>()
        where K : struct, ISingleKernels
    {
        var (epilogue, rows, inner, outer) = Case;
        switch (epilogue)
        {
            case MatMulEpilogue.Add:
                K.MatMul_Add(_x, _w, a: _other, _y, inner, outer, _memory.Panel, rows, Part.Whole);
                break;
            case MatMulEpilogue.Relu:
                K.MatMul_Relu(_x, _w, _y, inner, outer, _memory.Panel, rows, Part.Whole);
                break;
            case MatMulEpilogue.Gate:
                K.MatMul_Gate(_x, _w, a: _other, _y, inner, outer, _memory.Panel, rows, Part.Whole);
                break;
            default:
                K.MatMul(_x, _w, _y, inner, outer, _memory.Panel, rows, Part.Whole);
                break;
        }
    }
}
