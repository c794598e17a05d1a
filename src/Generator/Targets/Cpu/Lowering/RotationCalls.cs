using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Targets.Cpu.Kernels;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Lowering;

/// <summary>Rotary positions: the angles of a batch, and the turning of pairs of channels by them.</summary>
internal static class RotationCalls
{
    public static KernelCall Angles(Node node, RopeAngles angles, MemoryLayout layout) => new(
        new RopeAnglesKernel(angles.Theta, angles.Size, layout.Heads(node.Shape.Inner)),
        [Argument.Indices("positions", node.Inputs[0]), Argument.Value("angles", node)]);

    public static KernelCall Turn(Node node, RopeTurn turn, MemoryLayout layout) => new(
        new RopeTurnKernel(layout.Heads(node.Shape.Inner), layout.Heads(node.Inputs[1].Shape.Inner), turn.Interleaved, turn.Back),
        [Argument.Value("x", node.Inputs[0]), Argument.Value("angles", node.Inputs[1]), Argument.Value("y", node)]);
}
