using Xunit;

namespace MicroGpt.Runner.Tests.Checkpoints;

public sealed class SampleCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void WithoutASeedItPrintsWhatTrainPrinted()
    {
        string save = folder.File("ck");
        CommandLine trained = Run("train", "--steps", "50", "--save", save, "--samples", "7", "--temperature", "0.8");
        CommandLine sampled = Run("sample", "--checkpoint", save);
        Assert.Equal((ExitCode.Success, ""), (sampled.ExitCode, sampled.Error));
        Assert.EndsWith(sampled.Out, trained.Out, StringComparison.Ordinal);
        Assert.Equal(7, sampled.Out.Count(character => character == '\n'));
        Assert.NotEqual(sampled.Out, Run("sample", "--checkpoint", save, "--seed", "7").Out);
        Assert.Equal(Run("sample", "--checkpoint", save, "--seed", "7").Out, Run("sample", "--checkpoint", save, "--seed", "7").Out);
    }

    [Fact]
    public void GreedySamplesAreAllTheSameAndPromptsAreKept()
    {
        string save = folder.File("ck");
        Assert.Equal(ExitCode.Success, Run("train", "--steps", "50", "--save", save, "--samples", "0").ExitCode);
        string[] greedy = Lines("sample", "--checkpoint", save, "--count", "3", "--temperature", "0", "--prompt", "em");
        Assert.Single(greedy.Select(line => line[10..]).Distinct());
        Assert.All(greedy, line => Assert.Equal("em", line[11..13]));
        Assert.Equal(greedy, Lines("sample", "--checkpoint", save, "--count", "3", "--top-k", "1", "--prompt", "em"));
        Assert.Equal(greedy, Lines("sample", "--checkpoint", save, "--count", "3", "--top-p", "1e-9", "--prompt", "em"));
        Assert.Equal(12, Lines("sample", "--checkpoint", save, "--count", "1", "--max-length", "1", "--temperature", "0")[0].Length);

        string shown =
            Run("sample", "--checkpoint", save, "--count", "1", "--temperature", "0", "--prompt", "em", "--show-probabilities").Out;
        Assert.Matches(@"^(    ('.'|BOS) 1\.0000  of  ('.'|BOS) 1\.0000\n)+sample  1: em", shown);
    }

    [Fact]
    public void AStreamSamplesLinesBeyondItsBlockAndAnyCharacters()
    {
        string save = folder.File("ck");
        string data = folder.Write("data.txt", string.Concat(Enumerable.Repeat("Ёж 🙂 é\n", 40)));
        Assert.Equal(ExitCode.Success, Run(
            "train", "--data", data, "--documents", "stream", "--steps", "150", "--save", save, "--samples", "0").ExitCode);
        CommandLine sampled = Run("sample", "--checkpoint", save, "--count", "1", "--max-length", "40", "--prompt", "Ёж");
        Assert.Equal((ExitCode.Success, ""), (sampled.ExitCode, sampled.Error));
        string text = sampled.Out["sample  1: ".Length..^1];
        Assert.StartsWith("Ёж", text, StringComparison.Ordinal);
        Assert.Equal(42, text.EnumerateRunes().Count());
        Assert.Contains('\n', text);
        Assert.True(text.EnumerateRunes().All(rune => "Ёж 🙂é\n".EnumerateRunes().Contains(rune)), text);
    }

    [Theory]
    [InlineData("the character '9' (U+0039)", "--prompt", "ann9")]
    [InlineData("--top-p", "--top-p", "1.5")]
    [InlineData("--temperature", "--temperature", "-1")]
    [InlineData("--count", "--count", "-1")]
    [InlineData("--seed: 'x' is not a whole number from -9223372036854775808 to 9223372036854775807.", "--seed", "x")]
    public void WrongArgumentsAreRefused(string message, params string[] options)
    {
        string save = folder.File("ck");
        Assert.Equal(ExitCode.Success, Run("train", "--steps", "2", "--save", save, "--samples", "0").ExitCode);
        CommandLine refused = Run(["sample", "--checkpoint", save, .. options]);
        Assert.Equal((ExitCode.Usage, ""), (refused.ExitCode, refused.Out));
        Assert.Contains(message, refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void AnEmptyNameOfACheckpointIsSaidToBeEmpty()
    {
        CommandLine refused = Run("sample", "--checkpoint", "");
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.StartsWith(
            "error: --checkpoint: the name is empty; give that of a checkpoint or of a run's folder.", refused.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void EvaluateMeasuresWhatTrainingMeasured()
    {
        string save = folder.File("ck");
        string data = folder.Write("data.txt", "anna\notto\nanton\nnana\n");
        Assert.Equal(ExitCode.Success, Run("train", "--data", data, "--steps", "20", "--save", save, "--samples", "0").ExitCode);
        CommandLine measured = Run("evaluate", "--checkpoint", save, "--data", data);
        Assert.Equal((ExitCode.Success, ""), (measured.ExitCode, measured.Error));
        Assert.Matches(@"\nloss            \d\.\d{4} nats a token, \d\.\d{3} bits a character, perplexity \d+\.\d\d\n", measured.Out);
        Assert.Contains("21 tokens, 17 characters predicted", measured.Out, StringComparison.Ordinal);

        string strange = folder.Write("strange.txt", "zoe\n");
        CommandLine refused = Run("evaluate", "--checkpoint", save, "--data", strange);
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains("'z'", refused.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, Run("evaluate", "--checkpoint", save).ExitCode);
        Assert.Equal(ExitCode.Usage, Run("evaluate", "--data", data).ExitCode);
    }

    [Fact]
    public void EvaluateRefusesAStreamOfOneToken()
    {
        string save = folder.File("ck");
        string data = folder.Write("data.txt", string.Concat(Enumerable.Repeat("ab", 20)));
        Assert.Equal(
            ExitCode.Success,
            Run("train", "--data", data, "--documents", "stream", "--steps", "1", "--save", save, "--samples", "0").ExitCode);
        string one = folder.Write("one.txt", "a");
        CommandLine refused = Run("evaluate", "--checkpoint", save, "--data", one);
        Assert.Equal((ExitCode.Usage, ""), (refused.ExitCode, refused.Out));
        Assert.Equal(
            $"error: {one} has one token; a model of a stream predicts the second from the first. Give more text.\n",
            refused.Error);
        CommandLine measured = Run("evaluate", "--checkpoint", save, "--data", folder.Write("two.txt", "ab"));
        Assert.Equal((ExitCode.Success, ""), (measured.ExitCode, measured.Error));
        Assert.Contains(" after 1 step, from ", measured.Out, StringComparison.Ordinal);
        Assert.Contains(": 1 token, 1 character predicted\n", measured.Out, StringComparison.Ordinal);
    }

    private static string[] Lines(params string[] args) => Run(args).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static CommandLine Run(params string[] args) => CommandLine.Run(ProgramModels.All, isTerminal: false, args);
}
