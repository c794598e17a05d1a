using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Targets.Cpu.Kernels;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Lowering;

/// <summary>The loss, alone or with its gradient.</summary>
internal static class LossCalls
{
    /// <param name="node">The loss.</param>
    /// <param name="layout">How values lie in memory.</param>
    /// <param name="inPieces">Whether it is that of some rows of the batch.</param>
    /// <returns>The call.</returns>
    public static KernelCall Loss(Node node, MemoryLayout layout, bool inPieces = false) => new(
        Kernel(layout.Extent(node.Inputs[0]), gradient: false, inPieces),
        [
            Argument.Value("logits", node.Inputs[0]),
            Argument.Indices("targets", node.Inputs[1]),
            Argument.Sums("sums"),
            Argument.Result("loss"),
        ]);

    /// <inheritdoc cref="Loss"/>
    public static KernelCall LossWithGradient(Node node, MemoryLayout layout, bool inPieces = false) => new(
        Kernel(layout.Extent(node.Inputs[0]), gradient: true, inPieces),
        [
            Argument.Value("logits", node.Inputs[0]),
            Argument.Indices("targets", node.Inputs[1]),
            Argument.Part("dlogits", node, 1),
            Argument.Sums("sums"),
            Argument.Result("loss"),
        ]);

    private static KernelSpec Kernel(int columns, bool gradient, bool inPieces) =>
        inPieces || WideCrossEntropyKernel.Suits(columns)
            ? new WideCrossEntropyKernel(columns, gradient)
            : new CrossEntropyKernel(columns, gradient);
}
