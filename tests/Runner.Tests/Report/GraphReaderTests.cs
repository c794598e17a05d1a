using MicroGpt.Runner.Report;
using Xunit;

namespace MicroGpt.Runner.Tests.Report;

public class GraphReaderTests
{
    private const string Printed =
        """
        # inputs
        tokens [rows] = Tokens()
        wte [27, 16] = Parameter()
        # layer0
        layer0_q [rows, 4·4] = Linear(tokens, wte)
        layer0_twice [rows, 4·4] = Add(layer0_q, layer0_q)
        both ([], [rows, 4·4]) = CrossEntropyWithGrad(layer0_twice, tokens)
        loss [] = Part<0>(both)
        # backward
        d_q [rows, 4·4] = LinearInputGrad<relu'>(both, layer0_q)
        -> loss, d_q
        """;

    [Fact]
    public void ReadsNodesShapesAndEdges()
    {
        var graph = GraphReader.Read(Printed);

        Assert.Equal(["tokens", "wte", "layer0_q", "layer0_twice", "both", "loss", "d_q"], graph.Nodes.Select(n => n.Id));
        Assert.Equal(["Tokens", "Parameter", "Linear", "Add", "CrossEntropyWithGrad", "Part<0>", "LinearInputGrad<relu'>"], graph.Nodes.Select(n => n.Op));
        Assert.Equal("[rows, 4·4]", graph.Nodes[2].Shape);
        Assert.Equal("([], [rows, 4·4])", graph.Nodes[4].Shape);
        Assert.Equal(["tokens", "wte"], graph.Nodes[2].Inputs);
        Assert.Equal(["layer0_q"], graph.Nodes[3].Inputs); // one edge, however often it is read
        Assert.Equal(["both", "layer0_q"], graph.Nodes[6].Inputs);
        Assert.Equal(["forward", "forward", "forward", "forward", "forward", "forward", "backward"], graph.Nodes.Select(n => n.Phase));
        Assert.Equal(Printed, graph.Text);
    }

    [Fact]
    public void WithoutAHeadingTheLossEndsTheForwardPass()
    {
        var graph = GraphReader.Read("a = Input()\nb = Linear(a)\nloss = CrossEntropy(b)\ndb = CrossEntropyGrad(b)\n");
        Assert.Equal(["forward", "forward", "forward", "backward"], graph.Nodes.Select(n => n.Phase));
    }

    [Fact]
    public void OtherNotationsOfTheSameFormAreReadToo()
    {
        var graph = GraphReader.Read("%0 = input : [rows]\r\n%1: [rows, 8] = relu %0, slope=2 // a comment %0 = x\r\n\r\nnot a node");
        Assert.Equal(["%0", "%1"], graph.Nodes.Select(n => n.Id));
        Assert.Equal("relu", graph.Nodes[1].Op);
        Assert.Equal("[rows, 8]", graph.Nodes[1].Shape);
        Assert.Equal(["%0"], graph.Nodes[1].Inputs);
    }

    [Fact]
    public void NothingPrintedIsNothingDrawn() => Assert.Empty(GraphReader.Read("").Nodes);
}
