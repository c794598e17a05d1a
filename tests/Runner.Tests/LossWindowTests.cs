using MicroGpt.Runner.Training;
using Xunit;

namespace MicroGpt.Runner.Tests;

public class LossWindowTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(257)]
    public void ARestoredWindowGoesOnToTheLastBit(int steps)
    {
        var random = new Random(steps);
        var window = new LossWindow();
        for (int step = 0; step < steps; step++)
        {
            window.Add(random.NextDouble());
        }

        var restored = new LossWindow();
        restored.Restore(window.Save());
        for (int step = 0; step < 150; step++)
        {
            Assert.Equal((window.Total, window.Count, window.Last, window.FirstMean, window.Mean()), (
                restored.Total, restored.Count, restored.Last, restored.FirstMean, restored.Mean()));
            double loss = random.NextDouble();
            window.Add(loss);
            restored.Add(loss);
        }
    }

    [Fact]
    public void TheFirstAndTheLastHundredAreKept()
    {
        var window = new LossWindow();
        Assert.Equal(double.NaN, window.Mean());
        Assert.Equal(double.NaN, window.FirstMean);
        for (int step = 1; step <= 250; step++)
        {
            window.Add(step);
        }

        Assert.Equal(50.5, window.FirstMean);
        Assert.Equal(200.5, window.Mean());
        Assert.Equal(250, window.Last);
        Assert.Equal(Enumerable.Range(151, 100).Select(step => (double)step), window.Save().Last);
    }

    [Fact]
    public void AStateThatCannotBeIsRefused()
    {
        Assert.Throws<ArgumentException>(() => new LossWindow().Restore(new LossWindowState(3, 1.0, [1.0])));
        Assert.Throws<ArgumentException>(() => new LossWindow().Restore(new LossWindowState(-1, 1.0, [])));
    }
}
