using MicroGpt.Runner.Gradients;
using MicroGpt.Runner.Tests.Models;
using Xunit;

namespace MicroGpt.Runner.Tests;

/// <summary>What training drops follows from seed, step and row, and nothing is dropped elsewhere.</summary>
public class DropoutTests
{
    private static readonly int[] s_tokens = [.. Enumerable.Range(0, 32).Select(i => i * 7 % 27)];
    private static readonly int[] s_targets = [.. Enumerable.Range(0, 32).Select(i => i * 5 % 27)];

    private static Batch All => new(s_tokens, s_targets, [0, 16, 32]);

    private static ModelEntry Entry(string name) => TestSpecs.CompiledModels.All.Single(entry => entry.Name == name);

    [Theory]
    [InlineData("Dropping", 1e-12)]
    [InlineData("DroppingMeans", 1e-12)]
    [InlineData("DroppingSingle", 1e-5)]
    public void ATrainingStepDropsWhatTheEagerModelDrops(string name, double tolerance)
    {
        using ICompiledModel model = Loaded(name);
        EagerModel eager = Entry(name).CreateEager()!;
        double[] gradient = new double[model.Description.ParameterCount];
        ((IModelDropout)model).Dropout = new DropoutDraw(99, 7);
        for (int step = 7; step < 10; step++)
        {
            eager.LoadParameters(Parameters(model));
            double expected = eager.Gradient(All, gradient, new DropoutDraw(99, step)), without = eager.Loss(All);
            Assert.NotEqual(expected, without, 1e-3);
            Assert.Equal(without, model.Loss(All), tolerance);
            Assert.Equal(without, model.Gradient(All, gradient), tolerance);
            Assert.Equal(new DropoutDraw(99, step), ((IModelDropout)model).Dropout);
            Assert.Equal(expected, model.TrainStep(All, 0.01), tolerance);
        }
    }

    [Fact]
    public void BatchesOfOneStepGoOnWhereTheRowsOfTheLastEnded()
    {
        using ICompiledModel whole = Loaded("Dropping"), parts = Loaded("Dropping");
        using GradientOptimizer one = new(UpdateRule.Sgd), two = new(UpdateRule.Sgd);
        for (int step = 0; step < 2; step++)
        {
            whole.TrainStep(All, 0.1, one);
            two.Accumulate(16, isLast: false);
            parts.TrainStep(new Batch(s_tokens.AsSpan(0, 16), s_targets.AsSpan(0, 16), [0, 16]), 0.1, two);
            Assert.Equal(new DropoutDraw(0, step, 16), ((IModelDropout)parts).Dropout);
            two.Accumulate(16, isLast: true);
            parts.TrainStep(new Batch(s_tokens.AsSpan(16), s_targets.AsSpan(16), [0, 16]), 0.1, two);
            Assert.Equal(new DropoutDraw(0, step + 1), ((IModelDropout)parts).Dropout);
        }

        double[] expected = Parameters(whole), actual = Parameters(parts);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-14));
        whole.LoadParameters(expected);
        Assert.Equal(new DropoutDraw(0, 0), ((IModelDropout)whole).Dropout);
    }

    [Fact]
    public void ThreadsChangeNothing()
    {
        using ICompiledModel one = Loaded("Dropping"), three = Loaded("Dropping");
        three.Threads = 3;
        for (int step = 0; step < 3; step++)
        {
            Assert.Equal(one.TrainStep(All, 0.1), three.TrainStep(All, 0.1));
        }

        Assert.Equal(Parameters(one), Parameters(three));
    }

    [Fact]
    public void AStepAllocatesNothing()
    {
        using ICompiledModel model = Loaded("Dropping");
        Batch batch = All;
        model.TrainStep(batch, 0.1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int step = 0; step < 10; step++)
        {
            model.TrainStep(batch, 0.1);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    /// <summary>And would notice other draws.</summary>
    [Theory]
    [InlineData("Dropping")]
    [InlineData("DroppingMeans")]
    public void TheComparisonWithTheTextDrawsToo(string name)
    {
        ModelEntry entry = Entry(name);
        using ICompiledModel model = entry.Create(EagerCheck.RowCapacity(entry.Description));
        EagerCheckResult result = EagerCheck.Run(model, entry.CreateEager()!, seed: 3, batches: 2);
        Assert.InRange(result.Error, 0, 1e-12);
        EagerCheckResult wrong = EagerCheck.Run(new OtherDraws(model), entry.CreateEager()!, seed: 3, batches: 2);
        Assert.InRange(wrong.Error, 1e-2, double.PositiveInfinity);
    }

    private static ICompiledModel Loaded(string name)
    {
        ICompiledModel model = Entry(name).Create(32);
        var random = new Random(5);
        model.LoadParameters([.. Enumerable.Range(0, model.Description.ParameterCount).Select(_ => random.NextDouble() - 0.5)]);
        return model;
    }

    private static double[] Parameters(ICompiledModel model)
    {
        double[] parameters = new double[model.Description.ParameterCount];
        model.CopyParametersTo(parameters);
        return parameters;
    }
}
