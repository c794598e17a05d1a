namespace MicroGpt.Runner.Report;

/// <summary>A graph of operations, for drawing.</summary>
/// <param name="Nodes">Its nodes; a node comes after its inputs.</param>
/// <param name="Text">The graph as text, shown on demand.</param>
public sealed record ReportGraph(IReadOnlyList<ReportGraphNode> Nodes, string Text)
{
    /// <summary>The drawing of a graph; null where there is none.</summary>
    public static ReportGraph? Of(ModelGraph graph) => graph.Nodes.Count == 0 ? null : new ReportGraph(
        [.. graph.Nodes.Select((node, i) => new ReportGraphNode(
            node.Name,
            node.Op,
            node.Text("epilogue") ?? "",
            node.Shape.ToString(),
            i < graph.ForwardCount ? "forward" : "backward",
            // One edge, however often a value is read.
            [.. node.Inputs.Distinct().Select(input => graph.Nodes[input].Name)],
            graph.Line(node)))],
        graph.ToText());
}

/// <summary>One operation of a graph.</summary>
/// <param name="Id">Its name, unique in the graph.</param>
/// <param name="Op">The operation, such as <c>Linear</c>.</param>
/// <param name="Epilogue">What is fused into it, such as <c>relu</c>; empty for nothing.</param>
/// <param name="Shape">Its shape as printed, such as <c>[rows, 16]</c>.</param>
/// <param name="Phase">"forward" or "backward" (which includes the update).</param>
/// <param name="Inputs">Ids of the nodes it reads; each one an edge of the drawing.</param>
/// <param name="Line">The node as a line of text.</param>
public sealed record ReportGraphNode(
    string Id, string Op, string Epilogue, string Shape, string Phase, IReadOnlyList<string> Inputs, string Line);
