namespace MicroGpt.Generator.Graph;

/// <summary>Makes the nodes of gradients and names each after the value that it is the gradient of.</summary>
internal sealed class GradientBuilder
{
    private readonly GraphBuilder _graph;
    private readonly Dictionary<Node, int> _readers;

    public GradientBuilder(GraphBuilder graph)
    {
        _graph = graph;
        _readers = graph.Nodes.SelectMany(n => n.Inputs).GroupBy(i => i).ToDictionary(g => g.Key, g => g.Count());
    }

    /// <summary>The whole gradient with respect to <paramref name="of"/>: <c>dx</c>.</summary>
    public Node Whole(Op op, Node of, params Node[] inputs) => AddNamed(op, of, "d" + of.Local, inputs);

    /// <summary>
    /// What one reader contributes to the gradient with respect to <paramref name="of"/>: <c>dx</c> where it is the only
    /// reader, else <c>dx_via_reader</c>. It is computed with the gradients of the part of the model that the reader is in.
    /// </summary>
    public Node Contribution(Op op, Node of, Node reader, params Node[] inputs) => _graph.Add(
        op,
        of.Scope with { Name = reader.Scope.Name },
        _readers[of] == 1 ? "d" + of.Local : $"d{of.Local}_via_{reader.Local}",
        inputs);

    /// <summary>A node on the way to what one reader contributes, in the scope of that contribution.</summary>
    public Node OnTheWay(Op op, Node of, Node reader, string local, params Node[] inputs) =>
        _graph.Add(op, of.Scope with { Name = reader.Scope.Name }, local, inputs);

    /// <summary>A number.</summary>
    public Node Number(double constant) => _graph.Number(constant);

    /// <summary>A node with a name of its own, in the scope of another.</summary>
    public Node AddNamed(Op op, Node near, string local, params Node[] inputs) => _graph.Add(op, near.Scope, local, inputs);
}
