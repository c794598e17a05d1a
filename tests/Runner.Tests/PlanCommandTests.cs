using MicroGpt.Runner.Planning;
using MicroGpt.Runner.Tests.Models;
using Xunit;

namespace MicroGpt.Runner.Tests;

/// <summary>What <c>plan</c> reckons follows from the numbers that it is given.</summary>
public class PlanCommandTests
{
    /// <summary>729 weights in double precision, 162 operations a row: 16 positions an item, no attention.</summary>
    private static ScalingModel Costs(int items, double latency = 0, double bandwidth = double.PositiveInfinity) => new(
        BigramModel.Entry().Description,
        items,
        shards: 8,
        state: 2,
        new RankSpeed(1e9, double.PositiveInfinity),
        new NetworkSpeed(latency, bandwidth));

    [Fact]
    public void WithoutMemoryAndNetworkRanksDivideTheItems()
    {
        PlannedStep one = Costs(64).On(1);
        Assert.Equal(64 * 16 * 6 * 27 / 1e9, one.Seconds, 1e-12);
        Assert.Equal(1.0, Costs(64).On(64).Efficiency(one), 1e-12);
        Assert.Equal(0.5, Costs(64).On(128).Efficiency(one), 1e-12); // half of them have nothing to do
        Assert.Equal((8, 128), (one.Shards, Costs(64).On(128).Shards));

        // Of 6 items on 4 ranks, one rank has two.
        Assert.Equal(6.0 / 8.0, Costs(6).On(4).Efficiency(Costs(6).On(1)), 1e-12);
    }

    [Fact]
    public void MessagesCostLatencyAndBandwidth()
    {
        Assert.Equal(0, Costs(64, latency: 1).On(1).Exchanging);
        Assert.Equal(1 + 1 + 3, Costs(64, latency: 1).On(2).Exchanging, 1e-9); // gradients, weights, three small ones
        Assert.Equal(729 * 8, Costs(64, bandwidth: 1).On(2).Exchanging, 1e-9); // half of the weights each way
        Assert.Equal(2 * 729 * 8 * 3 / 4.0, Costs(64, bandwidth: 1).On(4).Exchanging, 1e-9);
    }

    [Fact]
    public void TheStateIsDividedOverTheRanks()
    {
        // Weights twice, a gradient, four sums under way on the way up the tree of eight shards, the state.
        Assert.Equal(729 * 8 * (2 + 1 + 4 + 2.0), Costs(64).On(1).Bytes, 1e-6);
        Assert.Equal(729 * 8 * (2 + 1 + 1 + (3 / 8.0)), Costs(64).On(8).Bytes, 1e-6);
    }

    [Fact]
    public void TheTableHasARowForEachPowerOfTwo()
    {
        string[] given = ["--gflops", "50", "--memory-bandwidth", "10", "--latency", "50", "--bandwidth", "1.25", "--optimizer", "adamw"];
        CommandLine run = CommandLine.Run(ProgramModels.All, isTerminal: false, ["plan", "--model", "NamesGpt", "--batch", "64", .. given]);
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        string[] lines = run.Out.Split('\n');
        Assert.Contains("rank            50.0 GFLOP/s in training, 10.0 GB/s of memory", lines);
        Assert.Equal(11, lines.Count(line => line.Contains(" % ", StringComparison.Ordinal)));
        Assert.Contains(lines, line => line.StartsWith("1,024  ", StringComparison.Ordinal));
        Assert.Contains("100 %", lines.Single(line => line.StartsWith("    1  ", StringComparison.Ordinal)), StringComparison.Ordinal);

        // What is not given is measured.
        Assert.Equal(ExitCode.Success, CommandLine.Run(ProgramModels.All, isTerminal: false, "plan", "--model", "Step2").ExitCode);
    }

    [Theory]
    [InlineData("--shards: 6 is no power of two", "--shards", "6")]
    [InlineData("--latency", "--latency", "0")]
    [InlineData("--bandwidth", "--bandwidth", "fast")]
    public void WhatMakesNoSenseIsRefused(string message, params string[] options)
    {
        CommandLine run = CommandLine.Run(ProgramModels.All, isTerminal: false, ["plan", .. options]);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }
}
