using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Passes;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Lowering;

/// <summary>The calls that compute the nodes of a graph.</summary>
internal sealed class Scheduler(Graph.Graph graph, MemoryPlan plan, MemoryLayout layout, ParameterUses uses, ImmutableHashSet<Node> pieces)
{
    /// <summary>The calls of some nodes of the forward or the backward pass.</summary>
    /// <param name="takes">Which nodes.</param>
    /// <param name="isForward">Of which pass.</param>
    /// <param name="storesGradients">Whether updates become kernels that store the gradient instead.</param>
    public ImmutableArray<ScheduledCall> Calls(Func<Node, bool> takes, bool isForward, bool storesGradients = false) =>
    [
        .. (isForward ? graph.Nodes.Take(graph.ForwardCount) : graph.Nodes.Skip(graph.ForwardCount))
            .Where(node => takes(node) && !plan.InPlace.Contains(node))
            .SelectMany(node => CompilerException.Guard("Lower", () => Of(node, storesGradients).ToList(), node.Op.Name)),
    ];

    /// <summary>The backward pass, but for what is computed in pieces of the rows: that comes before it.</summary>
    public ImmutableArray<ScheduledCall> Backward(bool storesGradients) =>
    [
        .. storesGradients ? [] : graph.Nodes.Where(n => pieces.Contains(n) && n.Op is FoldedUpdate).SelectMany(AfterPieces),
        .. Calls(n => !pieces.Contains(n), isForward: false, storesGradients),
    ];

    private IEnumerable<ScheduledCall> Of(Node node, bool storesGradients)
    {
        if (node.Op is Update && node.Inputs[1].Op is SumRows && pieces.Contains(node.Inputs[1]))
        {
            // The sum over the rows was stored piece by piece.
            return UpdateCalls.Apply(node, layout, uses, storesGradients).Skip(1).Select(call => new ScheduledCall(node, call));
        }

        return pieces.Contains(node)
            ? PieceCalls.Of(node, graph, layout, uses, storesGradients)
            : KernelChoice.Of(node, layout, uses, storesGradients).Select(call => new ScheduledCall(node, call));
    }

    /// <summary>Where there were several pieces, the sum of what each gave to the gradient is complete, and the weight can move.</summary>
    private IEnumerable<ScheduledCall> AfterPieces(Node update) =>
        UpdateCalls.ApplyRule(update, ((FoldedUpdate)update.Op).Rule, layout, uses)
            .Select(call => new ScheduledCall(update, call) { When = When.SeveralPieces });
}
