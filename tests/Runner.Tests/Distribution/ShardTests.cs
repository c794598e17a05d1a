using MicroGpt.Distribution;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Training;
using Xunit;

namespace MicroGpt.Runner.Tests.Distribution;

/// <summary>What a run computes depends on the shards of its batches, and on the number of ranks that compute them not at all.</summary>
public class ShardTests
{
    private static readonly string s_tenLetters = string.Concat(Enumerable.Range(0, 4000).Select(i => (char)('a' + (i * (i / 7) % 10))));

    public static TheoryData<string, UpdateKind, double?, int, int, int> Runs => new()
    {
        // model, rule, clipping, items a batch, batches a step, shards
        { "NamesGpt", UpdateKind.Sgd, null, 16, 1, 8 },
        { "NamesGpt", UpdateKind.Momentum, null, 16, 3, 8 },
        { "NamesGpt", UpdateKind.AdamW, 0.5, 16, 1, 8 },
        { "NamesGpt", UpdateKind.AdamW, 0.5, 11, 2, 8 }, // shards of one and of two documents
        { "NamesGpt", UpdateKind.Adam, 0.5, 3, 1, 8 }, // empty shards, and ranks without any
        { "NamesGpt", UpdateKind.AdamW, 0.1, 13, 2, 6 }, // a tree that is not whole
        { "NamesGpt", UpdateKind.Momentum, 0.1, 40, 1, 12 },
        { "Gpt2HeadsOfFiveSingle", UpdateKind.AdamW, 0.5, 8, 1, 8 }, // gains and biases do not decay
        { "Gpt2HeadsOfFive", UpdateKind.AdamW, 0.5, 8, 2, 4 },
        { "DroppingSingle", UpdateKind.AdamW, 0.5, 12, 2, 8 },
        { "Step5", UpdateKind.Adam, null, 8, 1, 8 },
    };

    [Theory]
    [MemberData(nameof(Runs))]
    public void TheNumberOfRanksChangesNoBit(string model, UpdateKind kind, double? clipNorm, int batch, int accumulate, int shards)
    {
        var settings = new TrainingSettings
        {
            Steps = 12,
            BatchSize = batch,
            Accumulate = accumulate,
            Shards = shards,
            Rule = new UpdateRule { Kind = kind, ClipNorm = clipNorm, WeightDecay = 0.3 },
            ValidationShare = 0.1,
            EvaluateEvery = 4,
            MeasuresGradientNorm = true,
        };
        Result alone = Assert.Single(Train(model, settings, ranks: 1));
        Assert.True(alone.Losses[^1] < alone.Losses[0]);
        foreach (int ranks in Enumerable.Range(2, 11).Where(number => shards % number == 0))
        {
            Assert.All(Train(model, settings, ranks), result => AssertSame(alone, result));
        }
    }

    [Theory]
    [InlineData("NamesGpt", 1, 2)]
    [InlineData("NamesGpt", 9000, 1)]
    [InlineData("Gpt2HeadsOfFiveSingle", 1, 1)] // the table that is read and written is complete at the end, before its neighbours
    [InlineData("DroppingSingle", 3 * 4096, 2)]
    public void HowManyBucketsThereAreChangesNoBit(string model, int bytes, int threads)
    {
        var settings = new TrainingSettings
        {
            Steps = 6,
            BatchSize = 11,
            Accumulate = 2,
            Shards = 8,
            Threads = threads,
            Rule = UpdateRule.AdamW with { ClipNorm = 0.3, WeightDecay = 0.3 },
        };
        Result alone = Assert.Single(Train(model, settings, ranks: 1));
        foreach (int ranks in (int[])[2, 4, 8])
        {
            Assert.All(Train(model, settings with { BucketBytes = bytes }, ranks), result => AssertSame(alone, result));
        }
    }

    [Fact]
    public void ShardsComputeWhatTheWholeBatchDoesButForRounding()
    {
        var settings = new TrainingSettings { Steps = 20, BatchSize = 10, Rule = UpdateRule.AdamW with { ClipNorm = 0.3 } };
        Result whole = Assert.Single(Train("Step5", settings, 1)), divided = Assert.Single(Train("Step5", settings with { Shards = 8 }, 1));
        Result accumulated = Assert.Single(Train("Step5", settings with { Shards = 4, BatchSize = 5, Accumulate = 2 }, 1));
        Assert.All(whole.Losses.Zip(divided.Losses), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
        Assert.All(whole.Losses.Zip(accumulated.Losses), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
        Assert.NotEqual(whole.Parameters, divided.Parameters); // or nothing was divided
    }

    [Fact]
    public void EachRankKeepsTheStateOfItsSlice()
    {
        var settings = new TrainingSettings { Steps = 3, BatchSize = 8, Shards = 8, Rule = UpdateRule.AdamW };
        Result alone = Assert.Single(Train("NamesGpt", settings, 1));
        Result[] four = Train("NamesGpt", settings, 4);
        Assert.Equal(alone.State, four[0].State);

        // Rank 0 alone receives what the others have. Slices are whole blocks of 1,024 weights, of which this model has five.
        Assert.All(four[1..], rank => Assert.InRange(rank.State.Count(value => value != 0), 0, 2 * 2 * 1024));
        Assert.NotEqual(0, four[1].State.Count(value => value != 0));
    }

    [Fact]
    public void RanksThatDoNotDivideTheShardsAreRefused()
    {
        RunnerException error = Assert.Throws<RunnerException>(() => Train("NamesGpt", new TrainingSettings { Shards = 8 }, ranks: 3));
        Assert.Equal(ExitCode.Usage, error.ExitCode);
        Assert.Contains(
            "--shards: 3 ranks cannot share the 8 shards of a batch evenly. Start 1, 2, 4 or 8 ranks, or give --shards 9: ", error.Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => MemoryRanks.Run(3, ranks => new ShardPlan(ranks, 8, 8)));
    }

    [Fact]
    public void TheCallsOfAPlanAreChecked()
    {
        var plan = new ShardPlan(SingleRank.Instance, 4, 4);
        using var optimizer = new GradientOptimizer(UpdateRule.Sgd) { Plan = plan };
        Assert.Throws<InvalidOperationException>(() => optimizer.Accumulate(1, isLast: true));
        Assert.Throws<ArgumentOutOfRangeException>(() => optimizer.AccumulateShard(4, 1, endsShard: true, total: 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => optimizer.AccumulateShard(0, double.NaN, endsShard: true, total: 0));
        using var session = new TrainingSession(Entry("NamesGpt"), Corpus.BuiltInNames(), new TrainingSettings { Rule = UpdateRule.Adam });
        Assert.Throws<InvalidOperationException>(() => session.Optimizer!.AccumulateShard(0, 1, endsShard: true, total: 1));
        Assert.Throws<InvalidOperationException>(() => session.Model.TrainStep(session.Batches.Next(), 0.1, optimizer));
    }

    private static ModelEntry Entry(string name) =>
        ProgramModels.All.Concat(TestSpecs.CompiledModels.All).First(entry => entry.Name == name);

    private static Corpus Data(ModelEntry model) => model.Description.VocabSize == 27
        ? Corpus.BuiltInNames()
        : new Corpus(DocumentSet.Parse(string.Join('\n', s_tenLetters.Chunk(8).Select(line => new string(line))), "test"));

    private static Result[] Train(string model, TrainingSettings settings, int ranks)
    {
        ModelEntry entry = Entry(model);
        Corpus corpus = Data(entry);
        return MemoryRanks.Run(ranks, rank =>
        {
            using var session = new TrainingSession(entry, corpus, settings, rank);
            var steps = new Recorder();
            Assert.True(session.Run([steps]));
            double[] parameters = new double[entry.Description.ParameterCount];
            session.Model.CopyParametersTo(parameters);
            double[] state = new double[parameters.Length];
            var all = new List<double>();
            foreach (string name in session.Optimizer!.StateNames)
            {
                ((IModelState)session.Model).CopyStateTo(session.Optimizer, name, state);
                all.AddRange(state);
            }

            return new Result(rank.Rank, parameters, [.. all], [.. steps.Steps.Select(step => step.Loss)],
                [.. steps.Steps.Select(step => step.HeldOutLoss ?? 0)], [.. steps.Steps.Select(step => step.GradientNorm ?? 0)]);
        });
    }

    private static void AssertSame(Result expected, Result actual)
    {
        Assert.Equal(expected.Losses, actual.Losses);
        Assert.Equal(expected.HeldOut, actual.HeldOut);
        Assert.Equal(expected.Norms, actual.Norms);
        Assert.Equal(expected.Parameters, actual.Parameters);
        if (actual.Rank == 0)
        {
            Assert.Equal(expected.State, actual.State);
        }
    }

    private sealed record Result(int Rank, double[] Parameters, double[] State, double[] Losses, double[] HeldOut, double[] Norms);

    private sealed class Recorder : ITrainingObserver
    {
        public List<TrainingStep> Steps { get; } = [];

        public void OnStep(in TrainingStep step) => Steps.Add(step);
    }
}
