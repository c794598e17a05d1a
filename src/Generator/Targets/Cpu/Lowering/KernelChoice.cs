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
    /// <param name="storesGradients">Whether updates become kernels that store the gradient instead.</param>
    /// <returns>The call, or null for what needs no code.</returns>
    /// <exception cref="GraphException">This target has no kernel for the operation.</exception>
    public static KernelCall? Of(Node node, MemoryLayout layout, bool storesGradients) => node.Op switch
    {
        Parameter or Input or Constant or Part => null,
        Add or Relu or ReluGrad or Scale => RowCalls.Elementwise(node, layout),
        RmsNorm or RmsNormGrad => RowCalls.Norm(node, layout),
        Linear linear => ProductCalls.Forward(node, layout, linear.Epilogue),
        LinearInputGrad linear => ProductCalls.InputGradient(node, layout, linear.Epilogue),
        LinearSgd => ProductCalls.Update(node, layout, storesGradients, Kernels.WeightUpdate.Sgd),
        LinearAdam => ProductCalls.Update(node, layout, storesGradients, Kernels.WeightUpdate.Adam),
        Embed or EmbedSum => EmbeddingCalls.Forward(node, layout),
        EmbedSgd => EmbeddingCalls.Update(node, layout, storesGradients, Kernels.WeightUpdate.Sgd),
        EmbedAdam => EmbeddingCalls.Update(node, layout, storesGradients, Kernels.WeightUpdate.Adam),
        Attention attention => AttentionCalls.Forward(node, layout, attention),
        AttentionGrad attention => AttentionCalls.Gradient(node, layout, attention),
        AttentionStep attention => AttentionCalls.Step(node, layout, attention),
        RopeAngles angles => RotationCalls.Angles(node, angles, layout),
        RopeTurn turn => RotationCalls.Turn(node, turn, layout),
        CrossEntropy => LossCalls.Loss(node, layout),
        CrossEntropyWithGrad => LossCalls.LossWithGradient(node, layout),
        _ => throw new GraphException($"{node.Op.Name} has no kernel"),
    };
}
