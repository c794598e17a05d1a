using System.Globalization;
using MicroGpt.Runner.Report;
using Xunit;

namespace MicroGpt.Browser.Tests;

/// <summary>Each operation of the playground against its formula, on values at a glance.</summary>
[Collection(BrowserCollection.Name)]
public sealed class OperationTests(Chromium chromium)
{
    private static readonly double[] X = [-2.5, -0.75, 0, 0.5, 1.25, 3];
    private static readonly double[] Y = [0.5, -2, 4, 0.5, -1, 3];
    private static readonly double[] Positive = [0.1, 0.5, 1, 2, 3.5, 9];

    /// <summary>Elementwise operations: inputs and result.</summary>
    private static readonly (string Op, double[][] Inputs, Func<double[], double> Result)[] Elementwise =
    [
        ("Add", [X, Y], x => x[0] + x[1]),
        ("Add", [X, [0.25]], x => x[0] + x[1]), // one number for all
        ("Subtract", [X, Y], x => x[0] - x[1]),
        ("Multiply", [X, Y], x => x[0] * x[1]),
        ("Divide", [X, Y], x => x[0] / x[1]),
        ("Divide", [[1.5], Y], x => x[0] / x[1]),
        ("Negate", [X], x => -x[0]),
        ("Exp", [X], x => Math.Exp(x[0])),
        ("Log", [Positive], x => Math.Log(x[0])),
        ("Sqrt", [Positive], x => Math.Sqrt(x[0])),
        ("Rsqrt", [Positive], x => 1 / Math.Sqrt(x[0])),
        ("Square", [X], x => x[0] * x[0]),
        ("Abs", [X], x => Math.Abs(x[0])),
        ("Tanh", [X], x => Math.Tanh(x[0])),
        ("Sigmoid", [X], x => 1 / (1 + Math.Exp(-x[0]))),
        ("Relu", [X], x => Math.Max(x[0], 0)),
        ("Max", [X, Y], x => Math.Max(x[0], x[1])),
        ("Min", [X, Y], x => Math.Min(x[0], x[1])),
        ("Clamp", [X, [-1], [2]], x => Math.Clamp(x[0], x[1], x[2])),
        ("Scale", [X, [0.3]], x => x[0] * x[1]),
        ("Sign", [X], x => Math.Sign(x[0])),
        ("Gate", [X, Y], x => x[1] > 0 ? x[0] : 0),
        ("Exceeds", [X, Y], x => x[0] > x[1] ? 1 : x[0] == x[1] ? 0.5 : 0),
        ("EqualTo", [X, Y], x => x[0] == x[1] ? 1 : 0),
        ("Within", [X, [-1], [1.25]], x => x[1] <= x[0] && x[0] <= x[2] ? 1 : 0),
    ];

    /// <summary>The others: the axes (groups, size) and values of the inputs, attributes, axis and result by hand.</summary>
    private static readonly Case[] Others =
    [
        // erf from tables (Abramowitz and Stegun, 1964, table 7.1, and oddness).
        new("Erf", [new(1, 4, [0.5, 1, -2, 7])], new(1, 4, [0.520499877813, 0.842700792950, -0.995322265019, 1])),
        new("Sum", [new(2, 3, X)], new(2, 1, [-3.25, 4.75])),
        new("Largest", [new(2, 3, X)], new(2, 1, [0, 3])),
        new("RepeatChannels", [new(2, 1, [7, 8])], new(2, 3, [7, 7, 7, 8, 8, 8])),
        new("RepeatGroups", [new(1, 2, [7, 8])], new(3, 2, [7, 8, 7, 8, 7, 8])),
        new("SumGroups", [new(3, 2, X)], new(1, 2, [-1.25, 2.75])),
        new("RepeatRows", [new(1, 6, X)], new(1, 6, X)),
        new("Regroup", [new(1, 6, X)], new(3, 2, X)),
        new("Detach", [new(1, 6, X)], new(1, 6, X)),
        new("Dropout", [new(1, 6, X)], new(1, 6, X)),
        new("Slice", [new(2, 3, X)], new(2, 2, [-0.75, 0, 1.25, 3])) { Attributes = new() { ["from"] = "1", ["to"] = "3" } },
        new("Pad", [new(2, 1, [7, 8])], new(2, 3, [0, 7, 0, 0, 8, 0])) { Attributes = new() { ["before"] = "1", ["after"] = "1" } },
        new("Concat", [new(2, 1, [1, 2]), new(2, 2, [3, 4, 5, 6])], new(2, 3, [1, 3, 4, 2, 5, 6])),
        new("Embed", [new(1, 2, [1, 2, 3, 4, 5, 6]), new(1, 1, [2])], new(1, 2, [5, 6])),
        new("Linear", [new(1, 2, [3, 4]), new(1, 2, [1, 2, 5, 6, -1, 0])], new(1, 3, [11, 39, -3])),
        new("Linear", [new(1, 2, [3, 4]), new(1, 2, [1, 2, 5, 6]), new(1, 2, [100, 200])], new(1, 2, [111, 239])),
        // A quarter turn of the first pair; the second turns by π/2 · 100^(-1/2).
        new("Rope", [new(1, 4, [1, 2, 3, 4]), new(1, 1, [Math.PI / 2])], new(1, 4, [-3, Turned(2, 4).First, 1, Turned(2, 4).Second]))
        {
            Attributes = new() { ["theta"] = "100", ["pairs"] = "halves" },
        },
        new("Rope", [new(1, 4, [1, 2, 3, 4]), new(1, 1, [Math.PI / 2])], new(1, 4, [-2, 1, Turned(3, 4).First, Turned(3, 4).Second]))
        {
            Attributes = new() { ["theta"] = "100", ["pairs"] = "interleaved" },
        },
    ];

    [SkippableFact]
    public async Task EachComputesItsFormula()
    {
        await using var report = await OpenReport.OpenAsync(chromium, new ReportData("Operations"));
        IEnumerable<Case> cases = Elementwise.Select(test => new Case(
            test.Op,
            [.. test.Inputs.Select(x => new Value(1, x.Length, x))],
            new Value(1, X.Length, [.. Enumerable.Range(0, X.Length)
                .Select(i => test.Result([.. test.Inputs.Select(x => x[x.Length == 1 ? 0 : i])]))])));
        foreach (Case test in cases.Concat(Others))
        {
            double[] actual = await report.Page.EvaluateAsync<double[]>(
                """
                ({ op, inputs, result, attributes }) => {
                  const node = ({ groups, size }) => ({ groups, size, number: (name, otherwise) => (name in attributes ? Number(attributes[name]) : otherwise), text: (name) => attributes[name] });
                  const out = new Float64Array(result.groups * result.size);
                  report.operations[op]({ out, inputs: inputs.map((input) => Float64Array.from(input.values)), node: node(result), sources: inputs.map(node), memory: {}, position: 0 });
                  return Array.from(out);
                }
                """,
                new
                {
                    op = test.Op,
                    inputs = test.Inputs.Select(x => new { groups = x.Groups, size = x.Size, values = x.Values }),
                    result = new { groups = test.Result.Groups, size = test.Result.Size },
                    attributes = test.Attributes,
                });
            Assert.Equal(test.Result.Values.Length, actual.Length);
            for (int i = 0; i < actual.Length; i++)
            {
                Assert.True(Math.Abs(test.Result.Values[i] - actual[i]) < 1e-11, string.Create(
                    CultureInfo.InvariantCulture, $"{test.Op}[{i}] is {actual[i]}, not {test.Result.Values[i]}"));
            }
        }

        // Attention has tests of its own: it remembers.
        string[] known = await report.Page.EvaluateAsync<string[]>("() => Object.keys(report.operations)");
        Assert.Empty(known.Except(Elementwise.Select(test => test.Op)).Except(Others.Select(test => test.Op)).Except(["Attention"]));
    }

    /// <summary>Four query heads over two key heads, with values wider than keys, against the definition.</summary>
    [SkippableTheory]
    [InlineData(null, null, null)]
    [InlineData(0.75, null, null)]
    [InlineData(null, 2, null)]
    [InlineData(null, null, 1.5)]
    [InlineData(0.3, 3, 0.8)]
    public async Task AttentionSeesWhatWasBefore(double? scale, int? window, double? softcap)
    {
        const int heads = 4, keyHeads = 2, size = 2, width = 3, positions = 6;
        var random = new Random(3);
        double[][] Draw(int channels) => [.. Enumerable.Range(0, positions)
            .Select(_ => Enumerable.Range(0, channels).Select(_ => (4 * random.NextDouble()) - 2).ToArray())];
        double[][] q = Draw(heads * size), k = Draw(keyHeads * size), v = Draw(keyHeads * width);
        Dictionary<string, string> attributes = new() { ["heads"] = "4", ["key heads"] = "2" };
        foreach ((string name, double? value) in new[] { ("scale", scale), ("window", window), ("softcap", softcap) })
        {
            if (value is double given)
            {
                attributes[name] = given.ToString("R", CultureInfo.InvariantCulture);
            }
        }

        await using var report = await OpenReport.OpenAsync(chromium, new ReportData("Attention"));
        double[][] actual = await report.Page.EvaluateAsync<double[][]>(
            """
            ({ q, k, v, attributes, channels }) => {
              const node = { number: (name, otherwise) => (name in attributes ? Number(attributes[name]) : otherwise) }, memory = {};
              return q.map((_, position) => {
                const out = new Float64Array(channels);
                report.operations.Attention({ out, inputs: [q[position], k[position], v[position]].map((x) => Float64Array.from(x)), node, memory, position });
                return Array.from(out);
              });
            }
            """,
            new { q, k, v, attributes, channels = heads * width });

        for (int t = 0; t < positions; t++)
        {
            for (int head = 0; head < heads; head++)
            {
                int keyHead = head / (heads / keyHeads);
                int first = Math.Max(0, t + 1 - (window ?? positions));
                double[] scores = [.. Enumerable.Range(first, t + 1 - first).Select(s =>
                {
                    double score = Enumerable.Range(0, size)
                        .Sum(i => q[t][(head * size) + i] * k[s][(keyHead * size) + i]) * (scale ?? 1 / Math.Sqrt(size));
                    return softcap is double cap ? cap * Math.Tanh(score / cap) : score;
                })];
                double sum = scores.Sum(Math.Exp);
                for (int i = 0; i < width; i++)
                {
                    Assert.Equal(
                        scores.Select((score, s) => Math.Exp(score) / sum * v[first + s][(keyHead * width) + i]).Sum(),
                        actual[t][(head * width) + i], 1e-12);
                }
            }
        }
    }

    private static (double First, double Second) Turned(double a, double b)
    {
        double angle = Math.PI / 2 * Math.Pow(100, -0.5);
        return ((a * Math.Cos(angle)) - (b * Math.Sin(angle)), (a * Math.Sin(angle)) + (b * Math.Cos(angle)));
    }

    private sealed record Value(int Groups, int Size, double[] Values);

    private sealed record Case(string Op, Value[] Inputs, Value Result)
    {
        public Dictionary<string, string> Attributes { get; init; } = [];
    }
}
