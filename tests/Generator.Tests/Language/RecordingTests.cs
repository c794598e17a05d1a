namespace MicroGpt.Generator.Tests.Language;

using System.Diagnostics;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Language;
using MicroGpt.Generator.Ops;
using Xunit;
using static MicroGpt.Generator.Language.Functions;
using Parameter = MicroGpt.Generator.Language.Parameter;
using ParameterOp = MicroGpt.Generator.Graph.Parameter;

public sealed class RecordingTests
{
    private static Program Gpt2 => KnownArchitectures.Gpt2(vocab: 5, block: 4, width: 6, heads: 2, layers: 2);

    private static Program Llama => KnownArchitectures.Llama(vocab: 5, block: 4, width: 8, heads: 4, keyHeads: 2, hidden: 10, layers: 2);

    /// <summary>Norms with gains and biases, GELU, a tied head; rotary positions, grouped heads, SwiGLU.</summary>
    [Fact]
    public void KnownArchitecturesHaveTheRightGradients()
    {
        ProgramCheck.AssertMatchesDifferences(Gpt2);
        ProgramCheck.AssertMatchesDifferences(Llama);
    }

    [Fact]
    public void ParametersAreInTheOrderOfTheirDeclaration()
    {
        Assert.Equal(
            ["wte", "wpe", "h.0.ln_1.weight", "h.0.ln_1.bias", "h.0.attn.c_attn.weight"], Gpt2.Parameters.Take(5).Select(p => p.Name));
        Assert.Equal(
            [new ProgramParameter("wte", Shape.Matrix(5, 6), 0, 0.08), new ProgramParameter("h.0.ln_1.weight", Shape.Vector(6), 1, 0)],
            [Gpt2.Parameters[0], Gpt2.Parameters[2]]);
        Assert.Equal(Gpt2.Parameters.Select(p => p.Name), Gpt2.ToGraph().Parameters.Select(p => ((ParameterOp)p.Op).Canonical));
    }

    [Theory]
    [InlineData("wte", "", "", "wte")]
    [InlineData("layer0.attn_wq", "Layer0", "layer0", "attn_wq")]
    [InlineData("layers.0.attention.wq.weight", "Layers0", "layers0_attention_wq", "weight")]
    [InlineData("a.12.b.3.c", "A12", "a12_b3", "c")]
    [InlineData("odd name.0.w!", "Odd_name0", "odd_name0", "w_")]
    public void ScopesFollowFromNames(string canonical, string heading, string prefix, string local)
    {
        Assert.Equal(new Scope(heading, prefix), Recording.ScopeOf(canonical, out string name));
        Assert.Equal(local, name);
    }

    [Fact]
    public void ValuesBearTheNamesThatTheyAreGiven()
    {
        Program program = Record(w =>
        {
            Recording recording = Recording.Current;
            recording.Scope = new Scope("Layer0", "layer0");
            Tensor h = Exp(w[recording.Tokens]).Named("h").Heads(2).Named("another").Heads(1);
            recording.Scope = new Scope("Head", "");
            return Linear(h, w);
        });
        Assert.Equal(
            ["tokens", "w", "layer0_embed", "layer0_h", "linear"], program.ToGraph().Builder.Nodes.Take(5).Select(n => n.Name));
    }

    [Fact]
    public void WhatNothingReadsIsNotInTheProgram()
    {
        Program program = Record(w =>
        {
            Tensor x = w[Recording.Current.Tokens];
            _ = Exp(x);
            return Linear(x, w);
        });
        Assert.DoesNotContain(program.Operations, o => o.Op is Elementwise);
    }

    [Fact]
    public void TheGraphIsThatOfTheProgram()
    {
        ForwardGraph graph = Gpt2.ToGraph();
        Verifier.Verify(new Graph([.. graph.Builder.Nodes], [graph.Loss]) { Parameters = [.. graph.Parameters], Loss = graph.Loss });
        Assert.Equal(Gpt2.Operations.Count + 2, graph.Builder.Nodes.Count);
        Assert.Equal(Shape.Rows(5), graph.Logits.Shape);
        Assert.Equal(Gpt2.Operations.Select(o => o.Op), graph.Builder.Nodes.Take(Gpt2.Operations.Count).Select(n => n.Op));
    }

    private sealed class Block(int size)
    {
        public Parameter Weight { get; } = Matrix(size, size, name: "weight");

        public Block[] Inner { get; } = size == 5 ? Layers(2, _ => new Block(2), name: "inner{0}") : [];
    }

    [Fact]
    public void LayersNameWhatIsMadeInThem()
    {
        using var recording = Recording.Begin(5, 4, 0.08);
        Block[] blocks = Layers(2, i => new Block(5), field: "blocks"), plain = Layers(1, i => new Block(3), name: "");
        Tensor x = blocks[0].Weight[recording.Tokens];
        Assert.Equal(
            [
                "blocks.0.weight",
                "blocks.0.inner0.weight",
                "blocks.0.inner1.weight",
                "blocks.1.weight",
                "blocks.1.inner0.weight",
                "blocks.1.inner1.weight",
                "weight",
            ],
            recording.Finish(Linear(x, blocks[1].Weight)).Parameters.Select(p => p.Name));
        Assert.Equal(3, plain.Single().Weight.AnyNode.Shape.Inner.Count);
    }

    [Fact]
    public void DropoutsAreNumberedInTheOrderOfTheText()
    {
        Program program = Record(w => Linear(Dropout(Dropout(w[Recording.Current.Tokens], 0.1), 0.1), w));
        Assert.Equal([0, 1], program.Operations.Select(o => o.Op).OfType<Dropout>().Select(d => d.Site));
    }

    /// <summary>GPT-2 of 124 million parameters must be read within a tenth of a second, of which this is a part.</summary>
    [Fact]
    public void TwelveLayersAreRecordedAtOnce()
    {
        Program First() => KnownArchitectures.Gpt2(50257, 1024, 768, 12, 12);
        Assert.Equal(124_439_808, First().Parameters.Sum(p => p.Shape.Elements));
        long start = Stopwatch.GetTimestamp();
        First();
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 0, 100);
    }

    [Fact]
    public void OneRecordingMayStandWithinAnother()
    {
        using var outer = Recording.Begin(3, 2, 0.1);
        using (var inner = Recording.Begin(4, 2, 0.1))
        {
            Assert.Same(inner, Recording.Current);
        }

        Assert.Same(outer, Recording.Current);
    }

    /// <summary>A program of one matrix [5, 6], which is both embedding and head.</summary>
    private static Program Record(Func<Parameter, Tensor> forward)
    {
        using var recording = Recording.Begin(5, 4, 0.08);
        return recording.Finish(forward(Matrix(5, 6, name: "w")));
    }
}
