using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Spec;

namespace MicroGpt.Generator.Passes;

/// <summary>Makes the parameter update part of the graph: for each parameter, the rule that the spec names.</summary>
internal static class AppendUpdates
{
    /// <summary>The graph of a forward and backward pass with the updates behind it; asked of it are the loss and these.</summary>
    public static Graph.Graph Run(Graph.Graph graph, Optimizer optimizer)
    {
        var builder = new GraphBuilder(graph);
        var updates = Run(builder, [.. graph.Parameters.Zip(graph.Outputs.Skip(1), (p, g) => (p, g))], optimizer);
        return graph with { Nodes = [.. builder.Nodes], Outputs = [graph.Loss!, .. updates] };
    }

    public static IReadOnlyList<Node> Run(
        GraphBuilder builder, IReadOnlyList<(Node Parameter, Node Gradient)> gradients, Optimizer optimizer)
    {
        var learningRate = builder.Add(new Input(InputKind.LearningRate), new Scope("", ""), "learning_rate", []);
        var rule = RuleOf(optimizer);
        return
        [
            .. gradients.Select(g => builder.Add(
                new Update(g.Parameter.Shape.Kind == ShapeKind.Vector ? rule.ForVectors : rule), g.Parameter.Scope,
                g.Parameter.Local + "_updated", [g.Parameter, g.Gradient, learningRate])),
        ];
    }

    private static OptimizerRule RuleOf(Optimizer optimizer) => optimizer switch
    {
        Optimizer.Sgd => OptimizerRule.Sgd,
        Optimizer.Momentum => OptimizerRule.Momentum,
        Optimizer.Adam => OptimizerRule.Adam,
        Optimizer.AdamW => OptimizerRule.AdamW,
        _ => throw new GraphException($"there is no rule for {optimizer}"),
    };
}
