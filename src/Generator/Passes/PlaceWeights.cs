using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Kernels;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Passes;

/// <summary>Gives every weight its place in the arena of weights: in each orientation that some op reads, one after the other.</summary>
internal static class PlaceWeights
{
    public static ImmutableArray<PlacedWeight> Weights(Graph.Graph graph, Lowering lowering) => Place(
        lowering,
        from parameter in graph.Parameters
        from orientation in new[] { Orientation.InMajor, Orientation.OutMajor }
        where lowering.Uses(parameter, orientation)
        select (parameter, orientation));

    public static ImmutableArray<PlacedWeight> Gradients(Graph.Graph graph, ImmutableArray<ScheduledCall> schedule, Lowering lowering)
    {
        var stored = schedule.SelectMany(c => c.Call.Arguments).Where(a => a.Kind == ArgumentKind.Gradient)
            .ToDictionary(a => a.Node!, a => a.Orientation);
        return Place(lowering, graph.Parameters.Select(p => (p, stored[p])));
    }

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
