namespace MicroGpt.Generator.Graph;

/// <summary>What an architecture hands to the compiler: a forward graph under construction and its landmarks.</summary>
/// <param name="Builder">All nodes so far.</param>
/// <param name="Parameters">In canonical order.</param>
/// <param name="Logits">[rows, vocabulary]</param>
/// <param name="Loss">The mean loss.</param>
internal sealed record ForwardGraph(GraphBuilder Builder, IReadOnlyList<Node> Parameters, Node Logits, Node Loss);
