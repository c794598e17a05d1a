using MicroGpt.Runner.Report;
using Xunit;

namespace MicroGpt.Runner.Tests.Report;

public class BaselinesTests
{
    [Fact]
    public void CountsWhatIsToBePredicted()
    {
        // Tokens a = 0, b = 1, BOS = 2. To predict: a b BOS, a BOS: a twice, b once, BOS twice.
        var baselines = Baselines.Of([[2, 0, 1, 2], [2, 0, 2]], vocabSize: 3);

        Assert.Equal(Math.Log(3), baselines.Uniform, 1e-15);
        Assert.Equal(-(0.4 * Math.Log(0.4) + 0.2 * Math.Log(0.2) + 0.4 * Math.Log(0.4)), baselines.Unigram, 1e-15);
        // After BOS always a, after b always BOS; after a, in two of five places, b or BOS.
        Assert.Equal(0.4 * Math.Log(2), baselines.Bigram, 1e-15);
        Assert.Equal(["uniform", "unigram", "bigram"], baselines.Lines.Select(line => line.Name));
    }

    [Fact]
    public void EvenlyUsedTokensAreNoBetterThanUniform()
    {
        // Each of the four pairs of two tokens once.
        var baselines = Baselines.Of([[0, 0, 1, 1, 0]], vocabSize: 2);
        Assert.Equal(Math.Log(2), baselines.Unigram, 1e-15);
        Assert.Equal(Math.Log(2), baselines.Bigram, 1e-15);
    }

    [Fact]
    public void NothingToPredictIsAnError() => Assert.Throws<ArgumentException>(() => Baselines.Of([[2]], 3));

    [Fact]
    public void ANextTokenKnowsItsRank()
    {
        var next = NextToken.Of([0.1, 0.4, 0.1, 0.25, 0.05, 0.04, 0.03, 0.03], 2, token => $"t{token}");

        Assert.Equal("t2", next.Actual);
        Assert.Equal(0.1, next.Probability);
        Assert.Equal(4, next.Rank); // t0 is as probable and comes first
        Assert.Equal(["t1", "t3", "t0", "t2", "t4", "t5"], next.Top.Select(t => t.Token));
        Assert.Throws<ArgumentOutOfRangeException>(() => NextToken.Of([1.0], 1, _ => ""));
    }
}
