using System.Globalization;
using MicroGpt.Runner.Planning;
using MicroGpt.Runner.Tests.Models;
using Xunit;

namespace MicroGpt.Runner.Tests;

/// <summary>What <c>plan</c> reckons follows from the numbers that it is given.</summary>
public class PlanCommandTests
{
    /// <summary>729 weights in double precision, 162 operations a row: 16 positions an item, no attention.</summary>
    private static ScalingModel Costs(
        int items, double latency = 0, double bandwidth = double.PositiveInfinity, int shards = 8, StepCosts? costs = null,
        Machine? machine = null, double? clip = null)
    {
        var size = new ModelSize(BigramModel.Entry().Description, UpdateRule.Adam with { ClipNorm = clip });
        return new(
            size,
            items,
            shards,
            new Workload(items, 16),
            costs ?? StepCosts.Reckoned(size, 16, 1e9, double.PositiveInfinity),
            machine ?? new Machine(Ranks: 1, Cores: 2, Threads: 1, Measured: 1, Inside: new NetworkSpeed(0, double.PositiveInfinity)),
            new NetworkSpeed(latency, bandwidth));
    }

    [Fact]
    public void WithoutMemoryAndNetworkRanksDivideTheItems()
    {
        PlannedStep one = Costs(64).On(1);
        Assert.Equal(64 * 16 * 6 * 27 / 1e9, one.Seconds, 1e-12);
        Assert.Equal(1.0, Costs(64).On(64).Efficiency(one), 1e-12);
        Assert.Equal((8, 64), (one.Shards, Costs(64).On(64).Shards));

        // Of 6 items on 4 ranks, one rank has two.
        Assert.Equal(6.0 / 8.0, Costs(6).On(4).Efficiency(Costs(6).On(1)), 1e-12);
    }

    [Fact]
    public void RanksDivideShardsAndHaveWork()
    {
        Assert.Equal([1, 2, 4, 8, 16, 32, 64], Costs(64).Ranks());
        Assert.Equal([1, 2, 4], Costs(6).Ranks());
        Assert.Equal([1, 3, 9, 18, 36], Costs(64, shards: 9).Ranks());
        Assert.Equal(1024, Costs(1 << 20, shards: 1).Ranks().Last());
    }

    [Fact]
    public void ShardsCostWhateverTheirPositionsAndTheUpdateIsDivided()
    {
        var costs = new StepCosts { Shard = 5, Row = 0.25, Update = 12, Fixed = 3, Undivided = 7, MemoryBytes = double.PositiveInfinity };
        PlannedStep step = Costs(16, costs: costs).On(2);
        Assert.Equal(((4 * 5) + (8 * 16 * 0.25), 3 + (12 / 2.0)), (step.Computing, step.Adding));
        Assert.Equal(step.Computing + step.Adding + step.Exchanging, step.Seconds);

        // Of three items two shards have none; a batch of one shard is not divided.
        Assert.Equal((3 * 5) + (3 * 16 * 0.25), Costs(3, costs: costs).On(1).Computing);
        step = Costs(3, shards: 1, costs: costs).On(1);
        Assert.Equal((7 + (3 * 16 * 0.25), 0), (step.Computing, step.Adding));
    }

    [Fact]
    public void PartsComeOutOfSteps()
    {
        // 4 us for a step, of which 2 us are the update's, 3 us for a shard, a quarter of one for each of its 8 or 4 positions.
        var samples = new StepMeter.Samples(
            new StepMeter.Sample(4e-6 + 5e-6, 8), new StepMeter.Sample(4e-6 + 40e-6, 8), new StepMeter.Sample(4e-6 + 4e-6, 4),
            new StepMeter.Sample(3e-6, 8), Shards: 8);
        StepCosts parts = StepMeter.Parts(samples, update: 1e-6);
        double[] expected = [3e-6, 0.25e-6, 2e-6, 2e-6, 1e-6];
        Assert.All(
            expected.Zip([parts.Shard, parts.Row, parts.Update, parts.Fixed, parts.Undivided]),
            pair => Assert.Equal(pair.First, pair.Second, 1e-15));

        // Of long steps that differ, what is left is that of the update's bytes.
        samples = new(new(1.0, 8), new(1.9, 8), new(0.5, 4), default, Shards: 2);
        Assert.Equal((0.02, 20e-6), (StepMeter.Parts(samples, 0.01).Update, Math.Round(StepMeter.Parts(samples, 0.01).Fixed, 9)));
        Assert.Equal(0.01, StepMeter.Parts(samples with { Several = new(2.1, 8) }, 0.01).Update);
    }

    [Fact]
    public void MessagesCostLatencyAndBandwidth()
    {
        Assert.Equal(0, Costs(64, latency: 1).On(1).Exchanging);
        Assert.Equal(1 + 1 + 2, Costs(64, latency: 1).On(2).Exchanging, 1e-9); // gradients, weights, two small ones
        Assert.Equal(1 + 1 + 3, Costs(64, latency: 1, clip: 1).On(2).Exchanging, 1e-9);
        Assert.Equal(729 * 8, Costs(64, bandwidth: 1).On(2).Exchanging, 1e-9); // half of the weights each way
        Assert.Equal(2 * 729 * 8 * 3 / 4.0, Costs(64, bandwidth: 1).On(4).Exchanging, 1e-9);
    }

    [Fact]
    public void WhatIsCompleteBeforeTheBackwardPassEndsIsExchangedMeanwhile()
    {
        // Eight buckets; the tables of tokens and positions, 27 and 16 rows of 16, are complete last.
        ModelDescription model = ProgramModels.All.Single(entry => entry.Name == "NamesGpt").Description;
        var size = new ModelSize(model with { Memory = new ModelMemory(0, 1 << 23, 0, 0) }, UpdateRule.Sgd);
        double early = 1 - (43 * 16 / (double)model.ParameterCount);
        Assert.Equal(early, size.Early, 1e-12);

        PlannedStep slow = On(2, bandwidth: 1e6), fast = On(2, bandwidth: 1e12);
        Assert.Equal(slow.Computing * 2 / 3, slow.Hidden, 1e-12); // not more than the pass takes
        Assert.Equal(early * fast.Exchanging / 2, fast.Hidden, 1e-12); // half of it is weights
        Assert.Equal(fast.Computing + fast.Adding + fast.Exchanging - fast.Hidden, fast.Seconds, 1e-12);
        Assert.Equal(0, On(1, bandwidth: 1e6).Hidden);

        PlannedStep On(int ranks, double bandwidth)
        {
            var costs = StepCosts.Reckoned(size, 16, 1e9, double.PositiveInfinity);
            var machine = new Machine(Ranks: 1, Cores: 2, Threads: 1, Measured: 1, Inside: new NetworkSpeed(0, 1));
            return new ScalingModel(size, 2, 2, new Workload(2, 16), costs, machine, new NetworkSpeed(0, bandwidth)).On(ranks);
        }
    }

    [Fact]
    public void RanksOfAMachineShareItsCoresAndItsConnection()
    {
        var machine = new Machine(Ranks: 4, Cores: 2, Threads: 1, Measured: 1, new NetworkSpeed(0, 1));
        ScalingModel costs = Costs(64, bandwidth: 2, machine: machine);
        Assert.Equal(costs.On(1).Computing / 2, costs.On(2).Computing, 1e-12);
        Assert.Equal(costs.On(2).Computing, costs.On(4).Computing, 1e-12); // four ranks on two cores
        Assert.Equal(costs.On(4).Computing / 2, costs.On(8).Computing, 1e-12);
        Assert.Equal(2 * 729 * 8 * 3 / 4.0, costs.On(4).Exchanging, 1e-9);

        // With four of each machine: three neighbours inside, and of four ranks all that goes out at once.
        Assert.Equal(2 * 729 * (3 + (4 * 4 / 2.0)), costs.On(8).Exchanging, 1e-9);

        // What was measured while as many were at work is not slowed down once more.
        Assert.Equal(Costs(64).On(4).Computing, Costs(64, machine: machine with { Measured = 4 }).On(4).Computing, 1e-12);
    }

    [Fact]
    public void TheStateIsDividedOverTheRanks()
    {
        // Weights, a gradient, the largest parameter in double, four sums under way on the way up the tree of eight shards, the state.
        Assert.Equal(729 * 8 * (2 + 1 + 4 + 2.0), Costs(64).On(1).Bytes, 1e-6);
        Assert.Equal(729 * 8 * (2 + 1 + 1 + ((1 + 7 + 2) / 8.0)), Costs(64).On(8).Bytes, 1e-6);
    }

    [Fact]
    public void MemoryIsThatOfTheArenas()
    {
        var memory = new ModelMemory(100, 50, 7, 9) { PiecePerRow = 3, PieceRows = 10 };
        ModelDescription model = BigramModel.Entry().Description with { Memory = memory };
        var size = new ModelSize(model, UpdateRule.Sgd);
        Assert.Equal((8 * (100 + 50 + 9 + (7 * 17) + (3 * 11))) + (8 * 729), size.Model(16));
        Assert.Equal(400, size.Gradient);
        Assert.All(ProgramModels.All, entry => Assert.True(entry.Description.Memory!.Activations(16) > 16 * entry.Description.VocabSize));
    }

    [Fact]
    public void TheTableHasARowForEachNumberOfRanks()
    {
        string[] given = ["--gflops", "50", "--memory-bandwidth", "10", "--latency", "50", "--bandwidth", "1.25", "--optimizer", "adamw"];
        CommandLine run = CommandLine.Run(ProgramModels.All, isTerminal: false, ["plan", "--model", "NamesGpt", "--batch", "64", .. given]);
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        string[] lines = run.Out.Split('\n');
        Assert.Contains("a step          reckoned: 0.44 us a position, 8.7 a shard, 12.2 for the update, 0.0 besides", lines);
        Assert.Equal(7, lines.Count(line => line.Contains(" % ", StringComparison.Ordinal)));
        string one = lines.Single(line => line.StartsWith("    1  ", StringComparison.Ordinal));
        Assert.Contains("100 %", one, StringComparison.Ordinal);
        Assert.InRange(int.Parse(one.Split(' ')[^1], CultureInfo.InvariantCulture), 20, int.MaxValue); // The process is in it.
        Assert.StartsWith(
            "50.0 GFLOP/s in the passes, ",
            lines.Single(line => line.StartsWith("rank ", StringComparison.Ordinal))[16..], StringComparison.Ordinal);
        Assert.Contains("A batch of 64 has work for 64 ranks; more would wait.", lines);
    }

    [Fact]
    public void WhatIsNotGivenIsMeasured()
    {
        foreach (string shards in new[] { "1", "9" })
        {
            CommandLine run = CommandLine.Run(
                ProgramModels.All, isTerminal: false, "plan", "--model", "Step2", "--batch", "9", "--shards", shards);
            Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
            Assert.Contains("\na step          measured: ", run.Out, StringComparison.Ordinal);
            Assert.Equal(shards == "9" ? 3 : 4, run.Out.Split('\n').Count(line => line.Contains(" % ", StringComparison.Ordinal)));
        }
    }

    [Theory]
    [InlineData("--shards: '65537' is not a whole number from 1 to 65536", "--shards", "65537")]
    [InlineData("--latency: '0' is not a number from", "--latency", "0")]
    [InlineData("--latency: '1e308' is not a number from 1E-06 to 10000000", "--latency", "1e308")]
    [InlineData("--gflops", "--gflops", "1e-300")]
    [InlineData("--ranks-per-machine: '0'", "--ranks-per-machine", "0")]
    [InlineData("--bandwidth", "--bandwidth", "fast")]
    public void WhatMakesNoSenseIsRefused(string message, params string[] options)
    {
        CommandLine run = CommandLine.Run(ProgramModels.All, isTerminal: false, ["plan", .. options]);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }
}
