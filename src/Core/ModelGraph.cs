using System.Globalization;
using System.Text;

namespace MicroGpt;

/// <summary>The graphs of a model as data; each is made when it is first asked for.</summary>
/// <param name="forward">Makes <see cref="Forward"/>.</param>
/// <param name="training">Makes <see cref="Training"/>.</param>
public sealed class ModelGraphs(Func<ModelGraph> forward, Func<ModelGraph> training)
{
    private readonly Lazy<ModelGraph> _forward = new(forward);
    private readonly Lazy<ModelGraph> _training = new(training);

    /// <summary>For a model that was not compiled from a graph.</summary>
    public static ModelGraphs None { get; } = new(() => ModelGraph.Empty, () => ModelGraph.Empty);

    /// <summary>
    /// The forward pass from the tokens to the logits, its one output, operation by operation as the architecture states it:
    /// nothing fused, no loss. Whoever runs or exports the model elsewhere walks this graph.
    /// </summary>
    public ModelGraph Forward => _forward.Value;

    /// <summary>What a training step computes, as it was compiled: forward pass, loss, gradients and updates, fused and in order.</summary>
    public ModelGraph Training => _training.Value;
}

/// <summary>
/// Operations and what flows between them, in the order in which they are computed. "rows" in a shape is the one dimension
/// known only at run time: the positions of all documents of a batch.
/// </summary>
/// <param name="Nodes">The nodes; a node comes after its inputs.</param>
/// <param name="Outputs">What is asked of the graph: indices into <paramref name="Nodes"/>.</param>
/// <param name="ForwardCount">Number of nodes of the forward pass; those after it are gradients and updates.</param>
public sealed record ModelGraph(IReadOnlyList<GraphNode> Nodes, IReadOnlyList<int> Outputs, int ForwardCount)
{
    /// <summary>A graph of nothing.</summary>
    public static ModelGraph Empty { get; } = new([], [], 0);

    /// <summary>The node as a line: <c>layer0_q [rows, 4·4] = Linear(layer0_n, layer0_attn_wq)</c>.</summary>
    public string Line(GraphNode node) =>
        $"{node.Name} {node.Shape} = {node.Operation}({string.Join(", ", node.Inputs.Select(input => Nodes[input].Name))})";

    /// <summary>The graph as text, a line a node, with a heading for each part of the model.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        string? scope = null;
        for (int i = 0; i < Nodes.Count; i++)
        {
            if (i == ForwardCount && i > 0)
            {
                text.Append("# backward\n");
                scope = null;
            }

            if (Nodes[i].Scope != scope)
            {
                scope = Nodes[i].Scope;
                text.Append("# ").Append(scope.Length == 0 ? "inputs" : scope).Append('\n');
            }

            text.Append(Line(Nodes[i])).Append('\n');
        }

        if (Outputs.Count > 0)
        {
            text.Append("-> ").AppendJoin(", ", Outputs.Select(output => Nodes[output].Name)).Append('\n');
        }

        return text.ToString();
    }
}

/// <summary>One operation.</summary>
/// <param name="Name">Unique name of its value in the graph, such as <c>layer0_q</c>.</param>
/// <param name="Op">What is done, such as <c>Linear</c>.</param>
/// <param name="Shape">Shape of the value.</param>
/// <param name="Inputs">
/// The nodes that it reads, in the order of the operation's arguments: indices into <see cref="ModelGraph.Nodes"/>.
/// </param>
public sealed record GraphNode(string Name, string Op, GraphShape Shape, IReadOnlyList<int> Inputs)
{
    /// <summary>The part of the model that it belongs to, such as <c>Layer0</c>; empty for inputs.</summary>
    public string Scope { get; init; } = "";

    /// <summary>
    /// What the operation has to know besides its inputs: <c>parameter</c>, the canonical name of a Parameter; <c>value</c> of an
    /// Input (tokens, positions, targets) or of a Constant; <c>heads</c>, <c>key heads</c>, <c>scale</c> and, where given, <c>window</c>
    /// and <c>softcap</c> of an Attention; <c>theta</c> and <c>pairs</c> (halves, interleaved) of a Rope; <c>from</c> and <c>to</c> of a
    /// Slice.
    /// </summary>
    public IReadOnlyList<GraphAttribute> Attributes { get; init; } = [];

    /// <summary>The operation with its attributes, such as <c>RmsNorm&lt;epsilon 1E-05&gt;</c>.</summary>
    public string Operation => Attributes.Count == 0 ? Op : $"{Op}<{string.Join(", ", Attributes)}>";

    /// <summary>The numeric attribute of a name; null where the node has none.</summary>
    public double? Number(string attribute) =>
        Attributes.FirstOrDefault(a => a.Name == attribute) is { Name: not null, Text: null } found ? found.Number : null;

    /// <summary>The textual attribute of a name; null where the node has none.</summary>
    public string? Text(string attribute) => Attributes.FirstOrDefault(a => a.Name == attribute).Text;
}

/// <summary>A named number, or a named text.</summary>
/// <param name="Name">Its name, unique in its node.</param>
/// <param name="Number">The number; 0 where it is a text.</param>
/// <param name="Text">The text; null where it is a number.</param>
public readonly record struct GraphAttribute(string Name, double Number, string? Text)
{
    /// <summary>Name and value.</summary>
    public override string ToString() => $"{Name} {Text ?? Number.ToString("R", CultureInfo.InvariantCulture)}";
}
