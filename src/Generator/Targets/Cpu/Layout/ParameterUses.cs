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
    private readonly Dictionary<Node, GradientPlace> _places = [];
    private readonly Dictionary<Node, HashSet<Orientation>> _read = [];
    private readonly Dictionary<Node, Orientation> _primary = [];
    private readonly HashSet<Node> _lone = [];

    /// <param name="graph">The graph.</param>
    /// <param name="layout">How values lie in memory.</param>
    /// <param name="loneFrom">Weights with so many outputs, or more, lie in one order.</param>
    public ParameterUses(Graph.Graph graph, MemoryLayout layout, int loneFrom)
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

        LeaveOut(graph, layout, loneFrom);

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
    /// Weights with many outputs lie in one order: to write a weight twice in every step, and to have both copies compete for the caches,
    /// costs more than to multiply by it as it lies, or to transpose what is then multiplied by many rows. A panel of inputs alone is too
    /// little for that.
    /// </summary>
    private void LeaveOut(Graph.Graph graph, MemoryLayout layout, int loneFrom)
    {
        var readers = graph.Readers();
        foreach (var parameter in graph.Parameters.Where(p =>
            Orders(p).Length > 1 && Primary(p) == Orientation.InMajor
            && layout.Extent(p.Shape.Outer) >= loneFrom && layout.Extent(p.Shape.Inner) > layout.PanelWidth))
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
