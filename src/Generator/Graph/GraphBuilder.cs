using System.Collections.Immutable;

namespace MicroGpt.Generator.Graph;

/// <summary>A graph that breaks a rule: mismatched shapes, a missing gradient.</summary>
internal sealed class GraphException(string message) : Exception(message);

/// <summary>
/// Makes nodes. Two requests for the same op on the same inputs give one node (hash-consing), so common subexpressions
/// merge by construction.
/// </summary>
internal sealed class GraphBuilder
{
    private readonly List<Node> _nodes = [];
    private readonly Dictionary<(Op, string), Node> _known = [];
    private readonly Dictionary<string, int> _names = [];

    /// <summary>An empty graph.</summary>
    public GraphBuilder()
    {
    }

    /// <summary>A graph to which nodes are added.</summary>
    public GraphBuilder(Graph graph)
    {
        foreach (var node in graph.Nodes)
        {
            _nodes.Add(node);
            _known.Add(KeyOf(node.Op, node.Inputs), node);
            _names[node.Name] = 1;
        }
    }

    /// <summary>The scope of the nodes that are made next.</summary>
    public Scope Scope { get; set; } = new("", "");

    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>The node for an op on inputs: a known one, or a new one with this name in the present scope.</summary>
    /// <exception cref="GraphException">The op does not take inputs of these shapes.</exception>
    public Node Add(Op op, string local, params Node[] inputs) => Add(op, Scope, local, inputs);

    /// <summary>The same in a scope of its own.</summary>
    public Node Add(Op op, Scope scope, string local, IReadOnlyList<Node> inputs)
    {
        var key = KeyOf(op, inputs);
        if (_known.TryGetValue(key, out var known))
        {
            return known;
        }

        ImmutableArray<Node> inputArray = [.. inputs];
        Shape shape;
        try
        {
            shape = op.Infer(inputArray);
        }
        catch (GraphException e)
        {
            throw new GraphException(
                $"{op.Name}({string.Join(", ", inputs.Select(i => i.Name + " " + i.Shape))}): {e.Message}");
        }

        var node = new Node(_nodes.Count, op, inputArray, shape, scope, Unique(scope, local));
        _nodes.Add(node);
        _known.Add(key, node);
        return node;
    }

    /// <summary>A number, under its own digits.</summary>
    public Node Number(double value) => Add(new Constant(value), new Scope("", ""), Constant.Literal(value), []);

    /// <summary>One result of an op with several.</summary>
    public Node Part(Node tuple, int index, string local) => Add(new Part(index), tuple.Scope, local, [tuple]);

    private static (Op, string) KeyOf(Op op, IReadOnlyList<Node> inputs) => (op, string.Join(",", inputs.Select(i => i.Id)));

    private string Unique(Scope scope, string local)
    {
        string name = scope.Prefix.Length == 0 ? local : scope.Prefix + "_" + local;
        if (!_names.TryGetValue(name, out int count) && ReservedNames.Contains(name))
        {
            count = 1;
        }

        _names[name] = count + 1;
        return count == 0 ? local : Unique(scope, local + "_" + (count + 1).ToString(System.Globalization.CultureInfo.InvariantCulture));
    }
}
