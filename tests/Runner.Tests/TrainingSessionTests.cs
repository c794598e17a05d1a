using MicroGpt.Runner.Data;
using MicroGpt.Runner.Logs;
using MicroGpt.Runner.Randomness;
using MicroGpt.Runner.Tests.Models;
using MicroGpt.Runner.Training;
using Xunit;

namespace MicroGpt.Runner.Tests;

public class TrainingSessionTests
{
    [Fact]
    public void TheLossFallsFromUniformTowardsTheBigramBound()
    {
        using var session = Session(new TrainingSettings { Steps = 3000, LearningRate = 5.0 });
        var losses = new LossWindow();
        TrainingStep first = session.Step();
        Assert.Equal(Math.Log(27), first.Loss, 0.1);
        Assert.True(session.Run([losses]));
        Assert.InRange(losses.Mean(), 2.2, 2.8);
        Assert.Equal(LossWindow.Size, losses.Count);
    }

    [Fact]
    public void TheStreamIsDrawnInTheOrderOfTheCourse()
    {
        using var session = Session(new TrainingSettings { Seed = 7, Steps = 3 });
        var random = new RandomStream(7);
        Corpus names = Corpus.BuiltInNames();
        string[] shuffled = [.. Enumerable.Range(0, names.Count).Select(document => names.Text(document).ToString())];
        random.Shuffle(shuffled.AsSpan());
        double[] parameters = new double[27 * 27];
        session.Model.CopyParametersTo(parameters);
        Assert.All(parameters, parameter => Assert.Equal(random.NextGauss(0, 0.08), parameter));

        for (int step = 0; step < 3; step++)
        {
            Assert.Equal(shuffled[step], session.Step().Document.ToString());
        }

        Assert.Equal(random.NextDouble(), session.Random.NextDouble());
    }

    [Fact]
    public void TheLearningRateFallsLinearly()
    {
        using var session = Session(new TrainingSettings { Steps = 4, LearningRate = 0.2 });
        Assert.Equal([0.2, 0.2 * 0.75, 0.1, 0.05], Enumerable.Range(0, 4).Select(_ => session.Step().LearningRate));
        Assert.Throws<InvalidOperationException>(() => session.Step());
    }

    [Fact]
    public void TheDefaultLearningRateIsTheCourses()
    {
        Assert.Equal(0.1, LearningRate.DefaultFor(BigramModel.Entry().Description));
        Assert.Equal(1.0, LearningRate.DefaultFor(BigramModel.Entry(architecture: "MLP").Description));
        Assert.Equal(0.01, LearningRate.DefaultFor(BigramModel.Entry(optimizer: Optimizer.Adam).Description));
        Assert.Equal(0.01, LearningRate.DefaultFor(BigramModel.Entry(architecture: "MLP", optimizer: Optimizer.Adam).Description));
    }

    [Fact]
    public void ABatchIsTheMeanOverAllItsPositions()
    {
        using var one = Session(new TrainingSettings { Steps = 4, LearningRate = 0 });
        using var four = Session(new TrainingSettings { Steps = 1, LearningRate = 0, BatchSize = 4 });
        TrainingStep[] single = [one.Step(), one.Step(), one.Step(), one.Step()];
        TrainingStep batch = four.Step();
        Assert.Equal(single.Sum(step => step.Positions), batch.Positions);
        Assert.Equal(single[0].Document, batch.Document);
        Assert.Equal(single.Sum(step => step.Loss * step.Positions) / batch.Positions, batch.Loss, 1e-14);
    }

    [Theory]
    [InlineData(null, 1, 1, "log.csv")]
    [InlineData(UpdateKind.AdamW, 1, 1, "log.csv")]
    [InlineData(UpdateKind.AdamW, 3, 1, "log.jsonl")]
    [InlineData(UpdateKind.AdamW, 3, 8, "log.csv")]
    public void AStepWithItsLogAllocatesNothing(UpdateKind? kind, int accumulate, int shards, string log)
    {
        UpdateRule? rule = kind is UpdateKind chosen ? new UpdateRule { Kind = chosen, ClipNorm = 0.1 } : null;

        // The runtime itself allocates a few bytes when it recompiles a method under way: a quiet round shows the loop's own.
        long fewest = long.MaxValue;
        for (int round = 0; round < 10 && fewest > 0; round++)
        {
            fewest = Math.Min(fewest, BytesOf1000Steps(rule, accumulate, shards, log));
        }

        Assert.Equal(0, fewest);
    }

    [Fact]
    public void CancellationStopsBeforeTheNextStep()
    {
        using var session = Session(new TrainingSettings { Steps = 10 });
        var stop = new StopAfter(3);
        Assert.False(session.Run([stop], stop.Token));
        Assert.Equal(3, session.CompletedSteps);
    }

    [Fact]
    public void ALossThatIsNotFiniteStopsTheRun()
    {
        using var session = Session(new TrainingSettings { Steps = 1000, LearningRate = 1e300 });
        RunnerException error = Assert.Throws<RunnerException>(() => session.Run([]));
        Assert.Equal(ExitCode.Failure, error.ExitCode);
        Assert.Matches(@"^step \d+: the loss became (NaN|infinite).*--learning-rate 1E\+299", error.Message);
        Assert.InRange(session.CompletedSteps, 1, 100);
    }

    [Fact]
    public void SamplesFollowTheModelAndEndAtTheBlockSize()
    {
        // After 'a' always 'b', after 'b' always 'a', and BOS only leads to 'a'.
        Corpus corpus = new(DocumentSet.Parse("ab", "test"));
        ModelEntry entry = BigramModel.Entry(vocabSize: 5, blockSize: 7);
        using var session = new TrainingSession(entry, corpus, new TrainingSettings());
        double[] table = new double[25];
        table[(0 * 5) + 1] = table[(1 * 5) + 0] = table[(2 * 5) + 0] = 100;
        table[(0 * 5) + 4] = 1000; // a token that the data has no character for is never drawn
        session.Model.LoadParameters(table);
        var sampler = new Sampler(session.Model, session.Tokenizer, session.Random);
        Assert.Equal("abababa", sampler.Sample(0.5));
        Assert.Equal("abababa", sampler.Sample(1e-320));

        table[(1 * 5) + 2] = 1000;
        session.Model.LoadParameters(table);
        Assert.Equal("ab", sampler.Sample(1.0));
    }

    [Fact]
    public void WithoutABlockSizeASampleEndsAfter16Characters()
    {
        using var session = new TrainingSession(
            BigramModel.Entry(vocabSize: 2, blockSize: null), new Corpus(DocumentSet.Parse("a", "test")), new TrainingSettings());
        session.Model.LoadParameters([100, 0, 100, 0]);
        Assert.Equal(new string('a', 16), new Sampler(session.Model, session.Tokenizer, session.Random).Sample(0.5));
    }

    private static long BytesOf1000Steps(UpdateRule? rule, int accumulate, int shards, string name)
    {
        using var folder = new TemporaryFolder();
        using var session =
            Session(new TrainingSettings { Steps = 1100, BatchSize = 3, Accumulate = accumulate, Shards = shards, Rule = rule });
        using LossLog log = LossLog.Create(new LossLogSettings(folder.File(name)) { GradientNorm = true });
        var stop = new StopAfter(100);
        ITrainingObserver[] observers = [log, new LossWindow(), stop];
        Assert.False(session.Run(observers, stop.Token));

        long before = GC.GetAllocatedBytesForCurrentThread();
        bool finished = session.Run(observers);
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(finished);
        return bytes;
    }

    private static TrainingSession Session(TrainingSettings settings) =>
        new(BigramModel.Entry(), Corpus.BuiltInNames(), settings);

    private sealed class StopAfter(int steps) : ITrainingObserver
    {
        private readonly CancellationTokenSource source = new();

        public CancellationToken Token => source.Token;

        public void OnStep(in TrainingStep step)
        {
            if (step.Step == steps)
            {
                source.Cancel();
            }
        }
    }
}
