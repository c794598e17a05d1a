using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Passes;

/// <summary>Removes multiplications by one and what nothing needs (gradients that no parameter asks for).</summary>
internal static class Simplify
{
    public static Graph.Graph Run(Graph.Graph graph) => Rewriter.Rewrite(graph, static (_, node, inputs) =>
        node.Op is Scale && inputs[1].Op is Constant { Value: 1 } ? inputs[0] : null);
}
