namespace MicroGpt.Model.Tests.Parity;

/// <summary>The graphs that a compiled model carries as data.</summary>
internal static class GraphChecks
{
    public static void Forward_graph_ends_in_the_logits(ModelDescription model)
    {
        ModelGraph graph = model.Graphs.Forward;
        GraphNode logits = graph.Nodes[Assert.Single(graph.Outputs)];
        Assert.Equal(GraphShape.Rows(model.VocabSize), logits.Shape);
        Assert.Equal(graph.Nodes.Count, graph.ForwardCount);
        Parameters_are_those_of_the_table(graph, model);
        Inputs_come_first(graph);
        // Each value is one result of one operation, and all that is read is a token, a position, a parameter or a number.
        Assert.DoesNotContain(graph.Nodes, n => n.Op == "Part" || n.Shape.Kind == GraphShapeKind.Tuple);
        Assert.All(
            graph.Nodes.Where(n => n.Inputs.Count == 0 && n.Op is not ("Parameter" or "Constant")),
            n => Assert.True(n.Text("value") is "tokens" or "positions"));
        Assert.Equal(model.NLayer, graph.Nodes.Count(n => n.Op == "Attention"));

        // Layers of a GPT are alike; in a forward pass of one's own each may have another number of heads.
        GraphNode[] attentions = [.. graph.Nodes.Where(n => n.Op == "Attention")];
        Assert.All(attentions, n => Assert.Equal(n.Shape.Inner.Groups, n.Number("heads")));
        Assert.All(attentions, n => Assert.True(model.Architecture != "GPT" || n.Number("heads") == model.NHead));
        Assert.Equal(model.HeadsOfLayers, attentions.Select(n => (int)n.Number("heads")!.Value));
        Assert.Equal(model.NHead, attentions.Select(n => n.Number("heads")!.Value).DefaultIfEmpty(0).Max());
    }

    public static void Training_graph_reads_and_updates_every_parameter(ModelDescription model)
    {
        ModelGraph graph = model.Graphs.Training;
        Parameters_are_those_of_the_table(graph, model);
        Inputs_come_first(graph);
        Assert.InRange(graph.ForwardCount, 1, graph.Nodes.Count - 1);
        Assert.Equal("loss", graph.Nodes[graph.Outputs[0]].Name);
        Assert.Equal(model.Parameters.Count, graph.Outputs.Count - 1);
        Assert.All(graph.Outputs.Skip(1), output => Assert.True(output >= graph.ForwardCount));
    }

    private static void Parameters_are_those_of_the_table(ModelGraph graph, ModelDescription model) => Assert.Equal(
        model.Parameters.Select(p => (p.Name, p.Rows, p.Columns)),
        graph.Nodes.Where(n => n.Op == "Parameter").Select(n => (
            n.Text("parameter")!, n.Shape.Kind == GraphShapeKind.Vector ? 1 : n.Shape.Outer.Count, n.Shape.Inner.Count)));

    private static void Inputs_come_first(ModelGraph graph)
    {
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            Assert.All(graph.Nodes[i].Inputs, input => Assert.InRange(input, 0, i - 1));
        }
    }
}
