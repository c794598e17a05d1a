using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Targets.Cpu.Kernels;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Lowering;

/// <summary>
/// What is computed for a piece of the rows at a time: rows go into the memory of a piece and back, and the gradients of parameters are
/// sums over the pieces. Where there is one piece only, the update of a weight is folded into its gradient as everywhere.
/// </summary>
internal static class PieceCalls
{
    /// <summary>The calls of a node, and when each is made.</summary>
    public static IEnumerable<ScheduledCall> Of(
        Node node, Graph.Graph graph, MemoryLayout layout, ParameterUses uses, bool storesGradients) => node.Op switch
    {
        PieceOf or Gathered => [new(node, Copy(node, layout))],
        CrossEntropy => [new(node, LossCalls.Loss(node, layout, inPieces: true))],
        CrossEntropyWithGrad => [new(node, LossCalls.LossWithGradient(node, layout, inPieces: true))],
        LinearWeightGrad => Contribution(node, layout, uses),
        FoldedUpdate { By: LinearWeightGrad, Rule: var rule } => Folded(node, layout, uses, rule, storesGradients),
        SumRows =>
        [
            .. KernelChoice.Of(node, layout, uses, storesGradients).Select(call => new ScheduledCall(node, call)),
            .. Summed(node, graph.Nodes.Single(n => n.Op is Update && n.Inputs[1] == node).Inputs[0], layout, uses),
        ],
        _ => KernelChoice.Of(node, layout, uses, storesGradients).Select(call => new ScheduledCall(node, call)),
    };

    /// <summary>Rows of a batch to where those of a piece lie, or back.</summary>
    private static KernelCall Copy(Node node, MemoryLayout layout)
    {
        bool isTaken = node.Op is PieceOf;
        bool isVector = node.Shape.Kind == ShapeKind.Vector;
        return new(
            new CopyRowsKernel(),
            [
                Argument.Value("x", node.Inputs[0]),
                Argument.Value("y", node),
                Argument.Distance("xPanel", ofPiece: !isTaken),
                Argument.Distance("yPanel", ofPiece: isTaken),
                Argument.Constant("outer", layout.Physical(node.Shape.Inner)),
                .. isVector ? [Argument.Constant("rows", 1)] : (Argument[])[],
            ]);
    }

    /// <summary>A contribution to a stored gradient: of what is the first there the first piece stores, all others add.</summary>
    private static IEnumerable<ScheduledCall> Contribution(Node node, MemoryLayout layout, ParameterUses uses)
    {
        bool adds = uses.PlaceOf(node)!.Adds;
        if (!adds)
        {
            yield return new(node, UpdateCalls.Contribution(node, layout, uses, adds: false)) { When = When.FirstPiece };
        }

        yield return new(node, UpdateCalls.Contribution(node, layout, uses, adds: true)) { When = adds ? When.Always : When.LaterPiece };
    }

    private static IEnumerable<ScheduledCall> Folded(
        Node node, MemoryLayout layout, ParameterUses uses, OptimizerRule rule, bool storesGradients)
    {
        if (!storesGradients)
        {
            yield return new(node, ProductCalls.Update(node, layout, uses, storesGradients: false, rule)) { When = When.OnlyPiece };
        }

        string sentence = $"the gradient of {node.Inputs[0].Name}, summed over the pieces: {node.Inputs[1].Name}ᵀ {node.Inputs[2].Name}";
        yield return new(node, ProductCalls.Gradient(node, layout, WeightUpdate.Store, sentence))
        {
            When = storesGradients ? When.FirstPiece : When.FirstOfSeveral,
        };
        yield return new(node, ProductCalls.Gradient(node, layout, WeightUpdate.Accumulate, sentence)) { When = When.LaterPiece };
    }

    private static IEnumerable<ScheduledCall> Summed(Node sum, Node vector, MemoryLayout layout, ParameterUses uses)
    {
        ScheduledCall Call(bool adds, When when) => new(sum, UpdateCalls.StoreVector(sum, vector, layout, uses, adds)) { When = when };
        return [Call(false, When.FirstPiece), Call(true, When.LaterPiece)];
    }
}
