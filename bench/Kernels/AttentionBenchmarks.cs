using BenchmarkDotNet.Attributes;
using MicroGpt.Compiled;
using MicroGpt.Numerics;
using MicroGpt.Runtime;

namespace MicroGpt.Bench.Kernels;

/// <summary>Which way through attention.</summary>
public enum AttentionPass
{
    Forward,
    Backward,
}

/// <summary>All heads of attention over documents of equal length, in a model of so many channels.</summary>
public sealed record AttentionCase(AttentionPass Pass, int Channels, int Documents, int Length)
{
    public int Rows => Documents * Length;

    /// <summary>
    /// Floating-point operations of the multiply-adds: two products a channel for each pair of a position and one that it
    /// attends to (scores, sum of values), or four backward (the gradients of weights, queries, keys and values).
    /// </summary>
    public long Operations => Documents * (Length * (Length + 1L) / 2) * Channels * (Pass == AttentionPass.Forward ? 4 : 8);

    public override string ToString() => $"{Documents} x {Length} rows, width {Channels}, {Pass}";
}

/// <summary>The generated attention, for four heads. The share counts multiply-adds; the exponentials of softmax come on top.</summary>
[ShareOfPeak]
public unsafe class AttentionBenchmarks
{
    private const int Narrow = 16;
    private const int Wide = 128;
    private const int LongestDocument = 64;

    private KernelMemory _memory = null!;
    private float* _q;
    private float* _k;
    private float* _v;
    private float* _y;
    private float* _weights;
    private float* _dy;
    private float* _dq;
    private float* _dk;
    private float* _dv;
    private int* _starts;
    private int _passes;

    [ParamsSource(nameof(Cases))]
    public AttentionCase Case { get; set; } = null!;

    public static IEnumerable<AttentionCase> Cases =>
        from shape in new[] { (Channels: Narrow, Documents: 1, Length: 7), (Channels: Wide, Documents: 16, Length: LongestDocument) }
        from pass in Enum.GetValues<AttentionPass>()
        select new AttentionCase(pass, shape.Channels, shape.Documents, shape.Length);

    [GlobalSetup]
    public void Allocate()
    {
        _memory = new KernelMemory(Case.Rows);
        _q = _memory.Activation(Case.Channels);
        _k = _memory.Activation(Case.Channels);
        _v = _memory.Activation(Case.Channels);
        _y = _memory.Activation(Case.Channels);

        // Zero: the backward pass may put ds in the place of p, and from call to call p would otherwise grow without limit.
        _dy = _memory.Zeros(Case.Channels);
        _dq = _memory.Activation(Case.Channels);
        _dk = _memory.Activation(Case.Channels);
        _dv = _memory.Activation(Case.Channels);

        // A score stands in at most all lanes of its head.
        _weights = _memory.Activation(LongestDocument * Case.Channels);
        _starts = _memory.Starts(Case.Length);
        _passes = Peak.PassesFor(Case.Operations);
        Forward();
    }

    [GlobalCleanup]
    public void Free() => _memory.Dispose();

    [Benchmark(Baseline = true, Description = "multiply-adds alone")]
    public double MultiplyAdds() => Peak.Run(_passes);

    [Benchmark(Description = "kernel")]
    public void Kernel()
    {
        if (Case.Pass == AttentionPass.Forward)
        {
            Forward();
        }
        else
        {
            Backward();
        }
    }

    private void Forward()
    {
        switch (VectorSupport.PreferredBits)
        {
            case 512: Forward<SingleKernels512>(); break;
            case 256: Forward<SingleKernels256>(); break;
            default: Forward<SingleKernels128>(); break;
        }
    }

    private void Backward()
    {
        switch (VectorSupport.PreferredBits)
        {
            case 512: Backward<SingleKernels512>(); break;
            case 256: Backward<SingleKernels256>(); break;
            default: Backward<SingleKernels128>(); break;
        }
    }

    private void Forward<K>()
        where K : struct, ISingleKernels
    {
        if (Case.Channels == Narrow)
        {
            K.Attention_4x4_16(_q, _k, _v, _y, _weights, _starts, Case.Documents, _memory.Panel, Part.Whole);
        }
        else
        {
            K.Attention_4x32_64(_q, _k, _v, _y, _weights, _starts, Case.Documents, _memory.Panel, Part.Whole);
        }
    }

    private void Backward<K>()
        where K : struct, ISingleKernels
    {
        if (Case.Channels == Narrow)
        {
            K.AttentionGrad_4x4_16(_q, _k, _v, _y, _weights, _dy, _dq, _dk, _dv, _starts, Case.Documents, _memory.Panel, Part.Whole);
        }
        else
        {
            K.AttentionGrad_4x32_64(_q, _k, _v, _y, _weights, _dy, _dq, _dk, _dv, _starts, Case.Documents, _memory.Panel, Part.Whole);
        }
    }
}
