namespace MicroGpt.Generator.Tests.Passes;

using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Passes;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using MicroGpt.Generator.Tests.Ops;
using Xunit;

/// <summary>What simplification and fusion leave, and what they must leave alone.</summary>
public sealed class RewritingTests
{
    private static readonly CpuTarget Target = new(Spec.Precision.Double);

    [Fact]
    public void SimplifyRemovesMultiplicationsByOneAlone()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node x = small.Activation("x", 6);
        Node one = small.Builder.Add(new Constant(1), "one"), two = small.Builder.Add(new Constant(2), "two");
        Node y = small.Builder.Add(
            new Elementwise(ElementwiseFunctions.Multiply), "y",
            small.Builder.Add(new Elementwise(ElementwiseFunctions.Multiply), "same", x, one), two);
        Graph graph = Simplify.Run(small.Forward(y));

        Node scale = Assert.Single(graph.Nodes, n => n.Op is Elementwise);
        Assert.Equal(("y", "x", "two"), (scale.Name, scale.Inputs[0].Name, scale.Inputs[1].Name));
        Assert.DoesNotContain(graph.Nodes, n => n.Name == "one");
    }

    [Fact]
    public void NothingIsLeftThatNoOutputNeeds()
    {
        foreach (PassResult pass in TestSpecs.Random(7).RunPasses().Passes.SkipWhile(p => p.Name != "Simplify"))
        {
            ILookup<Node, Node> readers = pass.Graph.Readers();
            Assert.All(pass.Graph.Nodes, n => Assert.True(
                readers[n].Any() || pass.Graph.Outputs.Contains(n) || pass.Graph.Parameters.Contains(n),
                $"{pass.Name}: {n.Name} is of no use."));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void FusionLeavesTheseOpsOfAGpt(int layers)
    {
        Graph graph = TestSpecs.Gpt(7, 5, 6, 2, layers).RunPasses().Training;
        var counts = graph.Nodes.GroupBy(n => n.Op.ToString()).ToDictionary(g => g.Key, g => g.Count());
        Assert.Equal(
            new Dictionary<string, int>
            {
                ["Input"] = 4,
                ["Parameter"] = 3 + (6 * layers),
                ["EmbedSum"] = 1,
                ["Linear"] = 1 + (3 * layers),
                ["Linear<product + a>"] = 2 * layers,
                ["Linear<relu(product)>"] = layers,
                ["Attention"] = layers,
                ["AttentionGrad"] = layers,
                ["CrossEntropyWithGrad"] = 1,
                ["Part"] = 4 + (5 * layers),
                ["LinearInputGrad"] = 1 + (3 * layers),
                ["LinearInputGrad<product + a>"] = 2 * layers,
                ["LinearInputGrad<product where a > 0, else 0>"] = layers,
                ["Rows"] = 4 * layers, // norms and their gradients; the first two norms are one
                ["LinearSgd"] = 1 + (6 * layers),
                ["EmbedSgd"] = 2,
            }.Select(p => $"{p.Value} {p.Key}").Order(StringComparer.Ordinal),
            counts.Select(p =>
                $"{p.Value} {new[] { "Part", "Rows" }.FirstOrDefault(name => p.Key.StartsWith(name, StringComparison.Ordinal)) ?? p.Key}")
                .GroupBy(s => s[(s.IndexOf(' ') + 1)..])
                .Select(g => $"{g.Sum(s => int.Parse(s[..s.IndexOf(' ')]))} {g.Key}")
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void FusionLeavesTheseOpsOfAnMlpWithAdam()
    {
        Graph graph = (TestSpecs.Mlp(7, 3) with { Optimizer = Spec.Optimizer.Adam }).RunPasses().Training;
        Assert.Equal(
            [
                "CrossEntropyWithGrad",
                "Embed",
                "EmbedAdam",
                "Linear",
                "Linear<relu(product)>",
                "LinearAdam",
                "LinearAdam",
                "LinearInputGrad",
                "LinearInputGrad<product where a > 0, else 0>",
            ],
            graph.Nodes.Where(n => n.Op is not (Input or Parameter or Part)).Select(n => n.Op.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void AValueThatIsAnOutputOrReadElsewhereIsNotFusedAway()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node product = small.Linear("product", small.Activation("x", 6), 5);
        Node y = small.Builder.Add(new Elementwise(ElementwiseFunctions.Relu), "y", product);
        Assert.Contains(Fuse.Run(small.Forward(y), Target).Nodes, n => n.Op.ToString() == "Linear<relu(product)>");

        Graph asked = Fuse.Run(small.Forward(y) with { Outputs = [y, product] }, Target);
        Assert.Contains(asked.Nodes, n => n.Op is Elementwise);

        Node both = small.Builder.Add(
            new Elementwise(ElementwiseFunctions.Add), "both",
            small.Builder.Add(new Elementwise(ElementwiseFunctions.Square), "square", product), y);
        Graph read = Fuse.Run(small.Forward(both), Target);
        Assert.Contains(read.Nodes, n => n.Op is Elementwise);
    }

    [Fact]
    public void TheForwardPassStaysApartFromTheBackwardPass()
    {
        for (int seed = 1; seed <= 5; seed++)
        {
            CompiledModel model = TestSpecs.Random(seed).RunPasses();
            foreach (PassResult pass in model.Passes.Where(p => p.Name is not ("Build" or "Decoder")))
            {
                Node[] forward = [.. pass.Graph.Nodes.Take(pass.Graph.ForwardCount)],
                    backward = [.. pass.Graph.Nodes.Skip(pass.Graph.ForwardCount)];
                Assert.Contains(pass.Graph.Loss, forward);
                Assert.DoesNotContain(forward, n => n.Op is LinearInputGrad or LinearWeightGrad or AttentionGrad || n.Op.UpdatesFirstInput);
                Assert.DoesNotContain(backward, n => n.Op is Linear or Attention or Parameter);
            }
        }
    }

    [Fact]
    public void TheDecoderHasNeitherLossNorTargets()
    {
        CompiledModel model = TestSpecs.Gpt(7, 5, 6, 2, 2).RunPasses();
        Graph decoder = model.DecoderGraph;
        Assert.Equal(Shape.Rows(7), Assert.Single(decoder.Outputs).Shape);
        Assert.Equal(2, decoder.Nodes.Count(n => n.Op is AttentionStep));
        Assert.DoesNotContain(decoder.Nodes, n => n.Op is Attention or CrossEntropy or Input { Kind: InputKind.Targets });
        Assert.Equal(model.Training.Parameters.Select(p => p.Name), decoder.Parameters.Select(p => p.Name));
    }
}
