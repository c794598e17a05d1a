using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Passes;

/// <summary>
/// Which nodes of a graph are computed together, a row at a time. Members of a cluster are elementwise values as wide as a row.
/// What is cheap (a broadcast, a value of one channel, and in the backward pass whatever the forward pass does not store anyway)
/// is computed again wherever it is needed and belongs to none.
/// </summary>
internal sealed class RowClusters
{
    /// <summary>More inputs than this make a kernel whose addresses no longer fit the registers.</summary>
    private const int MostInputs = 10;

    private readonly Graph.Graph _graph;
    private readonly ITarget _target;
    private readonly ILookup<Node, Node> _readers;
    private readonly Dictionary<Node, int> _place = [];
    private readonly Dictionary<Node, Cluster> _clusterOf = [];
    private readonly Dictionary<Node, bool> _stored = [];
    private readonly Dictionary<Node, bool> _inline = [];
    private readonly Dictionary<Node, bool> _ofOneWidth = [];

    public RowClusters(Graph.Graph graph, ITarget target)
    {
        (_graph, _target, _readers) = (graph, target, graph.Readers());
        for (int i = 0; i < graph.Nodes.Length; i++)
        {
            _place.Add(graph.Nodes[i], i);
        }

        // What the backward pass computes again depends on what the forward pass stores.
        foreach (var pass in graph.Nodes.Where(IsMember).GroupBy(n => _place[n] < graph.ForwardCount).OrderByDescending(p => p.Key))
        {
            foreach (var node in pass)
            {
                Assign(node);
            }

            JoinReadersOfTheSame(pass);
        }
    }

    /// <summary>Nodes that are computed together.</summary>
    internal sealed class Cluster(bool isForward, bool isVector)
    {
        public List<Node> Members { get; } = [];

        public bool IsForward { get; } = isForward;

        public bool IsVector { get; } = isVector;

        /// <summary>How the channels of its members lie in memory; null while all have one channel.</summary>
        public Axis? Geometry { get; set; }

        /// <summary>The groups that it reduces over; null while there is no reduction.</summary>
        public Axis? Groups { get; set; }
    }

    /// <summary>The cluster of a node, or null.</summary>
    public Cluster? Of(Node node) => _clusterOf.TryGetValue(node, out var cluster) ? cluster : null;

    /// <summary>Whether a value is never stored but computed where it is needed.</summary>
    /// <param name="node">The value.</param>
    /// <param name="forBackward">Whether it is needed in the backward pass.</param>
    public bool IsInline(Node node, bool forBackward) =>
        IsCheap(node) || (forBackward && _place[node] < _graph.ForwardCount && _clusterOf.ContainsKey(node) && !IsStored(node));

    /// <summary>The members whose values are needed outside of their cluster.</summary>
    public IEnumerable<Node> ResultsOf(Cluster cluster) => cluster.Members.Where(IsStored);

    /// <summary>The values that a node is computed from and that lie in memory, or are members of its own cluster.</summary>
    public IEnumerable<Node> LeavesOf(Node node)
    {
        bool backward = _place[node] >= _graph.ForwardCount;
        var seen = new HashSet<Node>();
        var todo = new Stack<Node>(node.Inputs.Reverse());
        while (todo.Count > 0)
        {
            var next = todo.Pop();
            if (next.Op is Constant || !seen.Add(next))
            {
                continue;
            }

            if (!IsInline(next, backward))
            {
                yield return next;
                continue;
            }

            foreach (var input in next.Inputs.Reverse())
            {
                todo.Push(input);
            }
        }
    }

    private static bool HasChannels(Node node) => node.Shape.Kind is ShapeKind.Rows or ShapeKind.Vector;

    /// <summary>Whether a node can be a step of a row program at all.</summary>
    private bool IsRowWork(Node node) => HasChannels(node) && node.Op switch
    {
        Elementwise or Detach or RepeatRows => true,
        Regroup => _target.IsView(node.Inputs[0].Shape.Inner, node.Shape.Inner),
        Reduce or RepeatChannels => IsReplicated(node),
        _ => false,
    };

    private bool IsCheap(Node node)
    {
        if (!_inline.TryGetValue(node, out bool cheap))
        {
            bool isLight = node.Op is not Elementwise || (node.Shape.Inner.Size == 1 && IsReplicated(node));
            cheap = IsRowWork(node) && isLight && _readers[node].Any() && !_graph.Outputs.Contains(node) && !_readers[node].Any(IsOutside);
            _inline.Add(node, cheap);
        }

        return cheap;
    }

    /// <summary>Whether a node reads its inputs from memory: it is no row work, or it is a mere view of a value for such.</summary>
    private bool IsOutside(Node node) => !IsRowWork(node) || (node.Op is Regroup or Detach && !IsCheap(node));

    private bool IsMember(Node node) => !IsOutside(node) && !IsCheap(node);

    /// <summary>
    /// Whether a value of one channel a group is kept in all lanes of its group: it comes from reductions over groups of one size
    /// alone, and goes back to channels of such groups. One group is always fine.
    /// </summary>
    private bool IsReplicated(Node node)
    {
        var narrow = node.Op is RepeatChannels ? node.Inputs[0] : node;
        if (narrow.Shape.Inner.Groups == 1)
        {
            return (node.Op is not Reduce reduceAll
                || _target.ReducesInRow(node.Inputs[0].Shape.Inner, reduceAll.Reduction == Reduction.Sum))
                && (narrow.Shape.Inner.Size != 1 || IsOfOneWidth(narrow));
        }

        if (narrow.Shape.Inner.Size != 1)
        {
            return true;
        }

        // All values of one channel that meet one another element by element.
        var family = new HashSet<Node> { narrow };
        var todo = new Queue<Node>(family);
        Axis? groups = null;
        while (todo.Count > 0)
        {
            var next = todo.Dequeue();
            if (_graph.Outputs.Contains(next))
            {
                return false;
            }

            switch (next.Op)
            {
                case Reduce reduce when groups is null || groups == next.Inputs[0].Shape.Inner:
                    groups = next.Inputs[0].Shape.Inner;
                    if (!_target.ReducesInRow(groups.Value, reduce.Reduction == Reduction.Sum))
                    {
                        return false;
                    }

                    break;
                case Elementwise or Detach:
                    foreach (var input in next.Inputs.Where(i => i.Op is not Constant && family.Add(i)))
                    {
                        todo.Enqueue(input);
                    }

                    break;
                default:
                    return false;
            }

            foreach (var reader in _readers[next])
            {
                if (reader.Op is RepeatChannels)
                {
                    if (groups is not null && groups != reader.Shape.Inner)
                    {
                        return false;
                    }

                    groups = reader.Shape.Inner;
                }
                else if (reader.Op is not (Elementwise or Detach))
                {
                    return false;
                }
                else if (family.Add(reader))
                {
                    todo.Enqueue(reader);
                }
            }
        }

        return groups is { } found && _target.ReducesInRow(found, isSum: true);
    }

    /// <summary>
    /// Whether all that a value of one channel a row is reduced from, and repeated to, together with the like that it meets, is equally
    /// wide: a row program goes over the channels of one width. Where it is not, such values are stored.
    /// </summary>
    private bool IsOfOneWidth(Node narrow)
    {
        if (_ofOneWidth.TryGetValue(narrow, out bool known))
        {
            return known;
        }

        var family = new HashSet<Node> { narrow };
        var widths = new HashSet<int>();
        var todo = new Queue<Node>(family);
        while (todo.Count > 0)
        {
            var next = todo.Dequeue();
            if (next.Op is Reduce)
            {
                widths.Add(next.Inputs[0].Shape.Inner.Count);
            }

            var passed = next.Op is Elementwise or Detach or RepeatRows or Regroup ? next.Inputs : [];
            foreach (var other in passed.Concat(_readers[next].Where(r => r.Op is Elementwise or Detach or RepeatRows or Regroup))
                .Where(n => n.Op is not Constant && n.Shape.Inner.Count == 1 && family.Add(n)))
            {
                todo.Enqueue(other);
            }

            widths.UnionWith(_readers[next].Where(r => r.Op is RepeatChannels).Select(r => r.Shape.Inner.Count));
        }

        foreach (var member in family)
        {
            _ofOneWidth[member] = widths.Count <= 1;
        }

        return widths.Count <= 1;
    }

    /// <summary>
    /// Whether anything outside of a member's cluster reads it from memory. Asked only once the clusters of its pass are complete.
    /// </summary>
    private bool IsStored(Node node)
    {
        if (!_stored.TryGetValue(node, out bool stored))
        {
            _stored.Add(node, stored = FindStored(node));
        }

        return stored;
    }

    private bool FindStored(Node node)
    {
        bool isForward = _place[node] < _graph.ForwardCount;
        var own = Of(node);
        var seen = new HashSet<Node>();
        var todo = new Stack<Node>([node]);
        while (todo.Count > 0)
        {
            var next = todo.Pop();
            if (_graph.Outputs.Contains(next) || _readers[next].Any(reader => IsOutside(reader)
                || (!IsCheap(reader) && Of(reader) != own && (!isForward || _place[reader] < _graph.ForwardCount))))
            {
                return true;
            }

            foreach (var reader in _readers[next].Where(r => !IsOutside(r) && IsCheap(r) && seen.Add(r)))
            {
                todo.Push(reader);
            }
        }

        return false;
    }

    private void Assign(Node node)
    {
        bool isForward = _place[node] < _graph.ForwardCount;
        var joined = default(Cluster);
        Node[] leaves = [.. LeavesOf(node)];
        foreach (var candidate in leaves.Select(Of).OfType<Cluster>().Distinct()
            .OrderByDescending(c => _place[c.Members[c.Members.Count - 1]]).ToArray())
        {
            if (candidate.IsForward != isForward || candidate.IsVector != (node.Shape.Kind == ShapeKind.Vector))
            {
                continue;
            }

            if (joined is null)
            {
                if (Fits(candidate, node) && !Reaches(leaves, candidate, null))
                {
                    Add(candidate, node);
                    joined = candidate;
                }
            }
            else if (Fits(candidate, joined) && !Reaches(InputsOf(joined), candidate, joined)
                && !Reaches(InputsOf(candidate), joined, candidate))
            {
                Join(candidate, joined);
                joined = candidate;
            }
        }

        if (joined is null)
        {
            Add(new Cluster(isForward, node.Shape.Kind == ShapeKind.Vector), node);
        }
    }

    /// <summary>Joins clusters of which one reads no activation that the other does not read, too.</summary>
    private void JoinReadersOfTheSame(IEnumerable<Node> pass)
    {
        var inputs = pass.Select(n => _clusterOf[n]).Distinct().ToDictionary(
            c => c, c => new HashSet<Node>(InputsOf(c).Where(n => n.Shape.Kind == ShapeKind.Rows)));
        foreach (var first in inputs.Keys.ToList())
        {
            var second = inputs.Keys.FirstOrDefault(c => c != first && c.IsVector == first.IsVector && inputs[first].Count > 0
                && inputs[first].IsSubsetOf(inputs[c]) && Fits(c, first)
                && !Reaches(InputsOf(first), c, first) && !Reaches(InputsOf(c), first, c));
            if (second is not null)
            {
                Join(second, first);
                inputs.Remove(first);
            }
        }
    }

    private void Join(Cluster cluster, Cluster other)
    {
        foreach (var member in other.Members)
        {
            Add(cluster, member);
        }

        cluster.Members.Sort((a, b) => _place[a].CompareTo(_place[b]));
    }

    private void Add(Cluster cluster, Node node)
    {
        cluster.Members.Add(node);
        cluster.Geometry ??= GeometryOf(node);
        cluster.Groups ??= GroupsOf(node);
        _clusterOf[node] = cluster;
    }

    private IEnumerable<Node> InputsOf(Cluster cluster) => cluster.Members.SelectMany(LeavesOf).Where(n => Of(n) != cluster).Distinct();

    /// <summary>How the channels of a value lie in memory: groups matter only where they are padded.</summary>
    private Axis? GeometryOf(Node node)
    {
        var axis = node.Shape.Inner;
        return axis.Count == 1 || (axis.Size == 1 && IsReplicated(node)) ? null : _target.IsView(axis, axis.Count) ? axis.Count : axis;
    }

    /// <summary>The groups of the reductions that a node is computed with.</summary>
    private Axis? GroupsOf(Node node)
    {
        bool backward = _place[node] >= _graph.ForwardCount;
        var todo = new Stack<Node>([node]);
        var seen = new HashSet<Node>();
        while (todo.Count > 0)
        {
            var next = todo.Pop();
            if (next.Op is Reduce)
            {
                return next.Inputs[0].Shape.Inner;
            }

            foreach (var input in next.Inputs.Where(i => i.Op is not Constant && IsInline(i, backward) && seen.Add(i)))
            {
                todo.Push(input);
            }
        }

        return node.Op is RepeatChannels ? node.Shape.Inner : null;
    }

    private static bool Agree(Axis? a, Axis? b) => a is null || b is null || a == b;

    private bool Fits(Cluster cluster, Node node) =>
        Agree(cluster.Geometry, GeometryOf(node)) && Agree(cluster.Groups, GroupsOf(node))
        && InputsOf(cluster).Concat(LeavesOf(node)).Where(n => Of(n) != cluster).Distinct().Count() <= MostInputs;

    private bool Fits(Cluster a, Cluster b) =>
        Agree(a.Geometry, b.Geometry) && Agree(a.Groups, b.Groups)
        && InputsOf(a).Concat(InputsOf(b)).Where(n => Of(n) != a && Of(n) != b).Distinct().Count() <= MostInputs;

    /// <summary>Whether some of these values depend on a cluster by way of what belongs neither to it nor to the other.</summary>
    private bool Reaches(IEnumerable<Node> from, Cluster cluster, Cluster? other)
    {
        int least = cluster.Members.Min(m => _place[m]);
        var seen = new HashSet<object>();
        var todo = new Stack<Node>(from.Where(n => Of(n) is null || (Of(n) != cluster && Of(n) != other)));
        while (todo.Count > 0)
        {
            var next = todo.Pop();
            var within = Of(next);
            if (within == cluster)
            {
                return true;
            }

            if (!seen.Add((object?)within ?? next) || (within is null ? _place[next] : within.Members.Max(m => _place[m])) < least)
            {
                continue;
            }

            foreach (var input in within is null ? next.Inputs : within.Members.SelectMany(m => m.Inputs))
            {
                if (Of(input) is not { } o || (o != within && o != other))
                {
                    todo.Push(input);
                }
            }
        }

        return false;
    }
}
