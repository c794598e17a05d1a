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

/// <summary>What passes know besides the graph.</summary>
/// <param name="Optimizer">The rule of the updates.</param>
/// <param name="Target">What the graph is compiled for.</param>
internal sealed record PassContext(Optimizer Optimizer, ITarget Target);

/// <summary>A pass: a graph becomes another.</summary>
internal sealed record GraphPass(string Name, Func<Graph.Graph, PassContext, Graph.Graph> Run);

/// <summary>The passes, from a forward graph to what a target compiles; the verifier runs after each.</summary>
internal static class Pipeline
{
    private static readonly ImmutableArray<GraphPass> Fusion =
    [
        new("Simplify", static (graph, _) => Simplify.Run(graph)),
        new("Fuse", static (graph, context) => Fuse.Run(graph, context.Target)),
        new("FuseRows", static (graph, context) => FuseRows.Run(graph, context.Target)),
        new("Epilogues", static (graph, context) => Epilogues.Absorb(graph, context.Target)),
    ];

    /// <summary>From a forward pass to a training step, in order.</summary>
    public static ImmutableArray<GraphPass> Training { get; } =
    [
        new("Differentiate", static (graph, _) => Differentiate.Run(graph)),
        new("AppendUpdates", static (graph, context) => AppendUpdates.Run(graph, context.Optimizer)),
        .. Fusion,
        new("Order", static (graph, _) => Order.Run(graph)),
    ];

    /// <summary>The same for a large vocabulary, whose logits are computed for a piece of the rows at a time.</summary>
    public static ImmutableArray<GraphPass> TrainingInPieces { get; } =
    [
        .. Training.TakeWhile(pass => pass.Name != "Fuse"),
        new("DivideRows", static (graph, _) => DivideRows.Run(graph)),
        .. Training.SkipWhile(pass => pass.Name != "Fuse"),
        new("OrderPieces", static (graph, _) => RowsInPieces.Ordered(graph)),
    ];

    /// <summary>From a forward pass that ends in the logits to the decoding of one position, in order.</summary>
    public static ImmutableArray<GraphPass> Decoder { get; } = [new("ToDecoder", static (graph, _) => ToDecoder.Run(graph)), .. Fusion];

    /// <exception cref="CompilerException">A pass failed; says which, and on which op.</exception>
    public static ModelGraphs Run(Func<ForwardGraph> build, Optimizer optimizer, ITarget target)
    {
        var results = ImmutableArray.CreateBuilder<PassResult>();
        var context = new PassContext(optimizer, target);
        Graph.Graph Apply(GraphPass pass, Graph.Graph graph) => CompilerException.Guard(pass.Name, () =>
        {
            var after = pass.Run(graph, context);
            Verifier.Verify(after);
            return after;
        });
        Graph.Graph Keep(string name, Graph.Graph graph)
        {
            results.Add(new PassResult(name, graph));
            return graph;
        }

        Graph.Graph Trained(ImmutableArray<GraphPass> passes) =>
            passes.Aggregate(results[0].Graph, (graph, pass) => Keep(pass.Name, Apply(pass, graph)));

        var model = CompilerException.Guard("Build", build);
        model = CompilerException.Guard("GroupWeights", () => GroupWeights.Run(model));
        var forward = Keep("Build", Apply(new("Build", static (graph, _) => graph), ToGraph(model)));
        var training = Trained(target.RowsAtOnce(model.Logits.Shape) > 0 ? TrainingInPieces : Training);
        var logits = Rewriter.RemoveDead(forward with { Outputs = [model.Logits], Loss = null });
        var decoder = Keep("Decoder", Decoder.Aggregate(logits, (graph, pass) => Apply(pass, graph)));
        return new ModelGraphs(training, logits, decoder, results.ToImmutable());
    }

    private static Graph.Graph ToGraph(ForwardGraph model) => new([.. model.Builder.Nodes], [model.Loss])
    {
        Parameters = [.. model.Parameters],
        Loss = model.Loss,
        ForwardCount = model.Builder.Nodes.Count,
    };
}
