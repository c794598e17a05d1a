using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Tests.Ops;
using Xunit;

namespace MicroGpt.Generator.Tests.Graphs;

public sealed class GraphPrinterTests
{
    [Fact]
    public void PrintsOneLineANodeUnderItsScope()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        small.Builder.Scope = new Scope("Layer0", "layer0");
        Node x = small.Activation("x", new Axis(2, 3));
        Node attention = small.Builder.Add(new Attention(4), "attention", x, x, x);
        Node y = small.Builder.Part(attention, 0, "y");
        Node w = small.Parameter("w", 7, new Axis(2, 3));
        Graph.Graph graph = small.Forward(y) with { ForwardCount = small.Builder.Nodes.Count };
        small.Builder.Scope = new Scope("Head", "");
        small.Builder.Add(new Linear().With(FusionCheck.Epilogue(small, 7, ElementwiseFunctions.Relu)), "z", y, w);

        Assert.Equal(
            """
            # inputs
            tokens [rows] = Input()
            positions [rows] = Input()
            targets [rows] = Input()
            # Layer0
            layer0_x_table [2, 2·3] = Parameter()
            layer0_x [rows, 2·3] = Embed(layer0_x_table, tokens)
            layer0_attention ([rows, 2·3], [rows, 4, 2]) = Attention(layer0_x, layer0_x, layer0_x)
            layer0_y [rows, 2·3] = Part<0>(layer0_attention)
            layer0_w [7, 2·3] = Parameter()
            # backward
            # Head
            z [rows, 7] = Linear<relu(product)>(layer0_y, layer0_w)
            -> layer0_y

            """,
            GraphPrinter.Print(graph with { Nodes = [.. small.Builder.Nodes] }));
    }

    [Fact]
    public void EveryNodeHasASentence()
    {
        foreach (Node node in TestSpecs.Random(3).RunPasses().Passes.SelectMany(p => p.Graph.Nodes))
        {
            string sentence = node.Op.Describe(node);
            Assert.NotEmpty(sentence);
            Assert.DoesNotContain('\n', sentence);
        }
    }
}
