using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Targets.Cpu.Layout;

/// <summary>Where a contribution to the gradient of a parameter goes.</summary>
/// <param name="Parameter">The parameter.</param>
/// <param name="Adds">Whether another contribution is there already.</param>
internal sealed record GradientPlace(Node Parameter, bool Adds);

/// <summary>
/// How the parameters of a graph are used, from which follows in which orders they lie in memory, and where the matrices that are
/// contributions to their gradients are summed.
/// </summary>
internal sealed class ParameterUses
{
    /// <summary>A weight is large when its copy takes this share of what all may take.</summary>
    private const int LargeShare = 64;

    private readonly Dictionary<Node, GradientPlace> _places = [];
    private readonly Dictionary<Node, HashSet<Orientation>> _read = [];
    private readonly Dictionary<Node, Orientation> _primary = [];
    private readonly HashSet<Node> _lone = [];

    /// <param name="graph">The graph.</param>
    /// <param name="layout">How values lie in memory.</param>
    /// <param name="mostTransposed">Most bytes of transposed copies; where they would take more, large weights have none.</param>
    public ParameterUses(Graph.Graph graph, MemoryLayout layout, long mostTransposed)
    {
        foreach (var parameter in graph.Parameters)
        {
            _read.Add(parameter, []);
        }

        foreach (var node in graph.Nodes)
        {
            foreach (var (parameter, orientation) in Reads(node))
            {
                _read[parameter].Add(orientation);
            }
        }

        foreach (var update in graph.Nodes.Where(n => n.Op.UpdatesFirstInput))
        {
            var parameter = update.Inputs[0];
            Node[] contributions = update.Op is Update ? [.. Contributions(update.Inputs[1])] : [];
            foreach (var contribution in contributions)
            {
                if (_places.ContainsKey(contribution))
                {
                    throw new GraphException($"{contribution.Name} contributes twice to gradients");
                }

                _places.Add(contribution, new GradientPlace(parameter, false));
            }

            _primary[parameter] = parameter.Shape.Kind == ShapeKind.Vector
                || update.Op is FoldedUpdate { By: EmbedGrad } || contributions.Any(c => c.Op is EmbedGrad)
                ? Orientation.OutMajor
                : Orientation.InMajor;
        }

        LeaveOut(graph, layout, mostTransposed);

        // Whatever comes first stores, the others add to it.
        var begun = new HashSet<Node>();
        foreach (var node in graph.Nodes.Where(_places.ContainsKey))
        {
            _places[node] = _places[node] with { Adds = !begun.Add(_places[node].Parameter) };
        }
    }

    /// <summary>The order in which a parameter and its gradient are updated.</summary>
    public Orientation Primary(Node parameter) => _primary.TryGetValue(parameter, out var primary) ? primary
        : parameter.Shape.Kind != ShapeKind.Vector && _read[parameter].Contains(Orientation.InMajor)
            ? Orientation.InMajor : Orientation.OutMajor;

    /// <summary>The orders in which a parameter is kept, the one that is updated first.</summary>
    public ImmutableArray<Orientation> Orders(Node parameter) =>
        [Primary(parameter), .. _read[parameter].Where(o => o != Primary(parameter))];

    /// <summary>Where a matrix that is a contribution to a gradient is stored, or null.</summary>
    public GradientPlace? PlaceOf(Node contribution) => _places.TryGetValue(contribution, out var place) ? place : null;

    /// <summary>
    /// Whether a parameter that products read in both orders lies in one of them alone, and is transposed where it is read in the other.
    /// </summary>
    public bool IsLone(Node parameter) => _lone.Contains(parameter);

    /// <summary>
    /// Large weights lose their transposed copies where all copies together would take too much memory: beyond the caches it costs more to
    /// write a weight twice in every step than to transpose what a tile reads, since all rows of a batch are then multiplied by it.
    /// </summary>
    private void LeaveOut(Graph.Graph graph, MemoryLayout layout, long mostTransposed)
    {
        long Bytes(Node p) =>
            (long)layout.Physical(p.Shape.Outer) * layout.Physical(p.Shape.Inner) / layout.PanelWidth * MemoryLayout.PanelBytes;
        Node[] copied = [.. graph.Parameters.Where(p => Orders(p).Length > 1)];
        if (copied.Sum(Bytes) <= mostTransposed)
        {
            return;
        }

        var readers = graph.Readers();
        foreach (var parameter in copied.Where(p => Primary(p) == Orientation.InMajor && Bytes(p) >= mostTransposed / LargeShare))
        {
            if (readers[parameter].All(r => r.Op is not (Embed or EmbedSum) && (r.Op is not LinearInputGrad || CanTranspose(r, layout))))
            {
                _read[parameter].Remove(Orientation.OutMajor);
                _lone.Add(parameter);
            }
        }
    }

    /// <summary>Whether a product has a kernel that transposes its weight: over very many k none goes on with its results.</summary>
    private static bool CanTranspose(Node node, MemoryLayout layout) =>
        ((ProductOp)node.Op).Epilogue is null || layout.Extent(node.Inputs[1].Shape.Outer) < Limits.DeepProduct;

    private static IEnumerable<(Node, Orientation)> Reads(Node node) => node.Op switch
    {
        // What an epilogue reads are vectors, of which there is one order.
        ProductOp => [
            (node.Inputs[1], node.Op is Linear ? Orientation.InMajor : Orientation.OutMajor),
            .. node.Inputs.Skip(2).Where(i => i.Op is Parameter).Select(i => (i, Orientation.OutMajor)),
        ],
        FoldedUpdate { By: LinearWeightGrad } => [(node.Inputs[0], Orientation.InMajor), (node.Inputs[0], Orientation.OutMajor)],
        _ => node.Inputs.Where(i => i.Op is Parameter).Select(i => (i, Orientation.OutMajor)).Where(_ => !node.Op.UpdatesFirstInput),
    };

    private static IEnumerable<Node> Contributions(Node gradient) => gradient.Shape.Kind != ShapeKind.Matrix ? []
        : gradient.Op is Elementwise ? gradient.Inputs.SelectMany(Contributions) : [gradient];
}
