using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Passes;

/// <summary>
/// Groups elementwise functions, reductions over channels and broadcasts that work on the same rows into one
/// <see cref="RowProgram"/> each.
/// </summary>
internal sealed class FuseRows
{
    private readonly Graph.Graph _graph;
    private readonly RowClusters _clusters;
    private readonly GraphBuilder _builder = new();
    private readonly Dictionary<Node, Node> _made = [];

    private FuseRows(Graph.Graph graph, ITarget target)
    {
        (_graph, _clusters) = (graph, new RowClusters(graph, target));
    }

    public static Graph.Graph Run(Graph.Graph graph, ITarget target) => new FuseRows(graph, target).Run();

    private Graph.Graph Run()
    {
        int boundary = 0;
        for (int i = 0; i < _graph.Nodes.Length; i++)
        {
            if (i == _graph.ForwardCount)
            {
                boundary = _builder.Nodes.Count;
            }

            var node = _graph.Nodes[i];
            if (_clusters.Of(node) is { } cluster
                ? _clusters.ResultsOf(cluster).Contains(node) : !_clusters.IsInline(node, forBackward: false))
            {
                Make(node);
            }
        }

        return Rewriter.RemoveDead(_graph with
        {
            Nodes = [.. _builder.Nodes],
            Outputs = [.. _graph.Outputs.Select(o => _made[o])],
            Parameters = [.. _graph.Parameters.Select(p => _made[p])],
            Loss = _graph.Loss is null ? null : _made[_graph.Loss],
            ForwardCount = _graph.ForwardCount >= _graph.Nodes.Length ? _builder.Nodes.Count : boundary,
        });
    }

    /// <summary>The new node of an old one; what it needs is made first.</summary>
    private Node Make(Node node)
    {
        if (_made.TryGetValue(node, out var made))
        {
            return made;
        }

        if (_clusters.Of(node) is { } cluster)
        {
            MakeProgram(cluster);
            return _made[node];
        }

        made = _builder.Add(node.Op, node.Scope, node.Local, [.. node.Inputs.Select(Make)]);
        _made.Add(node, made);
        return made;
    }

    private void MakeProgram(RowClusters.Cluster cluster)
    {
        Node[] results = [.. _clusters.ResultsOf(cluster)];
        var inputs = new List<Node>();
        var steps = ImmutableArray.CreateBuilder<RowStep>();
        var names = ImmutableArray.CreateBuilder<string>();
        var places = new Dictionary<Node, int>();
        int Add(Node node, Op op, params int[] of)
        {
            steps.Add(new RowStep(op, of.ToEquatableArray(), node.Shape));
            names.Add(node.Name);
            return places[node] = steps.Count - 1;
        }

        int Place(Node node)
        {
            if (places.TryGetValue(node, out int place))
            {
                return place;
            }

            if (node.Op is Constant || _clusters.Of(node) == cluster || _clusters.IsInline(node, !cluster.IsForward))
            {
                return Add(node, node.Op, [.. node.Inputs.Select(Place)]);
            }

            inputs.Add(node);
            return Add(node, new RowInput(inputs.Count - 1));
        }

        int[] places0 = [.. results.Select(Place)];
        Node[] madeInputs = [.. inputs.Select(Make)];
        var program = SimplifyRows.Run(
            new RowProgram(
                steps.ToImmutable().ToEquatableArray(), places0.ToEquatableArray()) { Names = names.ToImmutable().ToEquatableArray() });
        var last = results[results.Length - 1];
        if (results.Length == 1)
        {
            _made.Add(last, _builder.Add(program, last.Scope, last.Local, madeInputs));
            return;
        }

        var tuple = _builder.Add(program, last.Scope, last.Local + "_rows", madeInputs);
        for (int i = 0; i < results.Length; i++)
        {
            _made.Add(results[i], _builder.Add(new Part(i), results[i].Scope, results[i].Local, [tuple]));
        }
    }
}
