namespace MicroGpt.Generator.Tests.Passes;

using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Language;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Passes;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using MicroGpt.Generator.Tests.Emit;
using Xunit;
using static MicroGpt.Generator.Language.Functions;
using Parameter = MicroGpt.Generator.Language.Parameter;
using Program = MicroGpt.Generator.Graph.Program;

public sealed class RowsInPiecesTests
{
    [Fact]
    public void APieceThatNeedsWholeRowsIsAnError()
    {
        var pass = new PassBuilder(11);
        Node whole = pass.Embed(pass.Matrix("table", 11, 8));
        Node piece = pass.Add(new PieceOf(), whole);
        Node right = pass.Do(ElementwiseFunctions.Tanh, piece);
        Node wrong = pass.Do(ElementwiseFunctions.Add, right, whole);
        Graph Of(params Node[] nodes) =>
            new([pass.Tokens, whole.Inputs[0], whole, .. nodes], [nodes[^1]]) { ForwardCount = 3 + nodes.Length };
        Assert.Equal(Of(piece, right).Nodes.AsEnumerable(), RowsInPieces.Ordered(Of(piece, right)).Nodes.AsEnumerable());
        GraphException error = Assert.Throws<GraphException>(() => RowsInPieces.Ordered(Of(piece, right, wrong)));
        Assert.Equal($"{wrong.Name} is computed in pieces of the rows and needs {whole.Name}, which is whole", error.Message);
    }

    /// <summary>Heads that mix products with values of the trunk and scalars: what is cut out fits together after fusion.</summary>
    [Fact]
    public void RandomHeadsAreDivided()
    {
        for (int seed = 0; seed < 30; seed++)
        {
            CompiledModel model = ModelCompiler.Plan(
                new ModelSpec
                {
                    Namespace = "Tests",
                    Name = "Head",
                    Optimizer = seed % 3 == 0 ? Optimizer.Adam : Optimizer.Sgd,
                    NEmbd = 9,
                    LogitsBytes = 1,
                    LoneFrom = seed % 2 == 0 ? 1 : int.MaxValue,
                },
                Head(new Random(seed)));
            Assert.True(model.Pieces is not null, $"seed {seed}");
        }
    }

    private static Program Head(Random random)
    {
        const int Vocabulary = 40, Width = 9;
        using var recording = Recording.Begin(Vocabulary, 30, 0.08);
        Tensor trunk = Tanh(Linear(Matrix(Vocabulary, Width, name: "table")[recording.Tokens], Matrix(Width, Width, name: "w")));
        Parameter gain = Vector(Width, 1, 0.5, "gain"), bias = Vector(Vocabulary, 1, 0.5, "bias");
        trunk *= gain;
        Tensor logits = Linear(trunk, Matrix(Vocabulary, Width, name: "head")) + bias, scalar = Mean(Square(trunk));
        for (int i = 0; i < 6; i++)
        {
            (trunk, logits, scalar) = random.Next(9) switch
            {
                0 => (Sigmoid(trunk), logits, scalar),
                1 => (trunk + Detach(trunk), logits, scalar),
                2 => (trunk + scalar, logits, scalar),
                3 => (trunk, Tanh(logits), scalar),
                4 => (trunk, logits * Sigmoid(logits), scalar),
                5 => (trunk, logits + scalar, scalar),
                6 => (trunk, logits, scalar * Mean(trunk)),
                7 => (trunk, logits * Sum(Detach(gain)), scalar),
                _ => (trunk, logits + Linear(trunk, Matrix(Vocabulary, Width, name: $"head{i}")), scalar),
            };
        }

        return recording.Finish(logits + (Mean(trunk) * scalar));
    }
}
