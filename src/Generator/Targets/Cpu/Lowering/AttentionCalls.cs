using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Targets.Cpu.Kernels;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Lowering;

/// <summary>Attention: over the rows of a batch, its gradient, and one position over a cache.</summary>
internal static class AttentionCalls
{
    public static KernelCall Forward(Node node, MemoryLayout layout, AttentionOp op) => new(
        new AttentionKernel(Heads(node, layout), op.BlockSize, Scores(node, op)),
        [
            Argument.Value("q", node.Inputs[0]),
            Argument.Value("k", node.Inputs[1]),
            Argument.Value("v", node.Inputs[2]),
            Argument.Part("y", node, 0),
            Argument.Part("p", node, 1),
            Argument.Segments(),
        ]);

    public static KernelCall Gradient(Node node, MemoryLayout layout, AttentionOp op) => new(
        new AttentionGradKernel(Heads(node, layout), op.BlockSize, Scores(node, op)),
        [
            Argument.Value("q", node.Inputs[0]),
            Argument.Value("k", node.Inputs[1]),
            Argument.Value("v", node.Inputs[2]),
            Argument.Value("y", node.Inputs[3]),
            Argument.Value("p", node.Inputs[4]),
            Argument.Value("dy", node.Inputs[5]),
            Argument.Part("dq", node, 0),
            Argument.Part("dk", node, 1),
            Argument.Part("dv", node, 2),
            Argument.Segments(),
        ]);

    public static KernelCall Step(Node node, MemoryLayout layout, AttentionOp op) => new(
        new AttentionStepKernel(Heads(node, layout), Scores(node, op)),
        [
            Argument.Value("q", node.Inputs[0]),
            Argument.Value("key", node.Inputs[1]),
            Argument.Value("value", node.Inputs[2]),
            Argument.Cache("k", node, 0),
            Argument.Cache("v", node, 1),
            Argument.Value("y", node),
            Argument.Cache("weights", node, 2),
            Argument.Position("position"),
            .. op.IsUnlimited ? (Argument[])[Argument.Constant("cachePanel", op.BlockSize * layout.PanelWidth)] : [],
        ]);

    private static HeadLayout Heads(Node node, MemoryLayout layout)
    {
        if (node.Inputs.Take(3).Any(i => i.Shape.Inner != node.Inputs[0].Shape.Inner))
        {
            throw new GraphException("queries, keys and values must have the same heads; the language repeats and pads them");
        }

        return layout.Heads(node.Inputs[0].Shape.Inner);
    }

    private static AttentionScores Scores(Node node, AttentionOp op) => AttentionScores.Of(op, node.Inputs[0].Shape.Inner.Size);
}
