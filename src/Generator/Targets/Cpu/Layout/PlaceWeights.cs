using System.Collections.Immutable;
using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Targets.Cpu.Layout;

/// <summary>A weight in memory.</summary>
/// <param name="Parameter">The parameter.</param>
/// <param name="Orientation">In which order.</param>
/// <param name="Offset">Elements before it in the arena of weights.</param>
/// <param name="Rows">Rows of a panel, padded.</param>
/// <param name="Columns">Columns, padded to whole panels.</param>
internal sealed record PlacedWeight(Node Parameter, Orientation Orientation, long Offset, int Rows, int Columns)
{
    public long Elements => (long)Rows * Columns;

    /// <summary>Name in the generated code.</summary>
    public string Name => Parameter.Name + (Orientation == Layout.Orientation.OutMajor && Parameter.Op is Parameter p && !p.IsTable ? "_T" : "");
}

/// <summary>Gives every weight its place in the arena of weights: tables as they are, weights of products in both orientations.</summary>
internal static class PlaceWeights
{
    /// <summary>
    /// The primary copy of each parameter first, in the layout and order of the gradients and of the optimizer's state, so that
    /// an update can run over all of them at once; then the transposed copies.
    /// </summary>
    public static ImmutableArray<PlacedWeight> Weights(Graph.Graph graph, MemoryLayout layout) => Place(
        layout,
        graph.Parameters.Select(p => (p, Primary(p))).Concat(
            from parameter in graph.Parameters
            where Primary(parameter) != Orientation.OutMajor
            select (parameter, Orientation.OutMajor)));

    /// <summary>The orientation in which the gradient of a parameter is computed.</summary>
    public static Orientation Primary(Node parameter) =>
        ((Parameter)parameter.Op).IsTable ? Orientation.OutMajor : Orientation.InMajor;

    public static ImmutableArray<PlacedWeight> Gradients(Graph.Graph graph, MemoryLayout layout) =>
        Place(layout, graph.Parameters.Select(p => (p, Primary(p))));

    private static ImmutableArray<PlacedWeight> Place(MemoryLayout layout, IEnumerable<(Node Parameter, Orientation Orientation)> weights)
    {
        var placed = ImmutableArray.CreateBuilder<PlacedWeight>();
        var offset = 0L;
        foreach (var (parameter, orientation) in weights)
        {
            int outer = layout.Physical(parameter.Shape.Outer), inner = layout.Physical(parameter.Shape.Inner);
            var weight = orientation == Orientation.InMajor
                ? new PlacedWeight(parameter, orientation, offset, inner, outer)
                : new PlacedWeight(parameter, orientation, offset, outer, inner);
            placed.Add(weight);
            offset += weight.Elements;
        }

        return placed.ToImmutable();
    }
}
