using System.Globalization;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Tests.Models;
using MicroGpt.Runner.Training;
using Xunit;

namespace MicroGpt.Runner.Tests;

public sealed class ScheduleTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void WithoutWarmupAndMinimumTheRateIsTheCoursesToTheLastBit()
    {
        var schedule = new ScheduleSettings();
        for (int step = 0; step < 1000; step++)
        {
            Assert.Equal(0.1 * (1.0 - (step / 1000.0)), schedule.At(0.1, step, 1000));
        }
    }

    [Theory]
    [InlineData(ScheduleKind.Linear)]
    [InlineData(ScheduleKind.Cosine)]
    [InlineData(ScheduleKind.Constant)]
    public void TheRateRisesOverTheWarmupAndThenFollowsItsForm(ScheduleKind kind)
    {
        var schedule = new ScheduleSettings { Kind = kind, Warmup = 4, MinLearningRate = kind == ScheduleKind.Constant ? 0 : 0.2 };
        double[] rates = [.. Enumerable.Range(0, 24).Select(step => schedule.At(1.0, step, 24))];
        Assert.Equal([0.2, 0.4, 0.6, 0.8, 1.0], rates[..5], (a, b) => Math.Abs(a - b) < 1e-15);
        double half = kind switch { ScheduleKind.Constant => 1.0, _ => 0.6 };
        double quarter = kind switch
        {
            ScheduleKind.Linear => 0.8,
            ScheduleKind.Cosine => 0.2 + (0.8 * (1 + Math.Sqrt(0.5)) / 2),
            _ => 1.0,
        };
        Assert.Equal(quarter, rates[9], 1e-15);
        Assert.Equal(half, rates[14], 1e-15);
        Assert.True(
            rates[4..].Zip(rates[5..]).All(pair => kind == ScheduleKind.Constant ? pair.First == pair.Second : pair.First > pair.Second));
        Assert.True(rates[^1] >= schedule.MinLearningRate);
    }

    [Fact]
    public void TheOptionsReachTheLog()
    {
        string log = folder.File("log.csv");
        CommandLine run = CommandLine.Run(
            "--steps", "6", "--samples", "0", "--lr", "0.3", "--schedule", "Cosine", "--warmup", "2", "--min-learning-rate",
            "0.1", "--log", log);
        Assert.Equal("", run.Error);
        Assert.Contains(
            "6 steps of 1 document, learning rate 0.3 after 2 steps of warm-up, falling to 0.1 along a cosine, seed 42\n", run.Out);
        double[] rates = [.. File.ReadLines(log).Skip(1).Select(line => double.Parse(line.Split(',')[3], CultureInfo.InvariantCulture))];
        double[] expected = [0.1, 0.2, 0.3, 0.1 + (0.2 * (1 + Math.Sqrt(0.5)) / 2), 0.2, 0.1 + (0.2 * (1 - Math.Sqrt(0.5)) / 2)];
        Assert.Equal(expected, rates, (a, b) => Math.Abs(a - b) < 1e-15);
    }

    [Fact]
    public void AWarmupLongerThanTheRunOnlyRises()
    {
        var schedule = new ScheduleSettings { Warmup = 9 };
        Assert.Equal([0.1, 0.2, 0.3], Enumerable.Range(0, 3).Select(step => schedule.At(1.0, step, 3)), (a, b) => Math.Abs(a - b) < 1e-15);
    }

    [Theory]
    [InlineData("--schedule: there is no schedule 'cosin'. Did you mean cosine? Known: linear, cosine, constant.", "--schedule", "cosin")]
    [InlineData(
        "--min-learning-rate: a constant schedule does not fall; leave it out, or give --schedule linear or cosine.", "--schedule",
        "constant", "--min-learning-rate", "0.01")]
    [InlineData("--min-learning-rate: 0.5 is above the learning rate of 0.1, which is to fall to it.", "--min-learning-rate", "0.5")]
    [InlineData("--warmup: '-1' is not a whole number from 0 to 2147483647.", "--warmup", "-1")]
    [InlineData(
        "--warmup: 1 step of warm-up leaves none of the run's 1 for the full learning rate; give fewer, or more --steps.", "--warmup", "1",
        "--steps", "1")]
    [InlineData(
        "--warmup: 9 steps of warm-up leave none of the run's 9 for the full learning rate; give fewer, or more --steps.", "--warmup", "9",
        "--steps", "9")]
    [InlineData("--learning-rate: 'much' is not a number of at least 0, such as 0.1.", "--lr", "much")]
    [InlineData("--accumulate: 2,147,483,647 batches of up to ", "--accumulate", "2147483647", "--batch", "2")]
    [InlineData("--accumulate: '0' is not a whole number from 1 to 2147483647.", "--accumulate", "0")]
    public void WhatDoesNotGoTogetherIsExplained(string expected, params string[] args)
    {
        CommandLine run = CommandLine.Run(args);
        Assert.StartsWith("error: " + expected, run.Error);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Equal("", run.Out);
    }

    [Theory]
    [InlineData("Step4", UpdateKind.Sgd)]
    [InlineData("Step5", UpdateKind.Adam)]
    [InlineData("Step4", UpdateKind.AdamW)]
    public void AccumulatedBatchesAreOneLargeBatch(string name, UpdateKind kind)
    {
        ModelEntry entry = ProgramModels.All.Single(model => model.Name == name);
        Corpus names = Corpus.BuiltInNames();
        var settings = new TrainingSettings { Steps = 30, Rule = new UpdateRule { Kind = kind, ClipNorm = 1.0 } };
        using var large = new TrainingSession(entry, names, settings with { BatchSize = 12 });
        using var parts = new TrainingSession(entry, names, settings with { BatchSize = 3, Accumulate = 4, MeasuresGradientNorm = true });
        for (int step = 0; step < settings.Steps; step++)
        {
            TrainingStep expected = large.Step(), actual = parts.Step();
            Assert.Equal(expected.Loss, actual.Loss, 1e-12);
            Assert.Equal(expected.Positions, actual.Positions);
            Assert.Equal(expected.Document, actual.Document);
            Assert.True(actual.GradientNorm > 0);
            Assert.Null(expected.GradientNorm);
        }

        double[] wanted = new double[entry.Description.ParameterCount], got = new double[wanted.Length];
        large.Model.CopyParametersTo(wanted);
        parts.Model.CopyParametersTo(got);
        Assert.Equal(wanted, got, (a, b) => Math.Abs(a - b) <= 1e-12);
    }

    [Fact]
    public void AccumulationGoesThroughTheStoredGradient()
    {
        CommandLine run = CommandLine.Run("--steps", "2", "--samples", "0", "--batch", "2", "--accumulate", "3");
        Assert.Contains("training        2 steps of 3 batches of 2 documents, learning rate 0.1 falling to 0, seed 42\n", run.Out);
        Assert.Contains("update          SGD\n", run.Out);
    }
}
