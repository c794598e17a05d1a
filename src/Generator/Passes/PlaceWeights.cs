using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Kernels;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Passes;

/// <summary>Gives every weight its place in the arena of weights: tables as they are, weights of products in both orientations.</summary>
internal static class PlaceWeights
{
    /// <summary>
    /// The primary copy of each parameter first, in the layout and order of the gradients and of the optimizer's state, so that
    /// an update can run over all of them at once; then the transposed copies.
    /// </summary>
    public static ImmutableArray<PlacedWeight> Weights(Graph.Graph graph, Lowering lowering) => Place(
        lowering,
        graph.Parameters.Select(p => (p, Primary(p))).Concat(
            from parameter in graph.Parameters
            where Primary(parameter) != Orientation.OutMajor
            select (parameter, Orientation.OutMajor)));

    /// <summary>The orientation in which the gradient of a parameter is computed.</summary>
    public static Orientation Primary(Node parameter) =>
        ((Parameter)parameter.Op).IsTable ? Orientation.OutMajor : Orientation.InMajor;

    public static ImmutableArray<PlacedWeight> Gradients(Graph.Graph graph, Lowering lowering) =>
        Place(lowering, graph.Parameters.Select(p => (p, Primary(p))));

    private static ImmutableArray<PlacedWeight> Place(Lowering lowering, IEnumerable<(Node Parameter, Orientation Orientation)> weights)
    {
        var placed = ImmutableArray.CreateBuilder<PlacedWeight>();
        var offset = 0L;
        foreach (var (parameter, orientation) in weights)
        {
            int outer = lowering.Physical(parameter.Shape.Outer), inner = lowering.Physical(parameter.Shape.Inner);
            var weight = orientation == Orientation.InMajor
                ? new PlacedWeight(parameter, orientation, offset, inner, outer)
                : new PlacedWeight(parameter, orientation, offset, outer, inner);
            placed.Add(weight);
            offset += weight.Elements;
        }

        return placed.ToImmutable();
    }
}
