using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Lowering;

/// <summary>
/// Which kernel computes a node, and with which arguments: the one place where operations meet kernels. Each family of
/// operations has a file of its own, which this list names.
/// </summary>
internal static class KernelChoice
{
    /// <param name="node">What is to be computed.</param>
    /// <param name="layout">How values lie in memory.</param>
    /// <param name="uses">How the parameters are used.</param>
    /// <param name="storesGradients">Whether updates become kernels that store the gradient instead.</param>
    /// <returns>The calls, in order; none for what needs no code.</returns>
    /// <exception cref="GraphException">This target has no kernel for the operation.</exception>
    public static IEnumerable<KernelCall> Of(Node node, MemoryLayout layout, ParameterUses uses, bool storesGradients) => node.Op switch
    {
        Update => UpdateCalls.Apply(node, layout, uses, storesGradients),
        _ => One(node, layout, uses, storesGradients) is { } call ? [call] : [],
    };

    private static KernelCall? One(Node node, MemoryLayout layout, ParameterUses uses, bool storesGradients) => node.Op switch
    {
        Parameter or Input or Constant or Part => null,
        Elementwise when node.Shape.Kind == ShapeKind.Matrix => null, // its terms are summed where the gradient lies
        LinearWeightGrad or EmbedGrad => UpdateCalls.Contribution(node, layout, uses),
        RowProgram program => RowProgramCalls.Program(node, program, layout),
        Regroup when node.Inputs[0].Op is not Parameter && layout.IsView(node.Inputs[0].Shape.Inner, node.Shape.Inner) => null,
        Detach => null,
        Regroup or Slice or Pad or Concat or RepeatGroups or RepeatChannels or RepeatRows => RowProgramCalls.Move(node, layout),
        Reduce or SumGroups => RowProgramCalls.Collect(node, layout),
        SumRows => RowProgramCalls.SumRows(node, layout),
        Linear => ProductCalls.Forward(node, layout),
        LinearInputGrad => ProductCalls.InputGradient(node, layout, uses),
        FoldedUpdate { By: LinearWeightGrad } update => ProductCalls.Update(node, layout, uses, storesGradients, update.Rule),
        Embed or EmbedSum => EmbeddingCalls.Forward(node, layout),
        FoldedUpdate { By: EmbedGrad } update => EmbeddingCalls.Update(node, layout, storesGradients, update.Rule),
        Attention attention => AttentionCalls.Forward(node, layout, attention),
        AttentionGrad attention => AttentionCalls.Gradient(node, layout, attention),
        AttentionStep attention => AttentionCalls.Step(node, layout, attention),
        RopeAngles angles => RotationCalls.Angles(node, angles, layout),
        RopeTurn turn => RotationCalls.Turn(node, turn, layout),
        DropoutFactors dropout => new(
            new Kernels.DropoutKernel(dropout.Channels), [new Argument("site", ArgumentKind.DropoutSite, node), Argument.Value("y", node)]),
        CrossEntropy => LossCalls.Loss(node, layout),
        CrossEntropyWithGrad => LossCalls.LossWithGradient(node, layout),
        _ => throw new GraphException($"{node.Op.Name} has no kernel"),
    };
}
