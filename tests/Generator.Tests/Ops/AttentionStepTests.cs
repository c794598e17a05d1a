using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using Xunit;

namespace MicroGpt.Generator.Tests.Ops;

/// <summary>
/// The cache lives outside of the graph, so it is compiled code that is compared with attention over all rows: see
/// <see cref="Emit.CompiledCodeTests"/>.
/// </summary>
[TestsOf(typeof(AttentionStep))]
public sealed class AttentionStepTests
{
    [Fact]
    public void TakesThePlaceOfAttentionInADecoder()
    {
        CompiledModel model = TestSpecs.Gpt(vocabSize: 5, blockSize: 6, nEmbd: 6, nHead: 3, nLayer: 2).RunPasses();
        Assert.Equal(
            model.Training.Nodes.Where(n => n.Op is Attention).Select(n => (n.Scope, string.Join(", ", n.Inputs))),
            model.DecoderGraph.Nodes.Where(n => n.Op is AttentionStep { BlockSize: 6 })
                .Select(n => (n.Scope, string.Join(", ", n.Inputs))));
    }

    [Fact]
    public void RefusesShapesThatDoNotFit()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node x = small.Activation("x", new Axis(2, 3));
        ShapeErrors.AssertRefused(small, new AttentionStep(4), "same number of heads", x, x, small.Activation("other", new Axis(3, 2)));
    }

    [Fact]
    public void TheInterpreterSaysWhatToUseInstead()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node x = small.Activation("x", new Axis(2, 3));
        Node y = small.Builder.Add(new AttentionStep(4), "y", x, x, x);
        var error = Assert.Throws<GraphException>(() => Interpreter.Evaluate(small.Forward(y), small.NewEvaluation()));
        Assert.Contains("oracle is Attention", error.Message, StringComparison.Ordinal);
    }
}
