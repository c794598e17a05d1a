using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Passes;

/// <summary>
/// Puts each update directly after the last read of its weight, while the activations that it needs are still in the cache
/// and before their memory can be given to others.
/// </summary>
internal static class Order
{
    public static Graph.Graph Run(Graph.Graph graph)
    {
        // What the caller provides is there from the start.
        Node[] given = [.. graph.Nodes.Where(n => n.Op is Input)];
        Node[] others = [.. given, .. graph.Nodes.Where(n => !n.Op.UpdatesFirstInput && n.Op is not Input)];
        var place = others.Select((node, i) => (node, i)).ToDictionary(p => p.node, p => p.i);
        var lastRead = new Dictionary<Node, int>();
        for (int i = 0; i < others.Length; i++)
        {
            foreach (var input in others[i].Inputs)
            {
                lastRead[input] = i;
            }
        }

        var updates = graph.Nodes.Where(n => n.Op.UpdatesFirstInput).ToLookup(u => u.Inputs.Skip(1)
            .Select(i => place[i]).Append(lastRead[u.Inputs[0]]).Max());

        var ordered = new List<Node>();
        for (int i = 0; i < others.Length; i++)
        {
            ordered.Add(others[i]);
            ordered.AddRange(updates[i]);
        }

        return graph with
        {
            Nodes = [.. ordered],
            ForwardCount = graph.ForwardCount + graph.Nodes.Skip(graph.ForwardCount).Count(n => n.Op is Input),
        };
    }
}
