using BenchmarkDotNet.Attributes;
using MicroGpt.Compiled;
using MicroGpt.Numerics;
using MicroGpt.Runtime;

namespace MicroGpt.Bench.Kernels;

/// <summary>What happens to the gradient of a weight.</summary>
public enum GradientUse
{
    Store,
    Sgd,
    Adam,
}

/// <summary>The gradient of one weight: [inner, outer] = [rows, inner]ᵀ [rows, outer].</summary>
public sealed record WeightGradCase(GradientUse Use, int Rows, int Inner, int Outer)
{
    public override string ToString() => $"{Rows} x {Inner} x {Outer}, {Use}";
}

/// <summary>
/// The generated weight gradient: stored, or used to update both orientations of the weight. The share counts the gradient's
/// multiply-adds; the arithmetic of an update comes on top.
/// </summary>
[ShareOfPeak]
public unsafe class WeightGradBenchmarks
{
    private KernelMemory _memory = null!;
    private float* _x;
    private float* _dy;
    private float* _w;
    private float* _transposed;
    private float* _firstMoment;
    private float* _secondMoment;
    private int _passes;

    [ParamsSource(nameof(Cases))]
    public WeightGradCase Case { get; set; } = null!;

    public static IEnumerable<WeightGradCase> Cases =>
    [
        .. Enum.GetValues<GradientUse>().Select(use => new WeightGradCase(use, Rows: 7, Inner: 16, Outer: 64)),
        .. Enum.GetValues<GradientUse>().Select(use => new WeightGradCase(use, Rows: 1024, Inner: 128, Outer: 512)),
    ];

    [GlobalSetup]
    public void Allocate()
    {
        _memory = new KernelMemory(Case.Rows);
        _x = _memory.Activation(Case.Inner);
        _dy = _memory.Activation(Case.Outer);
        _w = _memory.Matrix(Case.Inner, Case.Outer);
        _transposed = _memory.Matrix(Case.Outer, Case.Inner);
        _firstMoment = _memory.Matrix(Case.Inner, Case.Outer);
        _secondMoment = _memory.Matrix(Case.Inner, Case.Outer);

        // A second moment is a sum of squares, never negative.
        new Span<float>(_secondMoment, Case.Inner * Case.Outer).Fill(1);
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
        // Small steps, so that weights stay ordinary numbers however often the same gradient is applied.
        const float LearningRate = 1e-12f;
        var (use, rows, inner, outer) = Case;
        switch (use)
        {
            case GradientUse.Sgd:
                K.WeightGrad_Sgd(_x, _dy, _w, _transposed, LearningRate, inner, outer, _memory.Panel, rows, Part.Whole);
                break;
            case GradientUse.Adam:
                K.WeightGrad_Adam(
                    _x, _dy, _w, _transposed, _firstMoment, _secondMoment, stepSize: LearningRate, epsilon: 1e-8f, inner, outer,
                    _memory.Panel, rows, Part.Whole);
                break;
            default:
                K.WeightGrad(_x, _dy, _w, inner, outer, _memory.Panel, rows, Part.Whole);
                break;
        }
    }
}
