namespace MicroGpt.Generator.Tests.Emit;

using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using Xunit;

/// <summary>Batches whose logits are computed in pieces of the rows: compiled code against the interpreter.</summary>
public sealed class PieceTests(PieceModels models) : IClassFixture<PieceModels>
{
    public static TheoryData<string> Names => new(PieceModels.All.Keys);

    /// <summary>Documents of mixed lengths that end within pieces and at their edges; one row, one piece, and one row more.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void ComputesWhatTheInterpreterComputes(string name)
    {
        using ICompiledModel model = models.Create(name);
        CompiledModel plan = PieceModels.All[name].Plan.Value;
        Assert.Equal(PieceModels.PieceRows, plan.Pieces?.Rows);
        int[][] batches = [[9, 8], [5, 9, 1], [8], [9], [16], [24, 1], [23, 8, 16]];
        foreach (int[] lengths in name.StartsWith("Wide", StringComparison.Ordinal) ? batches.Take(1) : batches)
        {
            ProgramTests.Check(name, plan, model, lengths);
        }
    }

    /// <summary>Bit for bit, gradients and trained weights, beyond what one piece has.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void TheNumberOfThreadsChangesNothing(string name)
    {
        CompiledModel plan = PieceModels.All[name].Plan.Value;
        double[] parameters = Oracle.RandomParameters(new Random(8), plan);
        double[]? expected = null;
        foreach (int threads in new[] { 1, 2, 3 })
        {
            using ICompiledModel model = models.Create(name);
            model.LoadParameters(parameters);
            model.Threads = threads;
            var random = new Random(9);
            foreach (int[] lengths in (int[][])[[20, 7], [8], [12, 13, 1]])
            {
                model.TrainStep(TestBatch.Random(random, plan.Spec, lengths).Batch, 0.1);
            }

            double[] actual = new double[parameters.Length];
            model.CopyParametersTo(actual);
            expected ??= actual;
            Assert.Equal(expected, actual);
        }
    }

    /// <summary>A session has the memory of a batch only for as long as it computes one.</summary>
    [Fact]
    public void ASessionComputesTheLossInPieces()
    {
        using ICompiledModel model = models.Create("Gpt2_512");
        CompiledModel plan = PieceModels.All["Gpt2_512"].Plan.Value;
        model.LoadParameters(Oracle.RandomParameters(new Random(8), plan));
        using IModelSession session = model.OpenSession();
        foreach (int[] lengths in (int[][])[[20, 7], [1], [30, 30]])
        {
            TestBatch batch = TestBatch.Random(new Random(9), plan.Spec, lengths);
            Assert.Equal(model.Loss(batch.Batch), session.Loss(batch.Batch));
        }
    }

    /// <summary>What is as wide as the vocabulary has memory for one piece; but for a model that has such a value in its middle.</summary>
    [Fact]
    public void LogitsAreNeverWhole()
    {
        foreach ((string name, var (plan, _)) in PieceModels.All)
        {
            CompiledModel compiled = plan.Value;
            var last = compiled.Training.Nodes.Single(n => n.Op is CrossEntropyWithGrad);
            Assert.True(compiled.Plan[last.Inputs[0], 0].IsOfPiece, $"{name}: the logits are whole.");
            Assert.All(
                compiled.Training.Nodes.Where(n => n.Shape.Kind == ShapeKind.Rows && n.Shape.Inner.Count == compiled.Spec.VocabSize),
                node => Assert.True(
                    compiled.Plan[node, 0].IsOfPiece || name.StartsWith("Tied", StringComparison.Ordinal),
                    $"{name}: {node.Name} is whole."));
        }
    }

    [Fact]
    public void ASmallVocabularyHasNoPieces()
    {
        Assert.Null(TestSpecs.Gpt(4096, 8, 16, 2, 1).RunPasses().Pieces);
        Assert.Equal(328, TestSpecs.Gpt(50_304, 64, 16, 2, 1).RunPasses().Pieces?.Rows);
    }

    /// <summary>A value as wide as the logits that something else needs: the batch stays whole.</summary>
    [Fact]
    public void WhatIsReadElsewhereIsNotDivided()
    {
        var spec = TestSpecs.Mlp(11, 8) with { LogitsBytes = 1 };
        CompiledModel dropped = ModelCompiler.Plan(spec, () =>
        {
            var pass = new PassBuilder(11);
            Node logits = pass.Linear(pass.Embed(pass.Matrix("table", 11, 8)), pass.Matrix("head", 11, 8));
            return pass.End(pass.Add(new Dropout(0.5, 0), logits));
        });
        Assert.Null(dropped.Pieces);
        CompiledModel embedded = ModelCompiler.Plan(spec, () =>
        {
            var pass = new PassBuilder(11);
            return pass.End(pass.Embed(pass.Matrix("table", 11, 11)));
        });
        Assert.Null(embedded.Pieces);
    }
}
