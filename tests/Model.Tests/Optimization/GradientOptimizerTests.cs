using MicroGpt.Model.Tests.Numerics;
using MicroGpt.Reference;
using Xunit;

namespace MicroGpt.Model.Tests.Optimization;

public unsafe class GradientOptimizerTests
{
    private const double LearningRate = 0.05;

    private static readonly UpdateRule[] Rules =
    [
        UpdateRule.Sgd,
        UpdateRule.Momentum,
        UpdateRule.Momentum with { MomentumFactor = 0 },
        UpdateRule.Adam,
        UpdateRule.Adam with { Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-3 },
        UpdateRule.AdamW,
        UpdateRule.AdamW with { WeightDecay = 0.5, ClipNorm = 0.5 },
        UpdateRule.Sgd with { ClipNorm = 1.0 },
    ];

    public static TheoryData<int, int> WidthsAndRules
    {
        get
        {
            var data = new TheoryData<int, int>();
            foreach (int bits in new[] { 128, 256, 512 })
            {
                for (int rule = 0; rule < Rules.Length; rule++)
                {
                    data.Add(bits, rule);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(WidthsAndRules))]
    public void EveryRuleIsThatOfItsPaper(int bits, int ruleIndex)
    {
        UpdateRule rule = Rules[ruleIndex];
        var random = new Random(ruleIndex);
        foreach (int count in new[] { 0, 1, 7, 8, 16, 31, 32, 100, 1000 + random.Next(64) })
        {
            var scalar = new ScalarRule(rule, count);
            using var inDouble = new GradientOptimizer(rule, bits);
            using var inSingle = new GradientOptimizer(rule, bits);
            double[] expected = Normal(random, count, 0.08);
            double[] doubles = [.. expected];
            float[] singles = [.. expected.Select(w => (float)w)];
            for (int step = 0; step < 8; step++)
            {
                double rate = LearningRate * (1 - (step / 8.0));
                double[] gradient = Normal(random, count, step % 3 == 0 ? 0.001 : 0.3);
                scalar.Update(expected, gradient, rate);
                Update(inDouble, doubles, gradient, rate);
                Update(inSingle, singles, [.. gradient.Select(g => (float)g)], rate);
            }

            for (int i = 0; i < count; i++)
            {
                Assert.Equal(expected[i], doubles[i], 1e-13);
                Assert.Equal(expected[i], singles[i], 3e-6);
            }
        }
    }

    [Fact]
    public void TheVectorWidthDoesNotChangeABit()
    {
        for (int rule = 0; rule < Rules.Length; rule++)
        {
            UpdateRule clipped = Rules[rule] with { ClipNorm = 0.7 };
            float[] expectedSingle = Run<float>(clipped, 128);
            double[] expectedDouble = Run<double>(clipped, 128);
            foreach (int bits in new[] { 256, 512 })
            {
                Assert.Equal(expectedSingle, Run<float>(clipped, bits));
                Assert.Equal(expectedDouble, Run<double>(clipped, bits));
            }
        }

        static T[] Run<T>(UpdateRule rule, int bits)
            where T : unmanaged, System.Numerics.INumber<T>
        {
            const int Count = 4099;
            var random = new Random(5);
            T[] weights = [.. Normal(random, Count, 0.08).Select(T.CreateTruncating)];
            using var optimizer = new GradientOptimizer(rule, bits);
            for (int step = 0; step < 5; step++)
            {
                Update(optimizer, weights, [.. Normal(random, Count, 0.1).Select(T.CreateTruncating)], LearningRate);
            }

            return weights;
        }
    }

    [Theory]
    [MemberData(nameof(Widths.All), MemberType = typeof(Widths))]
    public void TheNormIsThatOfAllElements(int bits)
    {
        var random = new Random(bits);
        foreach (int count in new[] { 1, 15, 31, 32, 33, 64, 2047, 2048, 2080, 5000 })
        {
            double[] gradient = Normal(random, count, 2.0);
            using var optimizer = new GradientOptimizer(UpdateRule.Sgd with { ClipNorm = 1e9 }, bits);
            Update(optimizer, new double[count], gradient, 0.0);
            double expected = Math.Sqrt(gradient.Sum(g => g * g));
            Assert.Equal(expected, optimizer.GradientNorm, expected * 1e-14);

            optimizer.Reset();
            float[] single = [.. gradient.Select(g => (float)g)];
            Update(optimizer, new float[count], single, 0.0);
            expected = Math.Sqrt(single.Sum(g => (double)g * g));
            Assert.Equal(expected, optimizer.GradientNorm, expected * 1e-14);
        }
    }

    [Theory]
    [MemberData(nameof(Widths.All), MemberType = typeof(Widths))]
    public void AGradientIsClippedOnlyAboveTheNorm(int bits)
    {
        float[] gradient = [3, 0, 0, 4];
        Assert.Equal([-3f, 0, 0, -4], Clipped(5.0));
        Assert.Equal([-3f, 0, 0, -4], Clipped(5.000001));
        Assert.Equal([-1.5f, 0, 0, -2], Clipped(2.5));
        Assert.Equal([3f, 0, 0, 4], gradient);

        float[] Clipped(double norm)
        {
            using var optimizer = new GradientOptimizer(UpdateRule.Sgd with { ClipNorm = norm }, bits);
            float[] weights = new float[4];
            Update(optimizer, weights, gradient, 1.0);
            Assert.Equal(5.0, optimizer.GradientNorm);
            return weights;
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void ClippingDoesNotHideAGradientThatIsNotFinite(double bad)
    {
        foreach (UpdateRule rule in Rules)
        {
            using var optimizer = new GradientOptimizer(rule with { ClipNorm = 1.0 });
            float[] weights = new float[20];
            float[] gradient = new float[20];
            gradient[3] = (float)bad;
            Update(optimizer, weights, gradient, LearningRate);
            Assert.False(float.IsFinite(weights[3]), $"{rule.Kind}: {weights[3]}");
        }
    }

    [Theory]
    [MemberData(nameof(Widths.All), MemberType = typeof(Widths))]
    public void MomentsThatDecayToSubnormalsBecomeZero(int bits)
    {
        // Seen from outside: from 1.7e-38, heavy ball's 0.5 leads below the smallest normal number, 1.2e-38, at once. A rate of
        // 1e30 would show the subnormal velocity as 8.5e-9.
        using var singles = new GradientOptimizer(UpdateRule.Momentum with { MomentumFactor = 0.5 }, bits);
        float[] single = new float[21];
        Update(singles, single, Filled(21, 1.7e-38f), 0.0);
        Update(singles, single, new float[21], 1e30);
        Assert.All(single, weight => Assert.Equal(0f, weight));

        using var doubles = new GradientOptimizer(UpdateRule.Momentum with { MomentumFactor = 0.5 }, bits);
        double[] wide = new double[21];
        Update(doubles, wide, Filled(21, 3e-308), 0.0);
        Update(doubles, wide, new double[21], 1e300);
        Assert.All(wide, weight => Assert.Equal(0.0, weight));

        // A velocity that is still normal stays.
        using var kept = new GradientOptimizer(UpdateRule.Momentum with { MomentumFactor = 0.5 }, bits);
        Update(kept, single, Filled(21, 4e-38f), 0.0);
        Update(kept, single, new float[21], 1e30);
        Assert.All(single, weight => Assert.Equal(-2e-8f, weight, 1e-12f));
    }

    [Fact]
    public void AdamForgetsAGradientThatNoLongerComes()
    {
        using var optimizer = new GradientOptimizer(UpdateRule.Adam);
        float[] weights = new float[33];
        Update(optimizer, weights, Filled(33, 0.5f), LearningRate);
        for (int step = 0; step < 1000; step++)
        {
            Update(optimizer, weights, new float[33], LearningRate);
        }

        // 0.85^1000 has underflowed: with the mean at zero, the weight does not move by any rate.
        float[] before = [.. weights];
        Update(optimizer, weights, new float[33], 1e30);
        Assert.Equal(before, weights);
    }

    [Fact]
    public void PaddingStaysZero()
    {
        foreach (UpdateRule rule in Rules)
        {
            using var optimizer = new GradientOptimizer(rule);
            float[] weights = new float[48];
            for (int step = 0; step < 3; step++)
            {
                Update(optimizer, weights, new float[48], LearningRate);
            }

            Assert.All(weights, weight => Assert.Equal(0f, weight));
        }
    }

    [Theory]
    [MemberData(nameof(Widths.All), MemberType = typeof(Widths))]
    public void AccumulatedGradientsMoveTheWeightsByTheirWeightedMean(int bits)
    {
        double[] counts = [5, 1, 12];
        foreach (UpdateRule rule in Rules)
        {
            var random = new Random(3);
            double[] once = Normal(random, 77, 0.08), several = [.. once];
            using var whole = new GradientOptimizer(rule, bits) { MeasuresNorm = true };
            using var parts = new GradientOptimizer(rule, bits) { MeasuresNorm = true };
            for (int step = 0; step < 3; step++)
            {
                double[][] gradients = [.. counts.Select(_ => Normal(random, 77, 0.3))];
                Update(whole, once, [.. Enumerable.Range(0, 77)
                    .Select(i => counts.Zip(gradients).Sum(pair => pair.First * pair.Second[i]) / counts.Sum())], LearningRate);
                double[] before = [.. several];
                for (int part = 0; part < counts.Length; part++)
                {
                    Assert.Equal(before, several);
                    Assert.Equal(step, parts.Steps);
                    parts.Accumulate(counts[part], isLast: part == counts.Length - 1);
                    Update(parts, several, gradients[part], LearningRate);
                }

                Assert.Equal(whole.GradientNorm, parts.GradientNorm, 1e-13);
            }

            Assert.Equal(once, several, (a, b) => Math.Abs(a - b) < 1e-13);
            Assert.Equal(3, parts.Steps);
            Assert.Throws<ArgumentOutOfRangeException>(() => parts.Accumulate(0, isLast: true));
        }
    }

    [Fact]
    public void TheNormIsMeasuredWithoutClippingWhereAskedFor()
    {
        using var silent = new GradientOptimizer(UpdateRule.Sgd);
        using var asked = new GradientOptimizer(UpdateRule.Sgd) { MeasuresNorm = true };
        float[] first = [1, 2], second = [1, 2];
        Update(silent, first, [3f, 4f], LearningRate);
        Update(asked, second, [3f, 4f], LearningRate);
        Assert.Equal(double.NaN, silent.GradientNorm);
        Assert.Equal(5.0, asked.GradientNorm);
        Assert.Equal(first, second);
    }

    [Theory]
    [MemberData(nameof(Widths.All), MemberType = typeof(Widths))]
    public void MatricesDecayAndVectorsDoNot(int bits)
    {
        long[] vectors = [3, 20, 40, 40, 45, 61];
        UpdateRule rule = UpdateRule.AdamW with { WeightDecay = 0.5, ClipNorm = 0.5 };
        using var mixed = new GradientOptimizer(rule, bits);
        using var decaying = new GradientOptimizer(rule, bits);
        using var plain = new GradientOptimizer(rule with { WeightDecay = 0 }, bits);
        var random = new Random(9);
        double[] start = Normal(random, 77, 1.0),
            gradient = Normal(random, 77, 1.0), both = [.. start], all = [.. start], none = [.. start];
        Update(decaying, all, gradient, LearningRate);
        Update(plain, none, gradient, LearningRate);
        Step(both, vectors);
        Assert.Equal(Enumerable.Range(0, 77).Select(i => i is (>= 3 and < 20) or (>= 45 and < 61) ? none[i] : all[i]), both);
        Assert.NotEqual(all, both);
        foreach (long[] bad in (long[][])[[5], [5, 4], [-1, 4], [4, 78], [0, 9, 8, 12]])
        {
            Assert.Throws<ArgumentException>(() => Step(both, bad));
        }

        void Step(double[] weights, long[] ranges)
        {
            fixed (double* w = weights)
            fixed (double* g = gradient)
            {
                mixed.Update(w, g, weights.Length, LearningRate, ranges);
            }
        }
    }

    [Fact]
    public void ResetBeginsAnew()
    {
        foreach (UpdateRule rule in Rules)
        {
            using var optimizer = new GradientOptimizer(rule);
            double[] first = ThreeSteps(optimizer, 50);
            Assert.Equal(3, optimizer.Steps);
            optimizer.Reset();
            Assert.Equal(0, optimizer.Steps);
            Assert.Equal(first, ThreeSteps(optimizer, 50));
            optimizer.Reset();
            ThreeSteps(optimizer, 70);
        }

        static double[] ThreeSteps(GradientOptimizer optimizer, int count)
        {
            var random = new Random(1);
            double[] weights = new double[count];
            for (int step = 0; step < 3; step++)
            {
                Update(optimizer, weights, Normal(random, count, 1.0), LearningRate);
            }

            return weights;
        }
    }

    [Fact]
    public void TheStateServesOneModel()
    {
        using var optimizer = new GradientOptimizer(UpdateRule.Adam);
        Update(optimizer, new float[8], new float[8], LearningRate);
        Assert.Throws<InvalidOperationException>(() => Update(optimizer, new float[9], new float[9], LearningRate));
        Assert.Throws<InvalidOperationException>(() => Update(optimizer, new double[8], new double[8], LearningRate));
        Assert.Throws<ArgumentOutOfRangeException>(() => optimizer.Update((float*)null, null, -1, LearningRate));
        Assert.Equal(1, optimizer.Steps);
    }

    [Fact]
    public void AStepAllocatesNothingAfterTheFirst()
    {
        foreach (UpdateRule rule in Rules)
        {
            using var optimizer = new GradientOptimizer(rule);
            float[] weights = new float[100];
            float[] gradient = new float[100];
            Update(optimizer, weights, gradient, LearningRate);
            Assert.Equal(0, Allocations.OfWarm(() =>
            {
                for (int step = 0; step < 100; step++)
                {
                    Update(optimizer, weights, gradient, LearningRate);
                }
            }));
        }
    }

    private static void Update<T>(GradientOptimizer optimizer, T[] weights, T[] gradient, double learningRate)
        where T : unmanaged
    {
        fixed (T* w = weights)
        fixed (T* g = gradient)
        {
            if (typeof(T) == typeof(float))
            {
                optimizer.Update((float*)w, (float*)g, weights.Length, learningRate);
            }
            else
            {
                optimizer.Update((double*)w, (double*)g, weights.Length, learningRate);
            }
        }
    }

    private static double[] Normal(Random random, int count, double std) => RandomData.Parameters(random, count, std);

    private static T[] Filled<T>(int count, T value)
    {
        var array = new T[count];
        Array.Fill(array, value);
        return array;
    }
}
