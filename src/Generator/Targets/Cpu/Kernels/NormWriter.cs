using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>Writes the norm of the GPT and its gradient step by step, as the passes do.</summary>
internal sealed class NormWriter
{
    private readonly Axis _axis;
    private readonly List<RowStep> _steps = [];

    private NormWriter(Axis axis, int inputs)
    {
        _axis = axis;
        for (int i = 0; i < inputs; i++)
        {
            Step(new RowInput(i), Shape.Rows(axis));
        }
    }

    /// <summary>y = rsqrt(mean(a²) + 1E-05) * a</summary>
    public static RowProgram Norm(Axis axis)
    {
        var w = new NormWriter(axis, inputs: 1);
        return w.Program(w.NormOf(0));
    }

    /// <summary>The norm, and that of the norm.</summary>
    public static RowProgram TwoNorms(Axis axis)
    {
        var w = new NormWriter(axis, inputs: 1);
        int norm = w.NormOf(0);
        return w.Program(norm, w.NormOf(norm));
    }

    /// <summary>The gradient a of the norm of b as it arrives at b.</summary>
    public static RowProgram Gradient(Axis axis)
    {
        var w = new NormWriter(axis, inputs: 2);
        return w.Program(w.GradientOf(0, 1, add: null));
    }

    /// <summary>The same, and c besides.</summary>
    public static RowProgram GradientAndAdd(Axis axis)
    {
        var w = new NormWriter(axis, inputs: 3);
        return w.Program(w.GradientOf(0, 1, add: 2));
    }

    /// <summary>The same, as the gradient of the norm of d.</summary>
    public static RowProgram TwoGradients(Axis axis)
    {
        var w = new NormWriter(axis, inputs: 4);
        return w.Program(w.GradientOf(w.GradientOf(0, 1, add: 2), 3, add: null));
    }

    private RowProgram Program(params int[] results) => new(_steps.ToEquatableArray(), results.ToEquatableArray());

    private int NormOf(int x)
    {
        int root = RootOf(x);
        return Wide(ElementwiseFunctions.Multiply, Repeat(root), x);
    }

    private int RootOf(int x)
    {
        int squares = Sum(Wide(ElementwiseFunctions.Square, x));
        int mean = Narrow(ElementwiseFunctions.Multiply, Number(1.0 / _axis.Size), squares);
        return Narrow(ElementwiseFunctions.Rsqrt, Narrow(ElementwiseFunctions.Add, mean, Number(1e-5)));
    }

    private int GradientOf(int dy, int x, int? add)
    {
        int dot = Sum(Wide(ElementwiseFunctions.Multiply, dy, x));
        int root = RootOf(x);
        int rate = Number(-1.0 / _axis.Size);

        // Whatever is known first is multiplied first: what arrives from without before the root, what is computed here after it.
        bool isGiven = _steps[dy].Op is RowInput;
        int factor = Narrow(
            ElementwiseFunctions.Multiply, isGiven ? Narrow(ElementwiseFunctions.Multiply, rate, dot) : rate, root);
        factor = Narrow(ElementwiseFunctions.Multiply, factor, Narrow(ElementwiseFunctions.Multiply, root, root));
        factor = isGiven ? factor : Narrow(ElementwiseFunctions.Multiply, factor, dot);
        int ofRoot = Wide(ElementwiseFunctions.Multiply, Repeat(factor), x);
        int direct = Wide(ElementwiseFunctions.Multiply, Repeat(root), dy);
        return Wide(ElementwiseFunctions.Add, ofRoot, add is { } more ? Wide(ElementwiseFunctions.Add, direct, more) : direct);
    }

    private int Number(double value) => Step(new Constant(value), Shape.Scalar);

    private int Sum(int x) => Step(new Reduce(Reduction.Sum), Shape.Rows(1), x);

    private int Repeat(int x) => Step(new RepeatChannels(_axis.Size), Shape.Rows(_axis), x);

    private int Narrow(ElementwiseFunction function, params int[] of) => Step(new Elementwise(function), Shape.Rows(1), of);

    private int Wide(ElementwiseFunction function, params int[] of) => Step(new Elementwise(function), Shape.Rows(_axis), of);

    // What has been written already is not written again.
    private int Step(Op op, Shape shape, params int[] of)
    {
        var step = new RowStep(op, of.ToEquatableArray(), shape);
        int known = _steps.IndexOf(step);
        if (known >= 0)
        {
            return known;
        }

        _steps.Add(step);
        return _steps.Count - 1;
    }
}
