using MicroGpt.Runner.Tests.Models;
using Xunit;

namespace MicroGpt.Runner.Tests;

public class CheckCommandTests
{
    [Theory]
    [InlineData("Step2", "1e-12")]
    [InlineData("Step3", "1e-12")]
    [InlineData("Step5", "1e-12")]
    [InlineData("NamesGpt", "1e-4")]
    public void CompiledModelsComputeWhatTheirTextDoes(string model, string tolerance)
    {
        CommandLine run = CommandLine.Run(ProgramModels.All, isTerminal: false, "check", "--model", model, "--batches", "2");
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        Assert.Contains("\nwte ", run.Out, StringComparison.Ordinal);
        string longest = ProgramModels.All.Single(entry => entry.Name == model).Description.BlockSize is int block ? $"{block}" : "150";
        Assert.Contains($" positions in documents of up to {longest}, ", run.Out, StringComparison.Ordinal);
        Assert.Contains($"within the tolerance of {tolerance}.", run.Out, StringComparison.Ordinal);
    }

    /// <summary>Models of their own architecture, in the precision that they ask for.</summary>
    [Theory]
    [MemberData(nameof(OwnModels))]
    public void ArchitecturesOfTheirOwnComputeWhatTheirTextDoes(string model)
    {
        CommandLine run = CommandLine.Run(TestSpecs.CompiledModels.All, isTerminal: false, "check", "--model", model);
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
    }

    /// <summary>What is told of a model is true of it, whatever its architecture.</summary>
    [Fact]
    public void ArchitecturesOfTheirOwnAreDescribed()
    {
        CommandLine listed = CommandLine.Run(TestSpecs.CompiledModels.All, isTerminal: false, "models");
        Assert.Matches(@"\nDropping +own architecture +27 +16 +15 +3 +1 +double +SGD ", listed.Out);
        Assert.Matches(@"\nWindowedWide +Windowed +27 +- +24 +1 +1 +double +SGD ", listed.Out);
        CommandLine trained = CommandLine.Run(
            TestSpecs.CompiledModels.All, isTerminal: false, "train", "--model", "WindowedNarrow", "--steps", "2", "--samples", "2");
        Assert.Equal((ExitCode.Success, ""), (trained.ExitCode, trained.Error));
        Assert.Contains("WindowedNarrow: Windowed, 1 layer, 2 heads, width 8; double precision", trained.Out, StringComparison.Ordinal);
        CommandLine compared = CommandLine.Run(
            [.. ProgramModels.All, .. TestSpecs.CompiledModels.All], isTerminal: false, "compare", "--course", "0", "--models",
            "Dropping,WindowedNarrow", "--steps", "2", "--samples", "1");
        Assert.Equal((ExitCode.Success, ""), (compared.ExitCode, compared.Error));
        Assert.Contains("own architecture", compared.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(" of 0", compared.Out, StringComparison.Ordinal);
    }

    public static TheoryData<string> OwnModels =>
        new(TestSpecs.CompiledModels.All.Where(entry => entry.Description.Architecture is not ("GPT" or "MLP"))
            .Select(entry => entry.Name));

    [Fact]
    public void TheWorstPlaceIsNamed()
    {
        ModelEntry sound = ProgramModels.All.Single(model => model.Name == "Step2");
        var wrong = sound with { Create = rows => new WrongGradient(sound.Create(rows)) };
        CommandLine run = CommandLine.Run([wrong], isTerminal: false, "check");
        Assert.Equal((ExitCode.Failure, ""), (run.ExitCode, run.Error));
        Assert.Contains(", of the gradient of wte[7, 11] in batch ", run.Out, StringComparison.Ordinal);
        Assert.Contains(": more than the tolerance of 1e-12.", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("rounding", run.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Success, CommandLine.Run([wrong], isTerminal: false, "check", "--tolerance", "0.9").ExitCode);
    }

    /// <summary>A right model of huge logits fails, and is told why.</summary>
    [Fact]
    public void IllConditionedNumbersAreSaidToBe()
    {
        ModelEntry sound = ProgramModels.All.Single(model => model.Name == "NamesGpt");
        CommandLine run = CommandLine.Run([LargeWeights.Of(sound)], isTerminal: false, "check");
        Assert.Equal((ExitCode.Failure, ""), (run.ExitCode, run.Error));
        Assert.Contains(
            ": more than the tolerance of 1e-4.\nWeights that differ in their last bit change ", run.Out, StringComparison.Ordinal);
        Assert.Matches(@"may be rounding\. Large logits \(here up to \d\.\de\+5\)", run.Out);
    }

    [Theory]
    [InlineData("--model", "None")]
    [InlineData("--batches", "0")]
    [InlineData("--tolerance", "-1")]
    public void BadInputIsExplained(params string[] args)
    {
        CommandLine run = CommandLine.Run(["check", .. args]);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.NotEmpty(run.Error);
        Assert.Empty(run.Out);
    }

    [Fact]
    public void AModelWithoutATextSaysSo()
    {
        CommandLine run = CommandLine.Run([BigramModel.Entry("Bigram")], isTerminal: false, "check");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Equal("error: Bigram has no forward pass that could be run eagerly: it was not compiled from one.\n", run.Error);
    }
}
