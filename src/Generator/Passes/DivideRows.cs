using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Passes;

/// <summary>
/// Cuts out what is as wide as a large vocabulary: from the last product to the logits, the loss and its gradient, back to the gradients
/// of that product's input and weight. What is cut out reads <see cref="PieceOf"/> and is read through <see cref="Gathered"/>, so that it
/// can be computed for a piece of the rows at a time. A graph in which something else needs a value of that width stays whole.
/// </summary>
internal static class DivideRows
{
    public static Graph.Graph Run(Graph.Graph graph) => new Cut(graph).Find() is { } cut ? Rewritten(graph, cut) : graph;

    private static Graph.Graph Rewritten(Graph.Graph graph, HashSet<Node> cut)
    {
        var scope = graph.Loss!.Inputs[0].Scope;
        return Rewriter.Rewrite(graph, (builder, node, inputs) =>
        {
            bool Stays(Node input) =>
                cut.Contains(node) == cut.Contains(input) || !HasRows(input) || (input.Op is SumRows && cut.Contains(input));
            Node Seen(Node input, Node now) => Stays(input) ? now
                : cut.Contains(node) ? builder.Add(new PieceOf(), scope, input.Local + "_piece", [now])
                : builder.Add(new Gathered(), input.Scope, input.Local + "_whole", [now]);

            return builder.Add(node.Op, node.Scope, node.Local, [.. node.Inputs.Zip(inputs, Seen)]);
        });
    }

    /// <summary>Whether a value lies in the memory of a batch.</summary>
    private static bool HasRows(Node node) =>
        node.Op is not (Parameter or Constant) && node.Shape.Kind is ShapeKind.Rows or ShapeKind.Vector;

    /// <summary>The nodes to be cut out.</summary>
    private sealed class Cut(Graph.Graph graph)
    {
        private readonly HashSet<Node> _cut = [];
        private readonly Dictionary<Node, bool> _comesFromProduct = [];
        private readonly Dictionary<Node, int> _place = graph.Nodes.Select((n, i) => (n, i)).ToDictionary(p => p.n, p => p.i);
        private readonly ILookup<Node, Node> _readers = graph.Readers();
        private readonly int _width = graph.Loss?.Inputs[0].Shape.Inner.Count ?? 0;

        /// <summary>All of them, or null where they cannot be computed by themselves.</summary>
        public HashSet<Node>? Find()
        {
            if (graph.Loss is not { Op: CrossEntropy } loss || !ComesFromProduct(loss.Inputs[0]))
            {
                return null;
            }

            _cut.Add(loss);
            AddForward(loss.Inputs[0]);
            foreach (var node in graph.Nodes.Skip(graph.ForwardCount))
            {
                if (node.Inputs.Any(i => _cut.Contains(i) && !IsEnd(i)) && !AddBackward(node))
                {
                    return null;
                }
            }

            return _cut.All(IsSelfContained) ? _cut : null;
        }

        private void AddForward(Node node)
        {
            if (_cut.Contains(node) || node.Shape.Kind != ShapeKind.Rows)
            {
                return;
            }

            if (node.Op is Linear && IsWide(node))
            {
                _cut.Add(node);
            }
            else if (IsRowWork(node) && (IsWide(node) || ComesFromProduct(node)))
            {
                _cut.Add(node);
                node.Inputs.ToList().ForEach(AddForward);
            }
        }

        /// <summary>
        /// Takes in a node of the backward pass that reads something of the cut, unless it can as well read that where it is whole: what is
        /// no wider than an activation.
        /// </summary>
        /// <returns>Whether the cut is still possible.</returns>
        private bool AddBackward(Node node)
        {
            if (node.Op is CrossEntropyGrad or LinearInputGrad or LinearWeightGrad or SumRows)
            {
                return _cut.Add(node);
            }

            if (!IsWide(node) && !node.Inputs.Any(i => _cut.Contains(i) && IsWide(i)))
            {
                return true;
            }

            return AddNeeded(node);
        }

        /// <summary>Takes in work on rows and what of the backward pass it needs.</summary>
        private bool AddNeeded(Node node)
        {
            if (!IsRowWork(node) || node.Shape.Kind != ShapeKind.Rows)
            {
                return false;
            }

            _cut.Add(node);
            return node.Inputs.Where(i => _place[i] >= graph.ForwardCount && HasRows(i) && !_cut.Contains(i)).All(AddNeeded);
        }

        /// <summary>
        /// Whether a node reads nothing that comes after the cut, and nothing else needs a value as wide as the logits, or one before the
        /// cut is over.
        /// </summary>
        private bool IsSelfContained(Node node)
        {
            if (node.Op is SumRows && !_readers[node].All(r => r.Op is Update))
            {
                return false;
            }

            bool isForward = _place[node] < graph.ForwardCount;
            return node.Inputs.All(i => _cut.Contains(i) ? !IsEnd(i) : !HasRows(i) || _place[i] < graph.ForwardCount)
                && (node == graph.Loss || !graph.Outputs.Contains(node))
                && (IsEnd(node) || _readers[node].All(
                    r => _cut.Contains(r) || (!IsWide(node) && (!isForward || _place[r] >= graph.ForwardCount))));
        }

        /// <summary>Whether a value is the last of the cut: others read it where it is whole.</summary>
        private static bool IsEnd(Node node) => node.Op is LinearInputGrad or LinearWeightGrad or SumRows;

        private bool IsWide(Node node) => node.Shape.Kind == ShapeKind.Rows && 2L * node.Shape.Inner.Count > _width;

        /// <summary>Whether a value is computed, row by row, from a product as wide as the logits.</summary>
        private bool ComesFromProduct(Node node)
        {
            if (!_comesFromProduct.TryGetValue(node, out bool comes))
            {
                comes = (node.Op is Linear && IsWide(node)) || (IsRowWork(node) && node.Inputs.Any(ComesFromProduct));
                _comesFromProduct.Add(node, comes);
            }

            return comes;
        }

        private static bool IsRowWork(Node node) =>
            node.Op is Elementwise or Reduce or SumGroups or RepeatChannels or RepeatGroups or RepeatRows or Regroup or Slice or Pad
                or Concat or Detach;
    }
}
