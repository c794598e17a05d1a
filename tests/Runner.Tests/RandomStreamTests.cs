using MicroGpt.Runner.Randomness;
using Xunit;

namespace MicroGpt.Runner.Tests;

/// <summary>The figures are CPython's own: <c>random.seed(n)</c> and the call named by the test.</summary>
public class RandomStreamTests
{
    [Fact]
    public void RandomOfSeed42()
    {
        var random = new RandomStream(42);
        Assert.Equal(0.6394267984578837, random.NextDouble());
        Assert.Equal(0.025010755222666936, random.NextDouble());
        Assert.Equal(0.27502931836911926, random.NextDouble());
    }

    [Fact]
    public void GetRandBits()
    {
        var random = new RandomStream(42);
        Assert.Equal(2746317213u, random.NextBits(32));
        Assert.Equal(478163327u, random.NextBits(32));
        Assert.Equal(20952u, new RandomStream(42).NextBits(15));
    }

    [Fact]
    public void TheStateIsRenewedAfter624Draws()
    {
        var random = new RandomStream(42);
        for (int i = 0; i < 999; i++)
        {
            random.NextDouble();
        }

        Assert.Equal(0.8554501933059546, random.NextDouble());
    }

    [Fact]
    public void Shuffle()
    {
        int[] items = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        new RandomStream(42).Shuffle(items.AsSpan());
        Assert.Equal([7, 3, 2, 8, 5, 6, 9, 4, 0, 1], items);
    }

    [Fact]
    public void GaussReturnsThePartnerOnEverySecondCall()
    {
        // The library's cosine and logarithm may differ from Python's in the last place.
        var random = new RandomStream(42);
        Assert.Equal(-0.011527226366234268, random.NextGauss(0, 0.08), 1e-16);
        Assert.Equal(-0.013832288026521545, random.NextGauss(0, 0.08), 1e-16);
        Assert.Equal(-0.008905268925412997, random.NextGauss(0, 0.08), 1e-16);
    }

    [Fact]
    public void Choices()
    {
        double[] cumulative = new double[27];
        double sum = 0;
        for (int i = 0; i < cumulative.Length; i++)
        {
            cumulative[i] = sum += i + 1;
        }

        var random = new RandomStream(42);
        int[] drawn = Enumerable.Range(0, 10).Select(_ => random.NextChoice(cumulative)).ToArray();
        Assert.Equal([21, 3, 13, 12, 23, 22, 25, 7, 17, 4], drawn);
    }

    [Theory]
    [InlineData(0L, 0.8444218515250481)]
    [InlineData(1L, 0.13436424411240122)]
    [InlineData(-42L, 0.6394267984578837)]
    [InlineData(4294967295L, 0.6353574441341173)]
    [InlineData(4294967296L, 0.11299430095636409)]
    [InlineData(1099511627781L, 0.5043802970418443)]
    [InlineData(long.MinValue, 0.5534639983914199)]
    [InlineData(long.MaxValue, 0.3166448820870279)]
    public void Seeds(long seed, double first) => Assert.Equal(first, new RandomStream(seed).NextDouble());

    [Fact]
    public void ChoicesNeverPickAnImpossibleItem()
    {
        var random = new RandomStream(7);
        double[] cumulative = [0.0, 1.0, 1.0];
        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal(1, random.NextChoice(cumulative));
        }

        Assert.Throws<ArgumentException>(() => random.NextChoice([]));
        Assert.Throws<ArgumentException>(() => random.NextChoice([0.0, 0.0]));
        Assert.Throws<ArgumentException>(() => random.NextChoice([double.NaN]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void ASavedStreamGoesOnWhereItWas(int drawn)
    {
        var random = new RandomStream(42);
        for (int i = 0; i < drawn; i++)
        {
            random.NextGauss(0, 1);
        }

        var restored = new RandomStream(7);
        restored.Restore(random.Save());
        Assert.Equal(random.NextGauss(0, 1), restored.NextGauss(0, 1));
        Assert.Equal(random.NextGauss(0, 1), restored.NextGauss(0, 1));
    }
}
