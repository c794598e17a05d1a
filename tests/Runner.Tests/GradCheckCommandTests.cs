using MicroGpt.Runner.Tests.Models;
using Xunit;

namespace MicroGpt.Runner.Tests;

public class GradCheckCommandTests
{
    [Theory]
    [InlineData("Step2", "mlp_fc1")]
    [InlineData("NamesGpt", "lm_head")]
    public void CompiledGradientsPass(string model, string matrix)
    {
        CommandLine run = CommandLine.Run(ProgramModels.All, isTerminal: false, "gradcheck", "--model", model);
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        Assert.Contains($"\n{matrix} ", run.Out, StringComparison.Ordinal);
        Assert.Contains("all ", run.Out, StringComparison.Ordinal);
        Assert.Contains("within the tolerance", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void OneWrongElementFails()
    {
        ModelEntry sound = BigramModel.Entry("Sound");
        var wrong = new ModelEntry(sound.Description with { Name = "Wrong" }, rows => new WrongGradient(sound.Create(rows)));

        Assert.Equal(ExitCode.Success, CommandLine.Run([sound], isTerminal: false, "gradcheck", "--model", "Sound").ExitCode);
        CommandLine run = CommandLine.Run([wrong], isTerminal: false, "gradcheck", "--model", "Wrong");
        Assert.Equal(ExitCode.Failure, run.ExitCode);
        Assert.Contains("Largest absolute error 1.00e-3, in table: more than the tolerance of 1e-7.", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("rounding", run.Out, StringComparison.Ordinal);
        Assert.Equal(
            ExitCode.Success, CommandLine.Run([wrong], isTerminal: false, "gradcheck", "--model", "Wrong", "--tolerance", "0.01").ExitCode);
    }

    [Theory]
    [InlineData("NamesGpt", "3e-4")]
    [InlineData("Step4", "1e-7")]
    public void IllConditionedNumbersAreSaidToBe(string name, string tolerance)
    {
        ModelEntry sound = ProgramModels.All.Single(model => model.Name == name);
        CommandLine run = CommandLine.Run([LargeWeights.Of(sound)], isTerminal: false, "gradcheck");
        Assert.Equal((ExitCode.Failure, ""), (run.ExitCode, run.Error));
        Assert.Contains(
            $": more than the tolerance of {tolerance}.\nWeights that differ in their last bit", run.Out, StringComparison.Ordinal);
        Assert.Matches(@"may be rounding\. Large logits \(here up to \d\.\de\+5\)", run.Out);
    }

    [Fact]
    public void OfALargeModelASampleIsCheckedAndSaidSo()
    {
        ModelEntry large = BigramModel.Entry("Large", vocabSize: 300);
        CommandLine run = CommandLine.Run([large], isTerminal: false, "gradcheck", "--model", "Large");
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Contains("a sample of 11,111 of 90,000 parameters", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--model", "None")]
    [InlineData("--tolerance", "-1")]
    [InlineData("--data", "no-such-file.txt")]
    public void BadInputIsExplained(params string[] args)
    {
        CommandLine run = CommandLine.Run(["gradcheck", .. args]);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.NotEmpty(run.Error);
        Assert.Empty(run.Out);
    }
}
