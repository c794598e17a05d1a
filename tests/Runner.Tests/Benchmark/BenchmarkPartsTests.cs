using System.Diagnostics;
using MicroGpt.Runner.Benchmark;
using MicroGpt.Runner.Terminal;
using MicroGpt.Runner.Tests.Models;
using Xunit;

namespace MicroGpt.Runner.Tests.Benchmark;

public class BenchmarkPartsTests
{
    [Fact]
    public void AStepsOperationsAreCountedByRowAndByPair()
    {
        ModelDescription model = BigramModel.Entry().Description with { FlopsPerRow = 1000, FlopsPerPair = 10 };
        var batch = new Batch([0, 1, 2, 3], [1, 2, 3, 0], [0, 3, 4]);
        Assert.Equal(4000 + (10 * (6 + 1)), PackedBatch.Of(batch, model).Operations);
    }

    [Fact]
    public void NamesAreForModelsOfTheirSizeAndFullBlocksForOthers()
    {
        PackedBatch[] names = BenchmarkData.For(BigramModel.Entry().Description, 4);
        Assert.Equal(8192, names.Length);
        Assert.All(names, batch => Assert.Equal(5, batch.Starts.Length));
        Assert.All(names, batch => Assert.Equal(26, batch.Tokens[0]));

        PackedBatch[] blocks = BenchmarkData.For(BigramModel.Entry(vocabSize: 65, blockSize: 64).Description, 3);
        Assert.All(blocks, batch => Assert.Equal([0, 64, 128, 192], batch.Starts));
        Assert.All(blocks, batch => Assert.All(batch.Tokens, token => Assert.InRange(token, 0, 64)));
        Assert.Equal(blocks[1].Tokens, BenchmarkData.For(BigramModel.Entry(vocabSize: 65, blockSize: 64).Description, 3)[1].Tokens);
    }

    /// <summary>In one line, with nothing of the exception that the model would throw.</summary>
    [Fact]
    public void ABatchOfMoreRowsThanThereCanBeIsAUsageError()
    {
        ModelEntry model = ProgramModels.All.Single(entry => entry.Name == "NamesGpt");
        RunnerException error = Assert.Throws<RunnerException>(() => BenchmarkData.Create(model, threads: 1, rows: (1 << 27) + 1));
        Assert.Equal(ExitCode.Usage, error.ExitCode);
        Assert.Equal(
            "NamesGpt cannot hold a batch of 134217729 positions (134217728 are the most); give a smaller --batch.", error.Message);
    }

    [Theory]
    [InlineData("Names16", new[] { 1, 16 })]
    [InlineData("Chars384", new[] { 4 })]
    [InlineData("Anything", new[] { 1 })]
    public void TheTablesModelsHaveTheirBatchSizes(string name, int[] expected)
    {
        Assert.Equal(expected, BenchmarkCase.BatchSizesFor(BigramModel.Entry(name), null));
        Assert.Equal([7], BenchmarkCase.BatchSizesFor(BigramModel.Entry(name), 7));
    }

    [Fact]
    public void RoundsAreSummedUp()
    {
        Assert.Equal(new Rounds(9, 4, 1), Rounds.Of([4.0, 9, 1]));
        Assert.Equal(new Rounds(9, 3, 1), Rounds.Of([4.0, 9, 1, 2]));
    }

    [Theory]
    [InlineData(128)]
    [InlineData(256)]
    [InlineData(512)]
    public void ThePeakCountsTwoOperationsAnElement(int bits)
    {
        Assert.Equal(2.0 * 12 * (bits / 32) * 1000, MultiplyAdd.Run(bits, Precision.Single, 1000));
        Assert.Equal(2.0 * 12 * (bits / 64) * 1000, MultiplyAdd.Run(bits, Precision.Double, 1000));
    }

    [Fact]
    public void SeveralThreadsHaveTheirPeaksAddedUp()
    {
        using var meter = new PeakMeter(128, Precision.Double, 3);
        Assert.True(meter.Round(TimeSpan.FromMilliseconds(1)) > 0);
        Assert.True(meter.Round(TimeSpan.FromMilliseconds(1)) > 0);
    }

    [Fact]
    public void TheTimesOfARunAreReadAsTheyWereWritten()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("times.json");
        long before = Stopwatch.GetTimestamp();
        var times = new RunTimes(null);
        times.OnStep(default);
        Thread.Sleep(20);
        times.OnStep(default);
        times.Write(file);
        StartUp read = RunTimes.Read(file, before);
        Assert.InRange(read.FirstStep, TimeSpan.Zero, Stopwatch.GetElapsedTime(before));
        Assert.InRange(read.LastStep - read.FirstStep, TimeSpan.FromMilliseconds(20), Stopwatch.GetElapsedTime(before));
        Assert.InRange(read.Processor, TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
        Assert.InRange(read.Compiling, TimeSpan.FromMilliseconds(0.1), TimeSpan.FromHours(1));
        Assert.Equal(2, read.Steps);
        Assert.Null(read.ThousandSteps);
        Assert.Equal(read.LastStep, (read with { Steps = 1000 }).ThousandSteps);
        File.WriteAllText(file, "{}");
        Assert.Contains("times.json", Assert.Throws<RunnerException>(() => RunTimes.Read(file, before)).Message, StringComparison.Ordinal);
    }
}
