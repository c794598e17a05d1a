using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Tests.Ops;
using Xunit;

namespace MicroGpt.Generator.Tests.Graphs;

/// <summary>The verifier finds what a faulty pass could do to a graph.</summary>
public sealed class GraphVerifierTests
{
    private static readonly Graph.Graph Good = TestSpecs.Tiny.RunPasses().Training;

    [Fact]
    public void AcceptsWhatThePassesMake() => Assert.All(
        TestSpecs.Random(6).RunPasses().Passes, pass => Verifier.Verify(pass.Graph));

    [Fact]
    public void RejectsAnInputThatComesLater()
    {
        Node node = Good.Nodes.First(n => n.Op is RowProgram);
        AssertRejected(Good with { Nodes = [node, .. Good.Nodes.Remove(node)] }, node, "does not come before it");
    }

    [Fact]
    public void RejectsAnInputThatIsMissing()
    {
        Node node = Good.Nodes.First(n => n.Op is RowProgram);
        AssertRejected(
            Good with { Nodes = Good.Nodes.Remove(node.Inputs[0]) }, node, $"its input {node.Inputs[0].Name} does not come before it");
    }

    [Fact]
    public void RejectsAShapeThatTheOpDoesNotInfer()
    {
        Node node = Good.Nodes.First(n => n.Op is RowProgram);
        var wrong = new Node(node.Id, node.Op, node.Inputs, Shape.Rows(99), node.Scope, node.Local);
        AssertRejected(
            Good with { Nodes = [.. Good.Nodes.TakeWhile(n => n != node), wrong], Outputs = [], Parameters = [] }, wrong,
            "[rows, 99] is not what the op infers");
    }

    [Fact]
    public void RejectsANameThatIsTaken()
    {
        Node node = Good.Nodes.First(n => n.Op is RowProgram);
        var twin = new Node(999, node.Op, node.Inputs, node.Shape, node.Scope, node.Local);
        AssertRejected(Good with { Nodes = Good.Nodes.Add(twin) }, twin, "its name is taken");
    }

    [Fact]
    public void RejectsAMissingOutput()
    {
        Node update = Good.Outputs[^1];
        Assert.True(update.Op.UpdatesFirstInput);
        AssertRejected(Good with { Nodes = Good.Nodes.Remove(update) }, update, "asked for but not in the graph");
    }

    [Fact]
    public void RejectsAMissingParameter()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node absent = small.Parameter("absent", 2, 2);
        AssertRejected(Good with { Parameters = Good.Parameters.Add(absent) }, absent, "asked for but not in the graph");
    }

    [Fact]
    public void RejectsASecondUpdate()
    {
        Node update = Good.Nodes.Last(n => n.Op.UpdatesFirstInput);
        var again = new Node(999, update.Op, update.Inputs, update.Shape, update.Scope, update.Local + "_again");
        AssertRejected(Good with { Nodes = Good.Nodes.Add(again) }, again, $"{update.Inputs[0].Name} is updated twice");
    }

    [Fact]
    public void RejectsAReadAfterTheUpdate()
    {
        // The gradient that passes through lm_head is the last to read it; the update comes next.
        Node update = Good.Nodes.Single(n => n.Op.UpdatesFirstInput && n.Inputs[0].Name == "lm_head");
        int place = Good.Nodes.IndexOf(update);
        int last = Good.Nodes.Select((n, i) => (n, i)).Last(p => p.n != update && p.n.Inputs.Contains(update.Inputs[0])).i;
        Node reader = Good.Nodes[last];
        ImmutableArray<Node> early = Good.Nodes.RemoveAt(place).Insert(last, update);
        AssertRejected(Good with { Nodes = early }, update, $"{reader.Name} still reads lm_head after the update");
    }

    [Fact]
    public void RejectsAnUpdateOfSomethingElse()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node x = small.Activation("x", 6);
        Node gradient = small.Builder.Add(new LinearWeightGrad(), "gradient", x, x);
        Node rate = small.Builder.Add(new Input(InputKind.LearningRate), "learning_rate");
        Node update = small.Builder.Add(new Update(OptimizerRule.Sgd), "update", gradient, gradient, rate);
        AssertRejected(small.Forward(update), update, "not a parameter");
    }

    private static void AssertRejected(Graph.Graph graph, Node node, string problem)
    {
        var error = Assert.Throws<GraphException>(() => Verifier.Verify(graph));
        Assert.StartsWith(GraphPrinter.Print(node) + ": ", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }
}
