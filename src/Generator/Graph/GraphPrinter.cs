using System.Text;

namespace MicroGpt.Generator.Graph;

/// <summary>Prints a graph, one line a node: <c>layer0_q [rows, 4·4] = Linear(layer0_n, layer0_attn_wq)</c>.</summary>
internal static class GraphPrinter
{
    public static string Print(Graph graph)
    {
        var text = new StringBuilder();
        string? scope = null;
        for (int i = 0; i < graph.Nodes.Length; i++)
        {
            var node = graph.Nodes[i];
            if (i == graph.ForwardCount && i > 0)
            {
                text.Append("# backward\n");
                scope = null;
            }

            if (node.Scope.Name != scope)
            {
                scope = node.Scope.Name;
                text.Append("# ").Append(scope.Length == 0 ? "inputs" : scope).Append('\n');
            }

            text.Append(Print(node)).Append('\n');
        }

        text.Append("-> ").Append(string.Join(", ", graph.Outputs.Select(o => o.Name))).Append('\n');
        return text.ToString();
    }

    public static string Print(Node node) =>
        $"{node.Name} {node.Shape} = {node.Op}({string.Join(", ", node.Inputs.Select(i => i.Name))})";
}
