using MicroGpt.Runner.Data;
using MicroGpt.Runner.Tests.Models;
using MicroGpt.Runner.Training;
using Xunit;

namespace MicroGpt.Runner.Tests;

public sealed class RuleOptionsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("NamesGpt", "sgd", "SGD, compiled into the step", "learning rate 0.1 ")]
    [InlineData("NamesGpt", "SGD", "SGD, compiled into the step", "learning rate 0.1 ")]
    [InlineData("NamesGpt", "momentum", "momentum 0.9", "learning rate 0.01 ")]
    [InlineData("NamesGpt", "adam", "Adam (beta 0.85 and 0.99)", "learning rate 0.01 ")]
    [InlineData("NamesGpt", "adamw", "AdamW (beta 0.85 and 0.99, weight decay 0.01)", "learning rate 0.01 ")]
    [InlineData("Step2", "momentum", "momentum 0.9", "learning rate 0.1 ")]
    [InlineData("Step5", "adam", "Adam (beta 0.85 and 0.99), compiled into the step", "learning rate 0.01 ")]
    [InlineData("Step5", "sgd", "SGD", "learning rate 0.1 ")]
    public void EachRuleIsNamedWithItsConstantsAndLearningRate(string model, string optimizer, string update, string learningRate)
    {
        CommandLine run = CommandLine.Run("--model", model, "--optimizer", optimizer, "--steps", "3", "--samples", "0");
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Contains($"update          {update}\n", run.Out);
        Assert.Contains(learningRate, run.Out);
    }

    [Fact]
    public void WithoutTheOptionTheSpecDecides()
    {
        Assert.Contains("update          SGD, compiled into the step\n", CommandLine.Run("--steps", "1").Out);
        Assert.Contains(
            "update          Adam (beta 0.85 and 0.99), compiled into the step\n", CommandLine.Run("--model", "step5", "--steps", "1").Out);
    }

    [Fact]
    public void ClippingGoesThroughTheStoredGradient()
    {
        CommandLine run = CommandLine.Run("--clip-norm", "0.5", "--steps", "1");
        Assert.Contains("update          SGD, gradient clipped to norm 0.5\n", run.Out);

        // So tight a clip that nothing is learnt: each step moves the parameters by 1e-5 at most.
        double untrained = LastLoss("--learning-rate", "0");
        double free = LastLoss("--learning-rate", "10");
        Assert.Equal(untrained, LastLoss("--learning-rate", "10", "--clip-norm", "1e-6"), 0.01);
        Assert.Equal(free, LastLoss("--learning-rate", "10", "--clip-norm", "1e6"));
        Assert.True(free < untrained - 0.3, $"{free} against {untrained}");
    }

    [Fact]
    public void TheRuleOfTheSpecAtRunTimeIsTheOneCompiledIn()
    {
        TrainingStep[] compiledIn = Train(null);
        Assert.Equal(compiledIn, Train(UpdateRule.Sgd));
        Assert.NotEqual(compiledIn, Train(UpdateRule.Momentum));

        static TrainingStep[] Train(UpdateRule? rule)
        {
            using var session = new TrainingSession(
                BigramModel.Entry(), Corpus.BuiltInNames(), new TrainingSettings { Steps = 20, LearningRate = 0.1, Rule = rule });
            return [.. Enumerable.Range(0, 20).Select(_ => session.Step())];
        }
    }

    [Fact]
    public void EveryRuleLearns()
    {
        foreach (string optimizer in new[] { "sgd", "momentum", "adam", "adamw" })
        {
            Assert.InRange(LastLoss("--optimizer", optimizer, "--learning-rate", optimizer == "sgd" ? "5" : "0.1"), 1.0, 3.2);
        }
    }

    [Fact]
    public void ThreadsAreHandedToTheModel()
    {
        int most = Environment.ProcessorCount;
        CommandLine run = CommandLine.Run("--threads", $"{most}", "--steps", "1");
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Equal(most > 1, run.Out.Contains($"threads         {most}\n", StringComparison.Ordinal));

        using var session = new TrainingSession(BigramModel.Entry(), Corpus.BuiltInNames(), new TrainingSettings { Threads = most });
        Assert.Equal(most, session.Model.Threads);
    }

    [Theory]
    [InlineData("momentum 0.5", "--optimizer", "momentum", "--momentum", "0.5")]
    [InlineData("Adam (beta 0.9 and 0.999)", "--optimizer", "adam", "--beta1", "0.9", "--beta2", "0.999")]
    [InlineData("AdamW (beta 0.9 and 0.99, weight decay 0.1)", "--optimizer", "adamw", "--beta1", "0.9", "--weight-decay", "0.1")]
    [InlineData("Adam (beta 0.5 and 0.99)", "--model", "Step5", "--beta1", "0.5")]
    public void TheConstantsCanBeChosen(string update, params string[] options)
    {
        CommandLine run = CommandLine.Run(["--steps", "3", "--samples", "0", .. options]);
        Assert.Equal("", run.Error);
        Assert.Contains($"update          {update}\n", run.Out);
    }

    [Theory]
    [InlineData("--momentum: sgd, which NamesGpt compiles in, has no such constant; momentum has it: --optimizer momentum, "
        + "or leave --momentum out.", "--momentum", "0.9")]
    [InlineData(
        "--beta1: sgd, which NamesGpt compiles in, has no such constant; adam and adamw have it: --optimizer adam, or leave --beta1 out.",
        "--beta1", "0.9")]
    [InlineData("--beta2: momentum has no such constant; adam and adamw have it", "--beta2", "0.9", "--optimizer", "momentum")]
    [InlineData(
        "--weight-decay: adam has no such constant; adamw has it: --optimizer adamw, or leave --weight-decay out.", "--optimizer", "adam",
        "--weight-decay", "0")]
    [InlineData("--momentum: adamw has no such constant", "--optimizer", "adamw", "--momentum", "0.9")]
    public void AConstantThatTheRuleDoesNotHaveIsRefused(string expected, params string[] options)
    {
        CommandLine run = CommandLine.Run(options);
        Assert.StartsWith("error: " + expected, run.Error);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Equal("", run.Out);
    }

    [Theory]
    [InlineData("--momentum", "1", "--momentum: '1' is not a number of at least 0 and below 1")]
    [InlineData("--beta2", "-0.1", "--beta2: '-0.1' is not a number of at least 0 and below 1")]
    [InlineData("--weight-decay", "-1", "--weight-decay: '-1' is not a number of at least 0")]
    [InlineData("--optimizer", "adm", "--optimizer: there is no optimizer 'adm'. Did you mean adam? Known: sgd, momentum, adam, adamw.")]
    [InlineData("--optimizer", "", "--optimizer: there is no optimizer ''")]
    [InlineData("--clip-norm", "0", "--clip-norm: '0' is not a number above 0")]
    [InlineData("--clip-norm", "-1", "--clip-norm: '-1'")]
    [InlineData("--clip-norm", "NaN", "--clip-norm: 'NaN'")]
    [InlineData("--threads", "0", "--threads: '0' is not a whole number from 1 to ")]
    [InlineData("--threads", "100000", "--threads: '100000' is not a whole number from 1 to ")]
    public void BadValuesAreExplained(string option, string value, string expected)
    {
        CommandLine run = CommandLine.Run(option, value);
        Assert.StartsWith("error: ", run.Error);
        Assert.Contains(expected, run.Error);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Equal("", run.Out);
    }

    private double LastLoss(params string[] options)
    {
        string log = folder.File("log.csv");
        CommandLine run = CommandLine.Run(["--steps", "300", "--batch", "4", "--samples", "0", "--log", log, "--overwrite", .. options]);
        Assert.Equal("", run.Error);
        return double.Parse(File.ReadLines(log).Last().Split(',')[^1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
