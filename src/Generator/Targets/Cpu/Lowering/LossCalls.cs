using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Targets.Cpu.Kernels;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Lowering;

/// <summary>The loss, alone or with its gradient.</summary>
internal static class LossCalls
{
    public static KernelCall Loss(Node node, MemoryLayout layout) => new(
        new CrossEntropyKernel(layout.Extent(node.Inputs[0]), Gradient: false),
        [
            Argument.Value("logits", node.Inputs[0]),
            Argument.Indices("targets", node.Inputs[1]),
            Argument.Sums("sums"),
            Argument.Result("loss"),
        ]);

    public static KernelCall LossWithGradient(Node node, MemoryLayout layout) => new(
        new CrossEntropyKernel(layout.Extent(node.Inputs[0]), Gradient: true),
        [
            Argument.Value("logits", node.Inputs[0]),
            Argument.Indices("targets", node.Inputs[1]),
            Argument.Part("dlogits", node, 1),
            Argument.Sums("sums"),
            Argument.Result("loss"),
        ]);
}
