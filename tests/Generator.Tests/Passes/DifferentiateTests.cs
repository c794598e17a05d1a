using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Passes;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using MicroGpt.Generator.Tests.Ops;
using Xunit;

namespace MicroGpt.Generator.Tests.Passes;

public sealed class DifferentiateTests
{
    /// <summary>An activation that depends on no parameter.</summary>
    private sealed record Given(int Channels) : Op
    {
        public override string Name => "Given";

        public override Shape Infer(ImmutableArray<Node> inputs) => Shape.Rows(Channels);

        public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
            [new double[run.Rows * Channels]];

        public override string Describe(Node node) => "given";
    }

    [Fact]
    public void EveryParameterGetsAGradientOfItsShape()
    {
        CompiledModel model = TestSpecs.Random(12).RunPasses();
        Graph.Graph graph = model.After("Differentiate");
        Assert.Equal(graph.Parameters.Select(p => p.Shape), graph.Outputs.Skip(1).Select(g => g.Shape));
        Assert.Equal(graph.Parameters.Select(p => p.Scope), graph.Outputs.Skip(1).Select(g => g.Scope));
        Assert.Same(graph.Loss, graph.Outputs[0]);
    }

    [Fact]
    public void AValueThatDependsOnNoParameterGetsNoGradient()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node given = small.Builder.Add(new Given(6), "given");
        Node loss = small.LossOf(small.Builder.Add(new Elementwise(ElementwiseFunctions.Square), "y", given));
        Graph.Graph graph = Simplify.Run(small.WithGradients(loss));
        Verifier.Verify(graph);
        Assert.Single(graph.Parameters);
        Assert.Contains(graph.Nodes, n => n.Op is LinearWeightGrad);
        Assert.DoesNotContain(graph.Nodes, n => n.Op is LinearInputGrad);
    }

    [Fact]
    public void AGradientThatNoParameterAsksForIsDropped()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node loss = small.LossOf(small.Builder.Add(new Elementwise(ElementwiseFunctions.Square), "y", small.Activation("x", 6)));
        Node weight = small.Parameters.Single(p => p.Name == "logits_weight");
        Graph.Graph forward = small.Forward(loss);
        Node gradient = Differentiate.Run(small.Builder, [weight], loss).Single().Gradient;

        Graph.Graph graph =
            Simplify.Run(forward with { Nodes = [.. small.Builder.Nodes], Outputs = [loss, gradient], Parameters = [weight] });
        Assert.DoesNotContain(graph.Nodes, n => n.Op is LinearInputGrad or EmbedGrad);
        Assert.Contains(graph.Nodes, n => n.Op is LinearWeightGrad);
    }

    [Fact]
    public void AParameterThatTheLossDoesNotDependOnIsAnError()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node loss = small.LossOf(small.Activation("x", 6));
        Node unused = small.Parameter("unused", 2, 2);
        var error = Assert.Throws<GraphException>(() => Differentiate.Run(small.Builder, [unused], loss));
        Assert.Equal("the loss does not depend on unused", error.Message);
    }

    [Fact]
    public void AnOpWithoutAGradientIsAnError()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node x = small.Activation("x", 6);
        Node loss = small.LossOf(small.Builder.Add(new LinearInputGrad(), "y", x, small.Parameter("w", 6, 6)));
        var error = Assert.Throws<GraphException>(() => small.WithGradients(loss));
        Assert.Equal("LinearInputGrad has no gradient", error.Message);
    }
}
