using MicroGpt.Runner.Report;
using Xunit;

namespace MicroGpt.Runner.Tests.Report;

public class ReportGraphTests
{
    private static ModelGraph Graph()
    {
        var g = new ModelGraphBuilder();
        g.Add("tokens", "Input", GraphShape.Indices).With("value", "tokens");
        g.Add("wte", "Parameter", GraphShape.Matrix(27, (4, 4))).With("parameter", "wte");
        g.Scope("Layer0");
        g.Add("q", "Linear", GraphShape.Rows((4, 4)), "tokens", "wte").With("epilogue", "relu").With("scale", 0.5);
        g.Add("both", "Pair", GraphShape.Tuple(GraphShape.Scalar, GraphShape.Rows((4, 4))), "q", "q");
        g.Backward();
        g.Add("dq", "Part", GraphShape.Rows((4, 4)), "both").With("index", 1);
        return g.Build("dq");
    }

    [Fact]
    public void NodesHaveTheShapesAndEdgesOfTheData()
    {
        ReportGraph graph = ReportGraph.Of(Graph())!;

        Assert.Equal(["tokens", "wte", "q", "both", "dq"], graph.Nodes.Select(n => n.Id));
        Assert.Equal(["Input", "Parameter", "Linear", "Pair", "Part"], graph.Nodes.Select(n => n.Op));
        Assert.Equal(["", "", "relu", "", ""], graph.Nodes.Select(n => n.Epilogue));
        Assert.Equal(["[rows]", "[27, 4·4]", "[rows, 4·4]", "([], [rows, 4·4])", "[rows, 4·4]"], graph.Nodes.Select(n => n.Shape));
        Assert.Equal(["tokens", "wte"], graph.Nodes[2].Inputs);
        Assert.Equal(["q"], graph.Nodes[3].Inputs); // one edge, however often it is read
        Assert.Equal(["forward", "forward", "forward", "forward", "backward"], graph.Nodes.Select(n => n.Phase));
    }

    [Fact]
    public void TheTextHasALineANodeUnderTheNamesOfTheParts() => Assert.Equal(
        """
        # inputs
        tokens [rows] = Input<value tokens>()
        wte [27, 4·4] = Parameter<parameter wte>()
        # Layer0
        q [rows, 4·4] = Linear<epilogue relu, scale 0.5>(tokens, wte)
        both ([], [rows, 4·4]) = Pair(q, q)
        # backward
        # Layer0
        dq [rows, 4·4] = Part<index 1>(both)
        -> dq

        """,
        ReportGraph.Of(Graph())!.Text);

    [Fact]
    public void AModelWithoutAGraphHasNoDrawing() => Assert.Null(ReportGraph.Of(ModelGraphs.None.Training));

    [Fact]
    public void AttributesAreFoundByName()
    {
        GraphNode q = Graph().Nodes[2];
        Assert.Equal((0.5, "relu"), (q.Number("scale"), q.Text("epilogue")));
        Assert.Equal((null, null), (q.Number("epilogue"), q.Text("scale")));
        Assert.Equal((null, null), (q.Number("heads"), q.Text("heads")));
    }

    [Fact]
    public void ANodeReadsOnlyWhatIsThereAndHasANameOfItsOwn()
    {
        var g = new ModelGraphBuilder().Add("a", "Input", GraphShape.Scalar);
        Assert.Throws<ArgumentException>(() => g.Add("b", "Exp", GraphShape.Scalar, "c"));
        Assert.Throws<ArgumentException>(() => g.Add("a", "Input", GraphShape.Scalar));
        Assert.Throws<ArgumentException>(() => g.Build("b"));
    }
}
