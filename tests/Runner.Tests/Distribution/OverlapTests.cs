using MicroGpt.Distribution;
using Xunit;

namespace MicroGpt.Runner.Tests.Distribution;

/// <summary>A part of a gradient that is complete is exchanged while the rest is computed.</summary>
public sealed unsafe class OverlapTests
{
    private const int Count = (9 * 1024) + 5;
    private const int Half = 4 * 1024;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void WhatIsCompleteIsExchangedAtOnce()
    {
        float[][] weights = MemoryRanks.Run(2, ranks =>
        {
            var watched = new Watched(ranks);
            return Step(watched, (optimizer, gradient) =>
            {
                // From the end, as a backward pass does.
                new Span<float>(gradient, Half).Clear();
                optimizer.Complete(gradient, Count, Half, Count);
                Assert.True(SpinWait.SpinUntil(() => watched.Ended > 0, s_patience));
                new Span<float>(gradient, Half).Fill(ranks.Rank + 1);
                optimizer.Complete(gradient, Count, 0, Half);
            });
        });
        Assert.All(weights, own => Assert.All(own, weight => Assert.Equal(-(1 + 2) / 2f, weight)));
    }

    [Fact]
    public void APartThatIsMissingIsAnError()
    {
        foreach (int size in (int[])[1, 2])
        {
            InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => MemoryRanks.Run(size, ranks =>
                Step(ranks, (optimizer, gradient) => optimizer.Complete(gradient, Count, Half, Count))));
            Assert.StartsWith("5125 of 9221 elements of the gradient were told to be complete", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void WhatFailsInTheBackgroundIsToldByTheUpdate()
    {
        TimeoutException error = Assert.Throws<TimeoutException>(() => MemoryRanks.Run(2, ranks =>
        {
            var broken = new Watched(ranks) { Failure = new TimeoutException("the network is gone") };
            return Step(broken, (optimizer, gradient) =>
            {
                optimizer.Complete(gradient, Count, Half, Count);
                Assert.True(SpinWait.SpinUntil(() => broken.Asked > 0, s_patience));
                optimizer.Complete(gradient, Count, 0, Half);
            });
        }));
        Assert.Equal("the network is gone", error.Message);
    }

    /// <summary>A step of SGD on weights that are zero; the gradient of the rank's only shard is 1 on rank 0, 2 on rank 1.</summary>
    private static float[] Step(ICommunicator ranks, Backward backward)
    {
        var plan = new ShardPlan(ranks, ranks.Size, ranks.Size) { BucketBytes = 1 };
        using var optimizer = new GradientOptimizer(UpdateRule.Sgd) { Plan = plan };
        using var weights = new Runtime.Arena<float>(Count);
        using var gradient = new Runtime.Arena<float>(Count);
        new Span<float>(gradient.Pointer, Count).Fill(ranks.Rank + 1);
        optimizer.AccumulateShard(ranks.Rank, 1, endsShard: true, total: ranks.Size);
        backward(optimizer, gradient.Pointer);
        optimizer.Update(weights.Pointer, gradient.Pointer, Count, 1);
        return new Span<float>(weights.Pointer, Count).ToArray();
    }

    private delegate void Backward(GradientOptimizer optimizer, float* gradient);

    /// <summary>Ranks that count what ends, and fail on demand.</summary>
    private sealed class Watched(ICommunicator ranks) : ICommunicator
    {
        private volatile int asked;
        private volatile int ended;

        public Exception? Failure { get; init; }

        public int Asked => asked;

        public int Ended => ended;

        public int Rank => ranks.Rank;

        public int Size => ranks.Size;

        public void Begin(ReadOnlySpan<Transfer> sends, ReadOnlySpan<Transfer> receives) => ranks.Begin(sends, receives);

        public bool End(bool waits)
        {
            asked++;
            if (Failure is not null)
            {
                throw Failure;
            }

            bool hasEnded = ranks.End(waits);
            ended += hasEnded ? 1 : 0;
            return hasEnded;
        }

        public void AllGather(void* parts, int bytes) => ranks.AllGather(parts, bytes);
    }
}
