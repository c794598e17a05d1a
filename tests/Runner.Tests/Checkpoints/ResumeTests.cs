using MicroGpt.Runner.Checkpoints;
using Xunit;

namespace MicroGpt.Runner.Tests.Checkpoints;

/// <summary>A run that is stopped and goes on is the run that never was, to the last bit: checkpoint, log, samples.</summary>
public sealed class ResumeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("NamesGpt")]
    [InlineData("Step5", "--batch", "3", "--threads", "2")]
    [InlineData("NamesGpt", "--optimizer", "momentum", "--schedule", "cosine", "--warmup", "5")]
    [InlineData("NamesGpt", "--optimizer", "adamw", "--accumulate", "2", "--clip-norm", "0.5", "--log-gradient-norm")]
    [InlineData("NamesGpt", "--optimizer", "adamw", "--batch", "6", "--shards", "4", "--accumulate", "2", "--clip-norm", "0.5")]
    [InlineData("DroppingSingle", "--optimizer", "momentum", "--batch", "3", "--shards", "8", "--validation", "0.2")]
    [InlineData("Step4", "--optimizer", "adam", "--validation", "0.2", "--evaluate-every", "7", "--early-stop", "3")]
    [InlineData("Step2", "--batch", "40")]
    [InlineData("Dropping", "--batch", "3", "--validation", "0.2")]
    [InlineData("DroppingSingle", "--batch", "2", "--optimizer", "adamw", "--accumulate", "2")]
    public void AResumedRunIsTheOneThatWasNeverStopped(string model, params string[] options)
    {
        string data = folder.Write(
            "data.txt", string.Concat(Enumerable.Range(0, 60).Select(i => $"{"abcdefghij"[i % 10]}n{"aeiou"[i % 5]}{"xyz"[i % 3]}\n")));
        AssertSame(data, model, options);
    }

    [Fact]
    public void WindowsOfAStreamGoOnToo()
    {
        string data = folder.Write("data.txt", string.Concat(Enumerable.Range(0, 300).Select(i => "anna und otto. "[(i * 7) % 15])));
        AssertSame(data, "NamesGpt", ["--documents", "stream", "--batch", "2", "--validation", "0.1"]);
    }

    [Fact]
    public void OnlyWhatChangesNoNumberMayStandBesideResume()
    {
        string save = Stopped("NamesGpt");
        foreach (string[] other in new string[][]
        {
            ["--steps", "50"], ["--lr", "0.5"], ["--seed", "1"], ["--save", "elsewhere"], ["--validation", "0.1"], ["--overwrite"],
        })
        {
            CommandLine refused = Run(["train", "--resume", save, .. other]);
            Assert.Equal(ExitCode.Usage, refused.ExitCode);
            Assert.Contains("cannot stand with --resume", refused.Error, StringComparison.Ordinal);
            Assert.Contains("--init", refused.Error, StringComparison.Ordinal);
        }

        Assert.Equal(
            "",
            Run("train", "--resume", save, "--samples", "1", "--temperature", "0.7", "--threads", "1", "--save-every", "10").Error.Replace(
            $"saved {save}/latest.safetensors at step 20\n", "",
            StringComparison.Ordinal).Replace($"saved {save}/latest.safetensors at step 30\n", "", StringComparison.Ordinal));
    }

    [Fact]
    public void AnotherTextIsRefused()
    {
        string data = folder.Write("data.txt", "anna\notto\n");
        string save = folder.File("ck");
        Assert.Equal(ExitCode.Success, Run("train", "--data", data, "--steps", "9", "--save", save, "--stop-at", "3").ExitCode);
        File.WriteAllText(data, "anna\nottilie\n");
        CommandLine refused = Run("train", "--resume", save);
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains("is not the text that the run was trained on", refused.Error, StringComparison.Ordinal);
        File.Move(data, folder.File("moved.txt"));
        Assert.Contains("there is no file", Run("train", "--resume", save).Error, StringComparison.Ordinal);
        File.WriteAllText(folder.File("moved.txt"), "anna\notto\n");
        Assert.Equal(ExitCode.Success, Run("train", "--resume", save, "--data", folder.File("moved.txt")).ExitCode);
    }

    [Fact]
    public void AFolderWithACheckpointIsNotWrittenOverSilently()
    {
        string save = Stopped("NamesGpt");
        byte[] before = File.ReadAllBytes(CheckpointFolder.Latest(save));
        CommandLine refused = Run("train", "--steps", "3", "--save", save);
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains("--overwrite", refused.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(CheckpointFolder.Latest(save)));

        Assert.Equal(ExitCode.Success, Run(
            "train", "--steps", "30", "--save", save, "--save-every", "10", "--keep", "2", "--validation", "0.1", "--overwrite").ExitCode);
        string[] names = [.. Directory.GetFiles(save).Select(file => Path.GetFileName(file)!).Order()];
        Assert.Equal(["best.safetensors", "latest.safetensors", "step-000000020.safetensors", "step-000000030.safetensors"], names);
        Assert.Equal(ExitCode.Success, Run("train", "--steps", "3", "--save", save, "--overwrite").ExitCode);
        Assert.Equal(["latest.safetensors"], Directory.GetFiles(save).Select(file => Path.GetFileName(file)!));
    }

    [Theory]
    [InlineData("--save-every needs a folder", "--save-every", "5")]
    [InlineData("--keep needs a folder", "--keep", "5")]
    [InlineData("--stop-at needs a folder", "--stop-at", "5")]
    [InlineData("there is no folder nowhere", "--resume", "nowhere")]
    [InlineData("there is no file nowhere", "--init", "nowhere")]
    [InlineData("is not the name of a folder", "--save", "")]
    public void OptionsThatLeadNowhereAreRefused(string message, params string[] options)
    {
        CommandLine refused = Run(["train", "--steps", "3", .. options[0] == "--resume" ? [] : options]);
        refused = options[0] == "--resume" ? Run(["train", .. options]) : refused;
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains(message, refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void InitStartsANewRunFromWeightsAndTokenizer()
    {
        string data = folder.Write("data.txt", "anna\notto\n");
        string save = folder.File("ck");
        Assert.Equal(ExitCode.Success, Run("train", "--data", data, "--steps", "9", "--save", save).ExitCode);
        string other = folder.Write("other.txt", "tonna\n");
        CommandLine started = Run("train", "--init", save, "--data", other, "--steps", "0", "--save", folder.File("new"), "--samples", "0");
        Assert.Equal(ExitCode.Success, started.ExitCode);
        Assert.Contains($"\nweights         from {save}/latest.safetensors\n", started.Out, StringComparison.Ordinal);
        using CheckpointFile from = CheckpointFile.Open(save, "--init");
        using CheckpointFile to = CheckpointFile.Open(folder.File("new"), "--init");
        Assert.Equal(0, to.Run.Step);
        Assert.Equal("anot", to.Run.Tokenizer.Characters);
        ModelDescription model = ProgramModels.All.Single(entry => entry.Name == "NamesGpt").Description;
        Assert.Equal(from.Parameters(model), to.Parameters(model));

        string strange = folder.Write("strange.txt", "zoe\n");
        CommandLine refused = Run("train", "--init", save, "--data", strange);
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains("'z'", refused.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, Run("train", "--init", save, "--data", data, "--documents", "stream").ExitCode);
        Assert.Equal(ExitCode.Usage, Run("train", "--init", save, "--data", save + "/latest.safetensors").ExitCode);
    }

    [Fact]
    public void ARunThatIsCompleteSaysSoAndSamples()
    {
        string save = folder.File("ck");
        string[] trained = Samples(Run("train", "--steps", "9", "--save", save, "--samples", "2").Out);
        CommandLine resumed = Run("train", "--resume", save);
        Assert.Equal((ExitCode.Success, ""), (resumed.ExitCode, resumed.Error));
        Assert.Contains(
            "\nthe run is complete: step 9 of 9; --init starts a new one from its weights.\nsample  1: ", resumed.Out,
            StringComparison.Ordinal);
        Assert.DoesNotContain("first step", resumed.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("0 steps in", resumed.Out, StringComparison.Ordinal);
        Assert.Equal(trained, Samples(resumed.Out));
        Assert.StartsWith("sample  1: ", Run("train", "--resume", save, "--quiet").Out, StringComparison.Ordinal);
    }

    [Fact]
    public void AQuietRunSavesWithoutAWord()
    {
        string save = folder.File("ck");
        CommandLine run = Run("train", "--steps", "9", "--save", save, "--samples", "0", "--quiet");
        Assert.Equal((ExitCode.Success, "", ""), (run.ExitCode, run.Out, run.Error));
        Assert.True(File.Exists(CheckpointFolder.Latest(save)));
    }

    private static CommandLine Run(params string[] args) =>
        CommandLine.Run([.. ProgramModels.All, .. TestSpecs.CompiledModels.All], isTerminal: false, args);

    private string Stopped(string model)
    {
        string save = folder.File("stopped");
        CommandLine run = Run("train", "--model", model, "--steps", "30", "--save", save, "--stop-at", "11", "--samples", "0");
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.EndsWith(
            $"stopped after 11 steps; {save}/latest.safetensors holds step 11; --resume {save} goes on.\n", run.Error,
            StringComparison.Ordinal);
        return save;
    }

    /// <summary>
    /// Stops a run twice, between two checkpoints and at one, and compares all that it leaves with a run that is not stopped.
    /// </summary>
    private void AssertSame(string data, string model, string[] options)
    {
        string[] all = ["train", "--model", model, "--data", data, "--steps", "40", "--save-every", "10", "--samples", "6", .. options];
        string whole = folder.File("whole");
        CommandLine undisturbed = Run([.. all, "--save", whole, "--log", folder.File("whole.csv")]);
        Assert.Equal(ExitCode.Success, undisturbed.ExitCode);

        string parts = folder.File("parts");
        string log = folder.File("parts.csv");
        CommandLine first = Run([.. all, "--save", parts, "--log", log, "--stop-at", "13"]);
        Assert.Equal(ExitCode.Success, first.ExitCode);
        File.AppendAllText(log, "14,a line of a step that is done again");
        CommandLine past = Run("train", "--resume", parts, "--log", log, "--stop-at", "13");
        Assert.Equal(ExitCode.Usage, past.ExitCode);
        Assert.Contains("the run has done 13 steps", past.Error, StringComparison.Ordinal);
        CommandLine between = Run("train", "--resume", parts, "--log", log, "--stop-at", "27");
        Assert.Equal((ExitCode.Success, 0), (between.ExitCode, Samples(between.Out).Length));
        CommandLine second = Run("train", "--resume", parts, "--log", log);

        Assert.Equal((ExitCode.Success, ""), (second.ExitCode, second.ExitCode == ExitCode.Success ? "" : second.Error));

        Assert.Equal(File.ReadAllBytes(CheckpointFolder.Latest(whole)), File.ReadAllBytes(CheckpointFolder.Latest(parts)));
        Assert.Equal(File.ReadAllText(folder.File("whole.csv")), File.ReadAllText(log));
        Assert.Equal(Samples(undisturbed.Out), Samples(second.Out));
        Assert.Equal(6, Samples(second.Out).Length);
        Assert.Equal(Samples(second.Out), Samples(Run("sample", "--checkpoint", parts).Out));
        Assert.Equal(File.Exists(CheckpointFolder.Best(whole)), File.Exists(CheckpointFolder.Best(parts)));
        CommandLine complete = Run("train", "--resume", parts, "--log", log, "--stop-at", "13");
        Assert.Contains("the run is complete", complete.Out, StringComparison.Ordinal);
    }

    private static string[] Samples(string output) => [.. output.Split("sample ").Skip(1).Select(text => text.Split("\nReport")[0])];
}
