namespace MicroGpt.Core.Tests.Language;

/// <summary>The values of functions against their formulas, written out on arrays.</summary>
public class ValueTests
{
    private const int Channels = 6;
    private static readonly Packed s_documents = Packed.Random(new Random(7), Probe.Vocabulary, 3, 1, 8);
    private static readonly double[] s_parameters = Probe.Parameters(new Random(8), Channels, Channels);
    private static readonly int[] s_positions = [0, 1, 2, 0, 0, 1, 2, 3, 4, 5, 6, 7];

    private static double[][] Values(Func<Probe, Tokens, Tensor[]> function) => Probe.Values(Channels, s_documents, s_parameters, function);

    private static void Close(IEnumerable<double> expected, double[] actual)
    {
        double[] all = [.. expected];
        Assert.Equal(all.Length, actual.Length);
        for (int i = 0; i < all.Length; i++)
        {
            bool close = Math.Abs(all[i] - actual[i]) <= 1e-14 * Math.Max(1, Math.Abs(all[i]));
            Assert.True(close, $"element {i}: {actual[i]:R}, expected {all[i]:R}");
        }
    }

    private static IEnumerable<double[]> Groups(double[] values, int size) => values.Chunk(size);

    [Fact]
    public void Elementwise_functions()
    {
        double[][] v = Values((p, t) =>
        [
            p.A[t], Exp(p.A[t]), Tanh(p.A[t]), Sigmoid(p.A[t]), Relu(p.A[t]), Silu(p.A[t]), Gelu(p.A[t]), GeluTanh(p.A[t]),
            Clamp(p.A[t], -0.2, 0.3), Abs(p.A[t]), Sqrt(Abs(p.A[t])), Rsqrt(Abs(p.A[t])), Log(Abs(p.A[t])), -p.A[t],
        ]);
        double[] x = v[0];
        Close(x.Select(Math.Exp), v[1]);
        Close(x.Select(Math.Tanh), v[2]);
        Close(x.Select(a => 1 / (1 + Math.Exp(-a))), v[3]);
        Close(x.Select(a => Math.Max(0, a)), v[4]);
        Close(x.Select(a => a / (1 + Math.Exp(-a))), v[5]);
        Close(x.Select(a => 0.5 * a * (1 + Numerics.ScalarFunctions.Erf(a / Math.Sqrt(2)))), v[6]);
        Close(x.Select(a => 0.5 * a * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (a + (0.044715 * a * a * a))))), v[7]);
        Close(x.Select(a => Math.Clamp(a, -0.2, 0.3)), v[8]);
        Close(x.Select(Math.Abs), v[9]);
        Close(x.Select(a => Math.Sqrt(Math.Abs(a))), v[10]);
        Close(x.Select(a => 1 / Math.Sqrt(Math.Abs(a))), v[11]);
        Close(x.Select(a => Math.Log(Math.Abs(a))), v[12]);
        Close(x.Select(a => -a), v[13]);
    }

    [Fact]
    public void What_lacks_channels_repeats()
    {
        double[][] v = Values((p, t) =>
        [
            p.A[t], p.B[t], p.Gain, p.A[t] / p.B[t], p.A[t] - p.Gain, 2 - p.A[t], p.A[t].Heads(3) * p.Gain[..2],
            p.A[t].Heads(2) + Sum(p.B[t].Heads(2)),
        ]);
        double[] a = v[0], b = v[1], gain = v[2];
        Close(a.Select((x, i) => x / b[i]), v[3]);
        Close(a.Select((x, i) => x - gain[i % 6]), v[4]);
        Close(a.Select(x => 2 - x), v[5]);
        Close(a.Select((x, i) => x * gain[i % 2]), v[6]);
        Close(a.Select((x, i) => x + b[(i / 3 * 3)..((i / 3 * 3) + 3)].Sum()), v[7]);
    }

    [Fact]
    public void Norms_and_softmax_work_within_groups()
    {
        double[][] v = Values((p, t) =>
            [p.A[t], Softmax(p.A[t].Heads(2)), RmsNorm(p.A[t].Heads(2)), LayerNorm(p.A[t], p.Gain, p.Bias), p.Gain, p.Bias]);
        double[] x = v[0];
        Close(Groups(x, 3).SelectMany(g => g.Select(a => Math.Exp(a) / g.Sum(Math.Exp))), v[1]);
        Close(Groups(x, 3).SelectMany(g => g.Select(a => a / Math.Sqrt(g.Average(c => c * c) + 1e-5))), v[2]);
        Close(
            Groups(x, 6).SelectMany(g =>
            {
                double mean = g.Average(), variance = g.Average(c => (c - mean) * (c - mean));
                return g.Select((a, i) => ((a - mean) / Math.Sqrt(variance + 1e-5) * v[4][i]) + v[5][i]);
            }),
            v[3]);
    }

    [Fact]
    public void Softmax_has_no_overflow()
    {
        double[] y = Values((p, t) => [Softmax(1e5 * p.A[t])])[0];
        Assert.All(Groups(y, Channels), row => Assert.Equal(1.0, row.Sum(), 12));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rope_turns_pairs(bool interleaved)
    {
        double[][] v = Values((p, t) => [p.A[t], Rope(p.A[t], t, 1, theta: 100, interleaved: interleaved)]);
        for (int t = 0; t < s_positions.Length; t++)
        {
            for (int i = 0; i < 3; i++)
            {
                double angle = s_positions[t] / Math.Pow(100, i / 3.0);
                int first = (t * 6) + (interleaved ? 2 * i : i), second = first + (interleaved ? 1 : 3);
                (double sin, double cos) = Math.SinCos(angle);
                Assert.Equal((v[0][first] * cos) - (v[0][second] * sin), v[1][first], 13);
                Assert.Equal((v[0][first] * sin) + (v[0][second] * cos), v[1][second], 13);
            }
        }
    }

    [Theory]
    [InlineData(3, 3, null, null, null)]
    [InlineData(3, 1, 0.7, null, null)]
    [InlineData(1, 1, null, 2, null)]
    [InlineData(3, 3, null, 3, 0.5)]
    public void Attention_is_its_formula(int heads, int keyHeads, double? scale, int? window, double? softcap)
    {
        int d = Channels / heads;
        double[][] v = Values((p, t) =>
        [
            p.A[t], p.B[t][..(keyHeads * d)], p.C[t.Positions][..(keyHeads * d)],
            Attention(p.A[t], p.B[t][..(keyHeads * d)], p.C[t.Positions][..(keyHeads * d)], t, heads, keyHeads, scale, window, softcap),
        ]);
        for (int t = 0; t < s_positions.Length; t++)
        {
            for (int h = 0; h < heads; h++)
            {
                int keyHead = h / (heads / keyHeads);
                int[] seen = [.. Enumerable.Range(t - s_positions[t], s_positions[t] + 1).Where(s => window is null || t - s < window)];
                double[] weights = [.. seen.Select(s =>
                {
                    double product = Enumerable.Range(0, d).Sum(i =>
                        v[0][(t * Channels) + (h * d) + i] * v[1][(((s * keyHeads) + keyHead) * d) + i]);
                    double score = product * (scale ?? 1 / Math.Sqrt(d));
                    return Math.Exp(softcap is double cap ? cap * Math.Tanh(score / cap) : score);
                })];
                for (int i = 0; i < d; i++)
                {
                    double expected = seen.Select((s, n) => weights[n] / weights.Sum() * v[2][(((s * keyHeads) + keyHead) * d) + i]).Sum();
                    Assert.Equal(expected, v[3][(t * Channels) + (h * d) + i], 13);
                }
            }
        }
    }

    [Fact]
    public void Slices_and_concatenation_work_within_groups()
    {
        double[][] v = Values((p, t) =>
        [
            p.A[t], p.A[t].Heads(2)[1..], Concat(p.A[t].Heads(2)[..1], p.A[t].Heads(2)[1..]), Concat(p.Gain[..1], p.A[t][^1..]), p.Gain,
        ]);
        Close(Groups(v[0], 3).SelectMany(g => g[1..]), v[1]);
        Close(v[0], v[2]);
        Close(Groups(v[0], 6).SelectMany(g => new[] { v[4][0], g[^1] }), v[3]);
    }
}
