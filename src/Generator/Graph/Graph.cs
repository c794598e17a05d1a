using System.Collections.Immutable;

namespace MicroGpt.Generator.Graph;

/// <summary>
/// Nodes in the order in which they are computed, and what is asked of them. A pass takes a graph and returns another.
/// </summary>
internal sealed record Graph(ImmutableArray<Node> Nodes, ImmutableArray<Node> Outputs)
{
    /// <summary>The parameters, in canonical order.</summary>
    public ImmutableArray<Node> Parameters { get; init; } = [];

    /// <summary>The mean loss; null in a graph that only decodes.</summary>
    public Node? Loss { get; init; }

    /// <summary>Number of nodes of the forward pass: those before are forward, the others backward.</summary>
    public int ForwardCount { get; init; }

    /// <summary>For each node, the nodes that read it, in order.</summary>
    public ILookup<Node, Node> Readers() =>
        Nodes.SelectMany(n => n.Inputs.Distinct().Select(i => (Input: i, Reader: n))).ToLookup(p => p.Input, p => p.Reader);
}
