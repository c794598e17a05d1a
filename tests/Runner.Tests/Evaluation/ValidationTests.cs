using MicroGpt.Runner.Data;
using MicroGpt.Runner.Evaluation;
using MicroGpt.Runner.Tests.Models;
using MicroGpt.Runner.Training;
using Xunit;

namespace MicroGpt.Runner.Tests.Evaluation;

public sealed class ValidationTests : IDisposable
{
    // Two documents to train on, and others to hold out, so that the model soon knows the first by heart.
    private const string FewNames = "aaaa\nbbbb\nabab\nbaba\naabb";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void HoldingOutChangesNoLossWithinTheFirstEpoch()
    {
        double[] all = Losses(new TrainingSettings { Steps = 100 });
        Assert.Equal(all, Losses(new TrainingSettings { Steps = 100, ValidationShare = 0.5 }));
        Assert.NotEqual(all[..80], Losses(new TrainingSettings { Steps = 80, ValidationShare = 0.99 }));
    }

    [Fact]
    public void ItIsMeasuredEverySoManyStepsAndAtTheEnd()
    {
        using var session = Session(new TrainingSettings { Steps = 25, ValidationShare = 0.1, EvaluateEvery = 10 });
        var measured = new List<int>();
        while (!session.IsFinished)
        {
            TrainingStep step = session.Step();
            if (step.HeldOutLoss is double loss)
            {
                measured.Add(step.Step);
                Assert.Equal(session.Validation!.Last!.Value.NatsPerToken, loss);
            }
        }

        Assert.Equal([10, 20, 25], measured);
        using var tenths = Session(new TrainingSettings { Steps = 50, ValidationShare = 0.1 });
        Assert.Equal(5, tenths.Validation!.Every);
        Assert.Null(Session(new TrainingSettings()).Validation);
    }

    [Fact]
    public void ARunEndsEarlyAndGoesOnFromItsStateAsIfNeverInterrupted()
    {
        var settings = new TrainingSettings { Steps = 2000, LearningRate = 3, ValidationShare = 0.4, EvaluateEvery = 10, EarlyStop = 4 };
        var corpus = new Corpus(DocumentSet.Parse(FewNames, "test"));
        using var session = new TrainingSession(BigramModel.Entry(), corpus, settings);
        string? warning = null;
        ValidationState early = default;
        while (!session.IsFinished)
        {
            session.Step();
            warning ??= session.Validation!.Warning;
            early = session.CompletedSteps == 15 ? session.Validation!.State : early;
        }

        ValidationState state = session.Validation!.State;
        Assert.InRange(session.CompletedSteps, 40, 1000);
        Assert.Equal(4, state.WithoutBetter);
        Assert.Equal(session.CompletedSteps, state.BestStep + 40);
        Assert.Contains($"the held-out loss went from {state.Best:F4} at step {state.BestStep} up to ", warning);
        Assert.Contains("learns its data by heart", warning);
        Assert.Equal(5, early.LossCount);

        using var again = new TrainingSession(BigramModel.Entry(), corpus, settings);
        again.Validation!.State = state;
        Assert.True(again.IsFinished);
    }

    [Fact]
    public void TheCommandSaysHowTheModelDoesOnWhatIsHeldOut()
    {
        CommandLine run = CommandLine.Run("--steps", "100", "--samples", "0", "--validation", "0.1", "--evaluate-every", "50");
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        Assert.Contains("held out        266 documents, measured every 50 steps and at the end\n", run.Out);
        const string Loss = @"held-out \d\.\d{4} nats a token, \d\.\d{3} bits a character, perplexity \d+\.\d{2}";
        Assert.Matches($"(?m)^{Loss} after step 50$", run.Out);
        Assert.Matches(
            $@"(?m)^{Loss} on 266 documents; without a model: uniform 3\.2958, unigram \d\.\d{{4}}, bigram \d\.\d{{4}}$", run.Out);
        string log = folder.File("log.csv");
        CommandLine.Run("--steps", "20", "--samples", "0", "--validation", "0.1", "--evaluate-every", "10", "--log", log);
        string[] rows = File.ReadAllLines(log);
        Assert.Equal("step,document,positions,lr,loss,held_out_loss", rows[0]);
        Assert.EndsWith(",", rows[9]);
        Assert.Matches(@",\d\.\d+$", rows[10]);
        Assert.Contains("held-out", CommandLine.Run(CommandLine.Models, isTerminal: true, "--steps", "10", "--validation", "0.1").Out);
    }

    [Fact]
    public void TheCommandEndsEarlyAndWarns()
    {
        string data = folder.Write("few.txt", FewNames);
        CommandLine run = CommandLine.Run(
            "--data", data, "--steps", "2000", "--learning-rate", "3", "--validation", "0.4", "--evaluate-every", "10", "--early-stop", "4",
            "--samples", "1");
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Matches(@"(?m)^ended early: no better held-out loss in 4 measurements since step \d+, when it was \d\.\d{4}$", run.Out);
        Assert.StartsWith("warning: the held-out loss went from ", run.Error);
        Assert.Equal(1, run.Error.Split("warning:").Length - 1);
        Assert.Contains("sample  1: ", run.Out);
    }

    [Fact]
    public void EpochsAreCountedOverWhatIsTrainedOn()
    {
        string data = folder.Write("ten.txt", string.Join('\n', Enumerable.Range(0, 10).Select(i => new string((char)('a' + i), 3))));
        Assert.Contains(
            "training        24 steps of 1 document,", CommandLine.Run("--data", data, "--epochs", "3", "--validation", "0.2").Out);
        Assert.Contains("training        8 steps of 4 documents,", CommandLine.Run("--data", data, "--epochs", "3", "--batch", "4").Out);
        Assert.Contains(
            "training        6 steps of 1 window,",
            CommandLine.Run("--data", folder.Write("long.txt", new string('a', 50)), "--documents", "stream", "--epochs", "2").Out);
    }

    [Theory]
    [InlineData("--evaluate-every needs data that is held out: add --validation", "--evaluate-every", "5")]
    [InlineData("--early-stop needs data that is held out", "--early-stop", "5")]
    [InlineData("--validation: '1' is not a share of at least 0 and below 1", "--validation", "1")]
    [InlineData("--validation: 'NaN'", "--validation", "NaN")]
    [InlineData("--epochs and --steps both say how long to train", "--steps", "5", "--epochs", "1")]
    [InlineData("--epochs: 2,147,483,647 epochs are ", "--epochs", "2147483647")]
    public void WhatDoesNotGoTogetherIsAUsageError(string expected, params string[] args)
    {
        CommandLine run = CommandLine.Run(args);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.StartsWith("error: " + expected, run.Error);
    }

    [Fact]
    public void OneTokenThatIsHeldOutIsAUsageError()
    {
        string data = folder.Write("short.txt", new string('x', 18));
        CommandLine run = CommandLine.Run(
            "--data", data, "--documents", "stream", "--steps", "6", "--validation", "0.01", "--early-stop", "2");
        Assert.Equal((ExitCode.Usage, ""), (run.ExitCode, run.Out));
        Assert.StartsWith("error: --validation 0.01: of 18 tokens one would be held out", run.Error);
    }

    [Fact]
    public void CompareMeasuresOnWhatIsHeldOutAfterAnyNumberOfEpochs()
    {
        string data = folder.Write("few.txt", FewNames);
        CommandLine run = CommandLine.Run(
            ProgramModels.All, isTerminal: false, "compare", "--course", "0,2", "--data", data, "--steps", "50", "--validation", "0.4",
            "--samples", "0");
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        Assert.Contains("Held out: 2 documents, held out by --validation.", run.Out);
        Assert.Matches(@"(?m)^step 0 +\d\.\d{4} +\d\.\d{4} +\d\.\d{4} +\d\.\d{4} +\d", run.Out);
    }

    private static double[] Losses(TrainingSettings settings)
    {
        using var session = Session(settings);
        return [.. Enumerable.Range(0, settings.Steps).Select(_ => session.Step().Loss)];
    }

    private static TrainingSession Session(TrainingSettings settings) => new(BigramModel.Entry(), Corpus.BuiltInNames(), settings);
}
