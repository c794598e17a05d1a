using MicroGpt.Runner.Training;
using Xunit;

namespace MicroGpt.Runner.Tests;

public sealed class TrainedModelTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void TwoHundredAtOnceGiveWhatEachGivesAlone()
    {
        using TrainedModel model = TrainedModel.Load(Trained(), ProgramModels.All);
        string[] alone = [.. Enumerable.Range(0, 200).Select(seed => model.Sample(seed: seed))];
        string[] together = [.. Enumerable.Range(0, 200).AsParallel().AsOrdered().WithDegreeOfParallelism(16).Select(seed => model.Sample(seed: seed))];
        Assert.Equal(alone, together);
        Assert.True(alone.Distinct().Count() > 100);
    }

    [Fact]
    public void ItDrawsWhatTheCommandDraws()
    {
        string run = Trained();
        CommandLine said = CommandLine.Run(ProgramModels.All, isTerminal: false, "sample", "--checkpoint", run, "--prompt", "an", "--seed", "7", "--count", "1");
        using TrainedModel model = TrainedModel.Load(run, ProgramModels.All);
        Assert.Equal("NamesGpt", model.Description.Name);
        string name = model.Sample(prompt: "an", seed: 7);
        Assert.StartsWith("an", name, StringComparison.Ordinal);
        Assert.EndsWith($": {name}\n", said.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void MistakesAreExplainedAndLeaveItUsable()
    {
        string missing = folder.File("none");
        Assert.Contains(missing, Assert.Throws<RunnerException>(() => TrainedModel.Load(missing, ProgramModels.All)).Message, StringComparison.Ordinal);
        using TrainedModel model = TrainedModel.Load(Trained(), ProgramModels.All);
        Assert.Contains("'\u00e9'", Assert.Throws<RunnerException>(() => model.Sample(prompt: "\u00e9mile")).Message, StringComparison.Ordinal);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => model.Sample(cancellation: cancelled.Token));
        Assert.Equal(model.Sample(seed: 1), model.Sample(new SamplingSettings(), "", 1));
    }

    private string Trained()
    {
        string run = folder.File("run");
        CommandLine trained = CommandLine.Run(ProgramModels.All, isTerminal: false, "train", "--steps", "100", "--samples", "0", "--save", run);
        Assert.Equal(ExitCode.Success, trained.ExitCode);
        return run;
    }
}
