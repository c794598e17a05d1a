using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Passes;

/// <summary>A place in the activation arena, in elements a row: its address is the offset times the row capacity.</summary>
/// <param name="Name">Name in the generated code.</param>
/// <param name="Offset">Elements a row before it.</param>
/// <param name="Elements">Elements a row.</param>
/// <param name="IsOfPiece">Whether it holds a piece of the rows, in the arena of such.</param>
internal sealed record PlannedBuffer(string Name, long Offset, long Elements, bool IsOfPiece = false);

/// <summary>Where every activation lives.</summary>
/// <param name="Buffers">By node and number of the result.</param>
/// <param name="TotalElements">Elements a row that all activations have together.</param>
/// <param name="ArenaElements">Elements a row of the arena.</param>
internal sealed record MemoryPlan(
    ImmutableDictionary<(Node Node, int Part), PlannedBuffer> Buffers, long TotalElements, long ArenaElements)
{
    /// <summary>Elements a row of the arena of what is computed for a piece of the rows at a time.</summary>
    public long PieceElements { get; init; }

    /// <summary>For what is another value seen in another way, that value.</summary>
    public ImmutableDictionary<Node, Node> Views { get; init; } = ImmutableDictionary<Node, Node>.Empty;

    /// <summary>Slices and concatenations that lie where they should without being moved.</summary>
    public ImmutableHashSet<Node> InPlace { get; init; } = [];

    /// <summary>The buffers in the order in which the graph makes them.</summary>
    public IEnumerable<PlannedBuffer> InOrder(Graph.Graph graph) =>
        from node in graph.Nodes
        from part in Enumerable.Range(0, Math.Max(1, node.Shape.Parts.Length))
        where Buffers.ContainsKey((node, part))
        select Buffers[(node, part)];

    public PlannedBuffer this[Node node, int part] => Views.TryGetValue(node, out var seen) ? this[seen, 0]
        : node.Op is Part p ? Buffers[(node.Inputs[0], p.Index)] : Buffers[(node, part)];
}

/// <summary>
/// Gives every activation a place in one arena. Two share memory when one is dead before the other is made, or when an op may
/// overwrite its input; larger ones are placed first, each at the lowest free offset. Some channels of a value are not copied where they
/// can be read as they lie, nor values put side by side where they can be made there.
/// </summary>
internal static class PlanMemory
{
    private sealed class Range(long elements, int first)
    {
        public long Elements { get; } = elements;

        public int First { get; set; } = first;

        public int Last { get; set; } = first;

        public long Offset { get; set; } = -1;

        public bool IsOfPiece { get; set; }
    }

    public static MemoryPlan Run(Graph.Graph graph, ITarget target)
    {
        var ranges = new Dictionary<(Node, int), Range>();
        var all = new List<Range>();
        long total = 0L;
        var views = graph.Nodes.Where(n => IsView(n, target)).ToImmutableDictionary(n => n, n => n.Inputs[0]);
        var slices = graph.Nodes.Where(n => IsSliceInPlace(n, target)).ToImmutableHashSet();
        var seen = views.AddRange(slices.Select(n => new KeyValuePair<Node, Node>(n, n.Inputs[0])));
        var lastRead = LastReads(graph, seen);
        var pieces = Pieces(graph, target, views, slices);
        var concats = new HashSet<Node>(pieces.Values.Select(p => p.Concat));
        var wholes = new Dictionary<Node, Range>();
        var inPieces = RowsInPieces.Of(graph);
        var loop = (
            First: Array.FindIndex([.. graph.Nodes], inPieces.Contains),
            Last: Array.FindLastIndex([.. graph.Nodes], inPieces.Contains));
        Range New(long elements, int now)
        {
            all.Add(new Range(elements, now));
            return all[all.Count - 1];
        }

        Range WholeOf(Node concat, int now)
        {
            if (!wholes.TryGetValue(concat, out var whole))
            {
                wholes.Add(concat, whole = New(target.StorageElements(concat, 0), now));
            }

            return whole;
        }

        for (int i = 0; i < graph.Nodes.Length; i++)
        {
            var node = graph.Nodes[i];
            var results = node.Shape.Kind == ShapeKind.Tuple ? node.Shape.Parts : [node.Shape];
            for (int part = 0; part < results.Length && node.Op is not Part && !seen.ContainsKey(node); part++)
            {
                if (results[part].Kind is not (ShapeKind.Rows or ShapeKind.Attention or ShapeKind.Vector) || node.Op is Parameter)
                {
                    continue;
                }

                long elements = target.StorageElements(node, part);
                total += elements;
                int last = Math.Max(i, lastRead.TryGetValue((node, part), out int read) ? read : i);
                var range = pieces.TryGetValue((node, part), out var piece) ? WholeOf(piece.Concat, i)
                    : concats.Contains(node) ? WholeOf(node, i)
                    : Reusable(node, part, results[part], i, ranges, elements, seen) ?? New(elements, i);
                range.IsOfPiece = inPieces.Contains(node) && node.Op is not Gathered;
                range.Last = Math.Max(range.Last, last);
                if (node.Op is Gathered)
                {
                    // Rows are gathered while those of later pieces are still read.
                    (range.First, range.Last) = (loop.First, Math.Max(range.Last, loop.Last));
                }

                ranges.Add((node, part), range);
            }
        }

        long arena = Place(all.Where(r => !r.IsOfPiece));
        long pieceArena = Place(all.Where(r => r.IsOfPiece));
        var buffers = ranges.ToImmutableDictionary(p => p.Key, p => new PlannedBuffer(
            NameOf(graph, p.Key.Item1, p.Key.Item2),
            p.Value.Offset + (pieces.TryGetValue(p.Key, out var piece) ? piece.Start : 0),
            pieces.ContainsKey(p.Key) ? target.StorageElements(p.Key.Item1, p.Key.Item2) : p.Value.Elements,
            p.Value.IsOfPiece)).ToBuilder();
        foreach (var slice in graph.Nodes.Where(slices.Contains))
        {
            var of = slice.Inputs[0];
            while (views.TryGetValue(of, out var viewed))
            {
                of = viewed;
            }

            var whole = buffers[of.Op is Part part ? (of.Inputs[0], part.Index) : (of, 0)];
            buffers.Add((slice, 0), new PlannedBuffer(
                slice.Name, whole.Offset + ((Slice)slice.Op).From, target.StorageElements(slice, 0), whole.IsOfPiece));
        }

        return new MemoryPlan(buffers.ToImmutable(), total, arena)
        {
            PieceElements = pieceArena,
            Views = views,
            InPlace = slices.Union(concats),
        };
    }

    /// <summary>Gives each range its offset in an arena, and returns the elements of that.</summary>
    private static long Place(IEnumerable<Range> ranges)
    {
        long arena = 0L;
        var placed = new List<Range>(); // by offset
        foreach (var range in ranges.OrderByDescending(r => r.Elements).ThenBy(r => r.First))
        {
            range.Offset = LowestFree(range, placed);
            int next = placed.FindIndex(o => o.Offset > range.Offset);
            placed.Insert(next < 0 ? placed.Count : next, range);
            arena = Math.Max(arena, range.Offset + range.Elements);
        }

        return arena;
    }

    /// <summary>
    /// Index of the last node that reads each result; readers of a part read the result it stands for. What is asked of the
    /// graph is read after its end, keys and values until the end of the forward pass.
    /// </summary>
    private static Dictionary<(Node, int), int> LastReads(Graph.Graph graph, ImmutableDictionary<Node, Node> views)
    {
        var last = new Dictionary<(Node, int), int>();
        for (int i = 0; i < graph.Nodes.Length; i++)
        {
            foreach (var input in graph.Nodes[i].Inputs.Where(_ => graph.Nodes[i].Op is not Part && !views.ContainsKey(graph.Nodes[i])))
            {
                last[Key(input, views)] = i;
            }
        }

        // Each piece of the rows is read when its turn comes.
        var inPieces = RowsInPieces.Of(graph);
        foreach (var input in graph.Nodes.Where(n => n.Op is PieceOf).SelectMany(n => n.Inputs))
        {
            last[Key(input, views)] = Math.Max(last[Key(input, views)], Array.FindLastIndex([.. graph.Nodes], inPieces.Contains));
        }

        // Where a prompt is decoded at once, its keys and values are copied at the end of the forward pass.
        foreach (var input in graph.Nodes.Where(n => n.Op is Attention).SelectMany(n => n.Inputs.Skip(1)))
        {
            last[Key(input, views)] = Math.Max(last[Key(input, views)], graph.ForwardCount - 1);
        }

        foreach (var output in graph.Outputs)
        {
            last[Key(output, views)] = graph.Nodes.Length;
        }

        return last;
    }

    private static bool IsView(Node node, ITarget target) =>
        node.Op is Detach
            || (node.Op is Regroup && node.Inputs[0].Op is not Parameter && target.IsView(node.Inputs[0].Shape.Inner, node.Shape.Inner));

    private static bool IsSliceInPlace(Node node, ITarget target) =>
        node is { Op: Slice slice, Shape.Kind: ShapeKind.Rows } && target.IsPart(node.Inputs[0].Shape.Inner, slice.From, slice.To);

    /// <summary>
    /// Where results can be made so that a concatenation of them need not move them: each within one concatenation, and once.
    /// </summary>
    private static Dictionary<(Node, int), (Node Concat, int Start)> Pieces(
        Graph.Graph graph, ITarget target, ImmutableDictionary<Node, Node> views, ImmutableHashSet<Node> slices)
    {
        var pieces = new Dictionary<(Node, int), (Node Concat, int Start)>();
        var concats = new HashSet<Node>();
        foreach (var concat in graph.Nodes.Where(n => n is { Op: Concat, Shape.Kind: ShapeKind.Rows }))
        {
            var found = new Dictionary<(Node, int), (Node Concat, int Start)>();
            int start = 0;
            foreach (var input in concat.Inputs)
            {
                var key = Key(input, views);
                int size = input.Shape.Inner.Size;
                if (target.IsPart(concat.Shape.Inner, start, start + size) && !slices.Contains(key.Item1) && !concats.Contains(key.Item1)
                    && !found.ContainsKey(key) && !pieces.ContainsKey(key))
                {
                    found.Add(key, (concat, start));
                }

                start += size;
            }

            if (found.Count == concat.Inputs.Length)
            {
                concats.Add(concat);
                foreach (var piece in found)
                {
                    pieces.Add(piece.Key, piece.Value);
                }
            }
        }

        return pieces;
    }

    /// <summary>What a value is a view or a part of.</summary>
    private static (Node, int) Key(Node node, ImmutableDictionary<Node, Node> views)
    {
        while (views.TryGetValue(node, out var seen))
        {
            node = seen;
        }

        return node.Op is Part part ? (node.Inputs[0], part.Index) : (node, 0);
    }

    private static Range? Reusable(
        Node node, int part, Shape result, int now, Dictionary<(Node, int), Range> ranges, long elements,
        ImmutableDictionary<Node, Node> views)
    {
        int place = node.Op.InPlaceInputOf(part);
        if (place < 0)
        {
            return null;
        }

        var input = node.Inputs[place];
        bool isOnlyUse = node.Inputs.Count(i => Key(i, views) == Key(input, views)) == 1;
        return isOnlyUse && input.Shape.Equals(result) && ranges.TryGetValue(Key(input, views), out var range)
            && range.Last == now && range.Elements == elements
            ? range
            : null;
    }

    private static long LowestFree(Range range, List<Range> placed)
    {
        long offset = 0L;
        foreach (var other in placed.Where(o => o.First <= range.Last && range.First <= o.Last))
        {
            if (offset + range.Elements <= other.Offset)
            {
                break;
            }

            offset = Math.Max(offset, other.Offset + other.Elements);
        }

        return offset;
    }

    private static string NameOf(Graph.Graph graph, Node node, int part) => node.Shape.Kind != ShapeKind.Tuple
        ? node.Name
        : graph.Nodes.FirstOrDefault(n => n.Op is Part p && p.Index == part && n.Inputs[0] == node)?.Name ?? node.Name + "_" + part;
}
