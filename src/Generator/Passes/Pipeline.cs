using System.Collections.Immutable;
using MicroGpt.Generator.Architectures;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Kernels;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Spec;

namespace MicroGpt.Generator.Passes;

/// <summary>The ordered list of passes, from a spec to what a target prints; the verifier runs between them.</summary>
internal sealed class Pipeline
{
    private readonly ModelSpec _spec;
    private readonly List<PassResult> _passes = [];

    private Pipeline(ModelSpec spec) => _spec = spec;

    /// <exception cref="CompilerException">A pass failed; says which, and on which op.</exception>
    public static CompiledModel Run(ModelSpec spec) => new Pipeline(spec).Run();

    private CompiledModel Run()
    {
        var model = Guarded("Build", () => ForwardGraph.Build(_spec));
        var forward = Pass("Build", () => Snapshot(model, [model.Loss]));
        var gradients = Guarded("Differentiate", () => Differentiate.Run(model.Builder, model.Parameters, model.Loss));
        Pass("Differentiate", () => Snapshot(model, [model.Loss, .. gradients.Select(g => g.Gradient)], forward));
        var updates = Guarded("AppendUpdates", () => AppendUpdates.Run(model.Builder, gradients, _spec.Optimizer));
        var training = Pass("AppendUpdates", () => Snapshot(model, [model.Loss, .. updates], forward));
        training = Pass("Simplify", () => Simplify.Run(training));
        training = Pass("Fuse", () => Fuse.Run(training));
        training = Pass("Order", () => Order.Run(training));
        var decoder = Pass("ToDecoder", () => Fuse.Run(ToDecoder.Run(forward, model.Logits)));

        var lowering = new Lowering(_spec.Precision);
        var storing = new Lowering(_spec.Precision) { MaterialisesGradients = true };
        var backward = Schedule(training, training.ForwardCount, training.Nodes.Length, lowering);
        var gradient = Schedule(training, training.ForwardCount, training.Nodes.Length, storing);
        var weights = Guarded("PlaceWeights", () => PlaceWeights.Weights(training, lowering));
        var forwardCalls = Schedule(training, 0, training.ForwardCount, lowering);
        var decode = Schedule(decoder, 0, decoder.Nodes.Length, new Lowering(_spec.Precision));

        return new CompiledModel(_spec, [.. _passes])
        {
            Training = training,
            DecoderGraph = decoder,
            Plan = Guarded("PlanMemory", () => PlanMemory.Run(training, lowering)),
            DecoderPlan = Guarded("PlanMemory", () => PlanMemory.Run(decoder, lowering)),
            Lowering = lowering,
            Forward = forwardCalls,
            Backward = backward,
            Gradient = gradient,
            Decode = decode,
            Weights = weights,
            Gradients = Guarded("PlaceWeights", () => PlaceWeights.Gradients(training, lowering)),
            Kernels =
            [
                .. forwardCalls.Concat(backward).Concat(gradient).Concat(decode)
                    .Select(c => c.Call.Kernel).Distinct().OrderBy(k => k.Name, StringComparer.Ordinal),
            ],
            Flops = training.Nodes.Select(n => n.Op.Flops(n)).Aggregate((a, b) => (a.PerRow + b.PerRow, a.PerPair + b.PerPair)),
        };
    }

    private static Graph.Graph Snapshot(ForwardGraph model, ImmutableArray<Node> outputs, Graph.Graph? forward = null) => new(
        [.. model.Builder.Nodes], outputs)
    {
        Parameters = [.. model.Parameters],
        Loss = model.Loss,
        ForwardCount = forward?.Nodes.Length ?? model.Builder.Nodes.Count,
    };

    private Graph.Graph Pass(string name, Func<Graph.Graph> pass) => Guarded(name, () =>
    {
        var graph = pass();
        Verifier.Verify(graph);
        _passes.Add(new PassResult(name, graph));
        return graph;
    });

    private static ImmutableArray<ScheduledCall> Schedule(Graph.Graph graph, int from, int to, Lowering lowering)
    {
        var calls = ImmutableArray.CreateBuilder<ScheduledCall>();
        for (var i = from; i < to; i++)
        {
            var node = graph.Nodes[i];
            if (node.Op is Parameter or Input or Constant or Part)
            {
                continue;
            }

            if (Guarded("Lower", () => node.Op.Lower(node, lowering), node.Op.Name) is { } call)
            {
                calls.Add(new ScheduledCall(node, call));
            }
        }

        return calls.ToImmutable();
    }

    private static T Guarded<T>(string pass, Func<T> action, string op = "")
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is not CompilerException)
        {
            throw new CompilerException(pass, op, e.Message, e);
        }
    }
}
