using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Targets.Cpu.Kernels;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Lowering;

/// <summary>Row programs, and what moves or collects channels between them.</summary>
internal static class RowProgramCalls
{
    public static KernelCall Program(Node node, RowProgram program, MemoryLayout layout)
    {
        var packed = node.Inputs.Select(i => i.Op is Parameter).ToEquatableArray();
        return new(
            new RowProgramKernel(program with { Names = default }, LayoutOf(program, layout), packed),
            [
                .. node.Inputs.Select((input, i) => Operand(FormulaWriter.InputName(i), input)),
                .. program.Results.Select((_, i) => program.Results.Count == 1
                    ? Argument.Value(FormulaWriter.ResultName(program, i), node)
                    : Argument.Part(FormulaWriter.ResultName(program, i), node, i)),
                .. RowsOf(program.IsVector),
            ]);
    }

    /// <summary>Slices, zeros around, concatenation, repetition, and channels regrouped where groups are padded.</summary>
    public static KernelCall Move(Node node, MemoryLayout layout)
    {
        Axis result = node.Shape.Inner, first = node.Inputs[0].Shape.Inner;
        int groups = node.Op is Regroup or RepeatGroups or RepeatChannels ? Math.Max(result.Groups, 1) : result.Groups;
        ChannelRun[] runs = node.Op switch
        {
            Slice slice => [new(0, slice.From, 1, 0, result.Size)],
            Pad pad => [.. Zeros(0, pad.Before), new(0, 0, 1, pad.Before, first.Size), .. Zeros(pad.Before + first.Size, pad.After)],
            Concat => [.. node.Inputs.Select(
                (input, i) => new ChannelRun(i, 0, 1, node.Inputs.Take(i).Sum(before => before.Shape.Inner.Size), input.Shape.Inner.Size))],
            RepeatChannels => [new(0, 0, 0, 0, result.Size)],
            RepeatGroups or RepeatRows => [new(0, 0, 1, 0, result.Size)],
            _ => [],
        };
        int[] strides = [.. node.Inputs.Select(i => Stride(i.Shape.Inner, layout))];
        int resultStride = Stride(result, layout);
        if (node.Op is RepeatGroups)
        {
            strides = [0];
        }
        else if (node.Op is Regroup)
        {
            // Seen in the groups of both: the smaller ones are whole parts of the larger, or else every channel goes alone.
            int size = Gcd(first.Size, result.Size);
            groups = 1;
            runs = [.. Enumerable.Range(0, result.Count / size)
                .Select(i => new ChannelRun(0, Place(first, layout, i * size), 1, Place(result, layout, i * size), size))];
            (strides, resultStride) = ([0], 0);
        }

        return new(
            new MoveKernel(
                node.Op.Name,
                runs.ToEquatableArray(),
                groups,
                strides.ToEquatableArray(),
                node.Inputs.Select(i => i.Op is Parameter).ToEquatableArray(),
                node.Inputs.Select(i => i.Shape.Kind == ShapeKind.Vector).ToEquatableArray(),
                resultStride,
                Cleared(result, layout)),
            [
                .. node.Inputs.Select((input, i) => Operand(MoveKernel.Operand(i), input)),
                Argument.Value("y", node),
                .. RowsOf(node.Shape.Kind == ShapeKind.Vector),
            ]);
    }

    /// <summary>Reductions that are no part of a row program.</summary>
    public static KernelCall Collect(Node node, MemoryLayout layout)
    {
        var axis = node.Inputs[0].Shape.Inner;
        int stride = Stride(axis, layout);
        var kernel = node.Op is SumGroups
            ? new CollectKernel(true, axis.Size, axis.Groups, 1, stride, Cleared(node.Shape.Inner, layout))
            : new CollectKernel(
                ((Reduce)node.Op).Reduction == Reduction.Sum, axis.Groups, axis.Size, stride, 1, Cleared(node.Shape.Inner, layout));
        kernel = kernel with { Packed = node.Inputs[0].Op is Parameter };
        return new(kernel, [Operand("x", node.Inputs[0]), Argument.Value("y", node), .. RowsOf(node.Shape.Kind == ShapeKind.Vector)]);
    }

    public static KernelCall SumRows(Node node, MemoryLayout layout) => new(
        new SumRowsKernel(layout.Extent(node)), [Argument.Value("x", node.Inputs[0]), Argument.Value("y", node)]);

    /// <summary>Panels of a result that has columns without channels: these are zero, which whoever reads them relies on.</summary>
    private static int Cleared(Axis axis, MemoryLayout layout) =>
        layout.Physical(axis) == axis.Count ? 0 : layout.Physical(axis) / layout.PanelWidth;

    private static IEnumerable<Argument> RowsOf(bool isVector) => isVector ? [Argument.Constant("rows", 1)] : [];

    public static Argument Operand(string name, Node input) => input.Op is Parameter
        ? Argument.Weight(name, input, Orientation.OutMajor)
        : Argument.Value(name, input);

    private static IEnumerable<ChannelRun> Zeros(int at, int count) => count == 0 ? [] : [new ChannelRun(-1, 0, 1, at, count)];

    private static int Stride(Axis axis, MemoryLayout layout) => axis.Groups == 1 ? 0 : layout.Heads(axis).Padded;

    private static int Place(Axis axis, MemoryLayout layout, int channel) =>
        axis.Groups == 1 ? channel : (channel / axis.Size * layout.Heads(axis).Padded) + (channel % axis.Size);

    private static int Gcd(int a, int b) => b == 0 ? a : Gcd(b, a % b);

    /// <summary>How the channels of a program lie: those of its widest values.</summary>
    private static RowLayout LayoutOf(RowProgram program, MemoryLayout layout)
    {
        var axis = program.Steps.Where(s => s.Shape.Kind != ShapeKind.Scalar)
            .Select(s => s.Shape.Inner).OrderByDescending(a => a.Count).First();
        var groups = program.Steps.Where(s => s.Op is Reduce).Select(s => program.Steps[s.Inputs[0]].Shape.Inner)
            .Concat(program.Steps.Where(s => s.Op is RepeatChannels).Select(s => s.Shape.Inner)).Where(a => a.Groups > 1).ToList();
        var padded = program.Steps.Select(s => s.Shape.Inner)
            .Where(a => a.Groups > 1 && a.Count == axis.Count && layout.Heads(a).Padded != a.Size).ToList();
        var grouped = groups.Concat(padded).ToList();
        if (grouped.Count == 0)
        {
            return new RowLayout(axis.Count, layout.Physical(axis.Count), 1, layout.Physical(axis.Count) / layout.PanelWidth, 1);
        }

        var heads = layout.Heads(grouped[0]);
        return heads.Padded >= layout.PanelWidth
            ? new RowLayout(grouped[0], heads.Padded, heads.Heads, heads.Padded / layout.PanelWidth, heads.Heads)
            : new RowLayout(grouped[0], heads.Padded, heads.Heads, heads.Width / layout.PanelWidth, 1);
    }
}
