using System.Collections.Immutable;
using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Targets.Cpu.Layout;

/// <summary>A weight in memory.</summary>
/// <param name="Parameter">The parameter.</param>
/// <param name="Orientation">In which order.</param>
/// <param name="Offset">Elements before it in the arena of weights.</param>
/// <param name="Rows">Rows of a panel, padded.</param>
/// <param name="Columns">Columns, padded to whole panels.</param>
/// <param name="IsPrimary">Whether it is the copy that is updated, and from which others are transposed.</param>
internal sealed record PlacedWeight(Node Parameter, Orientation Orientation, long Offset, int Rows, int Columns, bool IsPrimary = true)
{
    public long Elements => (long)Rows * Columns;

    /// <summary>Name in the generated code.</summary>
    public string Name => Parameter.Name + (IsPrimary ? "" : "_T");
}

/// <summary>Gives every weight its place in the arena of weights, in the orders in which it is read.</summary>
internal static class PlaceWeights
{
    /// <summary>
    /// The primary copy of each parameter first, in the layout and order of the gradients and of the optimizer's state, so that
    /// an update can run over all of them at once; then the transposed copies.
    /// </summary>
    public static ImmutableArray<PlacedWeight> Weights(Graph.Graph graph, ParameterUses uses, MemoryLayout layout) => Place(
        layout,
        graph.Parameters.Select(p => (p, uses.Primary(p), true)).Concat(
            from parameter in graph.Parameters
            from orientation in uses.Orders(parameter).Skip(1)
            select (parameter, orientation, false)));

    public static ImmutableArray<PlacedWeight> Gradients(Graph.Graph graph, ParameterUses uses, MemoryLayout layout) =>
        Place(layout, graph.Parameters.Select(p => (p, uses.Primary(p), true)));

    private static ImmutableArray<PlacedWeight> Place(
        MemoryLayout layout, IEnumerable<(Node Parameter, Orientation Orientation, bool IsPrimary)> weights)
    {
        var placed = ImmutableArray.CreateBuilder<PlacedWeight>();
        long offset = 0L;
        foreach (var (parameter, orientation, isPrimary) in weights)
        {
            int inner = layout.Physical(parameter.Shape.Inner);

            // A vector is a matrix of one row, which lies in one piece.
            int outer = parameter.Shape.Kind == ShapeKind.Vector ? 1 : layout.Physical(parameter.Shape.Outer);
            var weight = orientation == Orientation.InMajor
                ? new PlacedWeight(parameter, orientation, offset, inner, outer, isPrimary)
                : new PlacedWeight(parameter, orientation, offset, outer, inner, isPrimary);
            placed.Add(weight);
            offset += weight.Elements;
        }

        return placed.ToImmutable();
    }
}
