namespace MicroGpt.Generator.Graph;

/// <summary>
/// Checks what every pass must preserve: inputs come first, shapes are those the ops infer, names are unique, outputs and
/// parameters are present, and a parameter is updated once, after its last read.
/// </summary>
internal static class Verifier
{
    /// <exception cref="GraphException">The graph breaks a rule; the message says which and where.</exception>
    public static void Verify(Graph graph)
    {
        var place = new Dictionary<Node, int>();
        var lastReader = new Dictionary<Node, Node>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < graph.Nodes.Length; i++)
        {
            var node = graph.Nodes[i];
            foreach (var input in node.Inputs)
            {
                Require(place.ContainsKey(input), node, $"its input {input.Name} does not come before it");
            }

            Require(node.Op.Infer(node.Inputs).Equals(node.Shape), node, $"its shape {node.Shape} is not what the op infers");
            Require(names.Add(node.Name), node, "its name is taken");
            place.Add(node, i);
            foreach (var read in node.Op.UpdatesFirstInput ? node.Inputs.Skip(1) : node.Inputs)
            {
                lastReader[read] = node;
            }
        }

        foreach (var output in graph.Outputs.Concat(graph.Parameters))
        {
            Require(place.ContainsKey(output), output, "it is asked for but not in the graph");
        }

        var updated = new HashSet<Node>();
        foreach (var update in graph.Nodes.Where(n => n.Op.UpdatesFirstInput))
        {
            var parameter = update.Inputs[0];
            Require(parameter.Op is Parameter, update, "it updates something that is not a parameter");
            Require(updated.Add(parameter), update, $"{parameter.Name} is updated twice");
            bool isLate = lastReader.TryGetValue(parameter, out var last) && place[last] > place[update];
            Require(!isLate, update, $"{last?.Name} still reads {parameter.Name} after the update");
        }
    }

    private static void Require(bool condition, Node node, string problem)
    {
        if (!condition)
        {
            throw new GraphException($"{GraphPrinter.Print(node)}: {problem}");
        }
    }
}
