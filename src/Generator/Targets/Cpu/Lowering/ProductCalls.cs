using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Targets.Cpu.Kernels;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Lowering;

/// <summary>Matrix products: forward, and both gradients, that of a weight with what becomes of it.</summary>
internal static class ProductCalls
{
    /// <summary>y = x Wᵀ.</summary>
    public static KernelCall Forward(Node node, MemoryLayout layout) =>
        Product(node, layout, Orientation.InMajor, k: node.Inputs[1].Shape.Inner, n: node.Inputs[1].Shape.Outer);

    /// <summary>dx = dy W; of a weight that lies in the order of the forward pass alone, what a tile reads is transposed.</summary>
    public static KernelCall InputGradient(Node node, MemoryLayout layout, ParameterUses uses)
    {
        var w = node.Inputs[1];
        return uses.IsLone(w)
            ? Product(node, layout, Orientation.InMajor, k: w.Shape.Outer, n: w.Shape.Inner, transposes: true)
            : Product(node, layout, Orientation.OutMajor, k: w.Shape.Outer, n: w.Shape.Inner);
    }

    /// <summary>The kernel that computes the gradient of a weight and updates it by a rule, or stores it.</summary>
    public static KernelCall Update(Node node, MemoryLayout layout, ParameterUses uses, bool storesGradients, OptimizerRule rule)
    {
        Node w = node.Inputs[0], dy = node.Inputs[1], x = node.Inputs[2];
        Argument inner = Argument.Constant("inner", layout.Extent(w.Shape.Inner)),
            outer = Argument.Constant("outer", layout.Extent(w.Shape.Outer));
        if (storesGradients)
        {
            return Gradient(node, layout, WeightUpdate.Store, ((FoldedUpdate)node.Op).DescribeStored(node));
        }

        var update = UpdateWriter.KindOf(rule);
        return new(
            new WeightGradKernel(update, uses.IsLone(w), layout.IsUneven(w.Shape)),
            [
                Argument.Value("x", x),
                Argument.Value("dy", dy),
                Argument.Weight("w", w, Orientation.InMajor),
                .. uses.IsLone(w) ? [] : (Argument[])[Argument.Weight("wT", w, Orientation.OutMajor)],
                .. Argument.OfRule(update, w, Orientation.InMajor),
                inner,
                outer,
            ]);
    }

    /// <summary>The kernel that stores the gradient of the weight that a node updates, or adds it to what is stored.</summary>
    public static KernelCall Gradient(Node node, MemoryLayout layout, WeightUpdate kept, string? sentence = null)
    {
        Node w = node.Inputs[0], dy = node.Inputs[1], x = node.Inputs[2];
        return new(
            new WeightGradKernel(kept, Uneven: layout.IsUneven(w.Shape)),
            [
                Argument.Value("x", x), Argument.Value("dy", dy), Argument.Gradient("dw", w, Orientation.InMajor),
                Argument.Constant("inner", layout.Extent(w.Shape.Inner)), Argument.Constant("outer", layout.Extent(w.Shape.Outer)),
            ])
        {
            Sentence = sentence,
        };
    }

    private static KernelCall Product(
        Node node, MemoryLayout layout, Orientation orientation, Axis k, Axis n, bool transposes = false)
    {
        Node[] others = [.. node.Inputs.Skip(2)];
        var epilogue = ((ProductOp)node.Op).Epilogue is { } program
            ? ProductEpilogue.Of(program, others.Select(o => o.Op is Parameter)) : null;
        string[] names = epilogue is null ? [] : [.. epilogue.InputNames];
        bool isDeep = epilogue is null && DeepMatMulKernel.Suits(layout.Extent(k));
        bool ofHeads = !isDeep && layout.HasGaps(k), uneven = MatMulUnevenKernel.Suits(layout, k, n);
        return new(
            isDeep ? new DeepMatMulKernel(transposes)
                : transposes ? new MatMulTransposedKernel(epilogue, ofHeads, uneven)
                : uneven ? new MatMulUnevenKernel(epilogue, ofHeads)
                : new MatMulKernel(epilogue, ofHeads),
            [
                Argument.Value("x", node.Inputs[0]),
                Argument.Weight("w", node.Inputs[1], orientation),
                .. others.Select((other, i) => RowProgramCalls.Operand(names[i], other)),
                .. epilogue is null ? [Argument.Value("y", node)] : epilogue.ResultNames.Select((name, i) =>
                    epilogue.Program.Results.Count == 1 ? Argument.Value(name, node) : Argument.Part(name, node, i)),
                Argument.Constant("inner", layout.Extent(k)),
                .. ofHeads ? [Argument.Constant("head", k.Size)] : (Argument[])[],
                Argument.Constant("outer", layout.Extent(n)),
            ]);
    }
}
