namespace MicroGpt;

/// <summary>Makes a <see cref="ModelGraph"/> node by node; generated code states its graphs with it.</summary>
public sealed class ModelGraphBuilder
{
    private readonly List<GraphNode> _nodes = [];
    private readonly Dictionary<string, int> _indices = new(StringComparer.Ordinal);
    private string _scope = "";
    private int? _forwardCount;

    /// <summary>The nodes that follow belong to this part of the model.</summary>
    public void Scope(string name) => _scope = name;

    /// <summary>The nodes that follow are gradients and updates.</summary>
    public void Backward() => _forwardCount = _nodes.Count;

    /// <summary>Adds a node.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="op">The operation.</param>
    /// <param name="shape">Shape of its value.</param>
    /// <param name="inputs">Names of the nodes that it reads, which were added before.</param>
    /// <exception cref="ArgumentException">The name is taken, or there is no node of an input's name.</exception>
    public ModelGraphBuilder Add(string name, string op, GraphShape shape, params string[] inputs)
    {
        var node = new GraphNode(name, op, shape, [.. inputs.Select(IndexOf)]) { Scope = _scope };
        if (!_indices.TryAdd(name, _nodes.Count))
        {
            throw new ArgumentException($"There are two nodes called {name}.", nameof(name));
        }

        _nodes.Add(node);
        return this;
    }

    /// <summary>Gives the node that was added last a numeric attribute.</summary>
    public ModelGraphBuilder With(string attribute, double value) => With(new GraphAttribute(attribute, value, null));

    /// <summary>Gives the node that was added last a textual attribute.</summary>
    public ModelGraphBuilder With(string attribute, string value) => With(new GraphAttribute(attribute, 0, value));

    /// <summary>The graph.</summary>
    /// <param name="outputs">Names of the nodes that are asked for.</param>
    /// <exception cref="ArgumentException">There is no node of an output's name.</exception>
    public ModelGraph Build(params string[] outputs) =>
        new([.. _nodes], [.. outputs.Select(IndexOf)], _forwardCount ?? _nodes.Count);

    private ModelGraphBuilder With(GraphAttribute attribute)
    {
        _nodes[^1] = _nodes[^1] with { Attributes = [.. _nodes[^1].Attributes, attribute] };
        return this;
    }

    private int IndexOf(string name) =>
        _indices.TryGetValue(name, out int index) ? index : throw new ArgumentException($"There is no node called {name}.", nameof(name));
}
