using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Spec;

namespace MicroGpt.Generator.Passes;

/// <summary>The graph as a pass left it, for printing.</summary>
internal sealed record PassResult(string Name, Graph.Graph Graph);

/// <summary>What the passes make of a model, for a target to compile.</summary>
/// <param name="Training">A training step: forward pass, backward pass, updates.</param>
/// <param name="Forward">From the tokens to the logits, nothing fused.</param>
/// <param name="Decoder">One position, over a cache.</param>
/// <param name="Passes">Every graph on the way.</param>
internal sealed record ModelGraphs(Graph.Graph Training, Graph.Graph Forward, Graph.Graph Decoder, ImmutableArray<PassResult> Passes);

/// <summary>The ordered list of passes, from a forward graph to what a target compiles; the verifier runs between them.</summary>
internal sealed class Pipeline
{
    private readonly List<PassResult> _passes = [];

    private Pipeline()
    {
    }

    /// <exception cref="CompilerException">A pass failed; says which, and on which op.</exception>
    public static ModelGraphs Run(Func<ForwardGraph> build, Optimizer optimizer, ITarget target) => new Pipeline().RunAll(build, optimizer, target);

    private ModelGraphs RunAll(Func<ForwardGraph> build, Optimizer optimizer, ITarget target)
    {
        var model = CompilerException.Guard("Build", build);
        var forward = Pass("Build", () => Snapshot(model, [model.Loss]));
        var gradients = CompilerException.Guard(
            "Differentiate", () => Differentiate.Run(model.Builder, model.Parameters, model.Loss));
        Pass("Differentiate", () => Snapshot(model, [model.Loss, .. gradients.Select(g => g.Gradient)], forward));
        var updates = CompilerException.Guard("AppendUpdates", () => AppendUpdates.Run(model.Builder, gradients, optimizer));
        var training = Pass("AppendUpdates", () => Snapshot(model, [model.Loss, .. updates], forward));
        training = Pass("Simplify", () => Simplify.Run(training));
        training = Pass("Fuse", () => Fuse.Run(training));
        training = Pass("FuseRows", () => FuseRows.Run(training, target));
        training = Pass("Order", () => Order.Run(training));
        var decoder = Pass("ToDecoder", () => FuseRows.Run(Fuse.Run(Simplify.Run(ToDecoder.Run(forward, model.Logits))), target));
        var logits = Rewriter.RemoveDead(forward with { Outputs = [model.Logits], Loss = null });
        return new ModelGraphs(training, logits, decoder, [.. _passes]);
    }

    private static Graph.Graph Snapshot(ForwardGraph model, ImmutableArray<Node> outputs, Graph.Graph? forward = null) => new(
        [.. model.Builder.Nodes], outputs)
    {
        Parameters = [.. model.Parameters],
        Loss = model.Loss,
        ForwardCount = forward?.Nodes.Length ?? model.Builder.Nodes.Count,
    };

    private Graph.Graph Pass(string name, Func<Graph.Graph> pass) => CompilerException.Guard(name, () =>
    {
        var graph = pass();
        Verifier.Verify(graph);
        _passes.Add(new PassResult(name, graph));
        return graph;
    });
}
