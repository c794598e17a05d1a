namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>A row that attends, in one group of channels.</summary>
/// <param name="Group">The number of the group.</param>
/// <param name="Row">The number of the row.</param>
/// <param name="FirstKey">From the start of a panel of keys to the first that the row sees.</param>
/// <param name="Keys">How many it sees.</param>
/// <param name="Weights">Where its weights are, or will be.</param>
/// <param name="Y">Where its result goes.</param>
internal sealed record AttendingRow(Integer Group, Integer Row, Integer FirstKey, Integer Keys, Address Weights, Address Y);

/// <summary>What attention does with one row: scores, their exponentials, the sum of values that these weigh.</summary>
internal sealed class AttentionRows(VectorSet v, HeadGroup group, AttentionScores scores)
{
    private static readonly Names Inverse = new("inverse");

    /// <summary>The largest score of each head.</summary>
    public static Names Largest { get; } = new("largest");

    /// <summary>Attention of one new row over a cache of keys and values; its weights are not kept.</summary>
    public void Step(Block b, Integer g, Integer position)
    {
        // A ring holds what is seen and nothing else, in whatever order.
        Integer from = scores.Window is null || scores.IsUnlimited ? 0 : b.LetInteger("from", scores.From(0, position));
        var keys = b.LetInteger(
            "keys", scores is { IsUnlimited: true, Window: { } window } ? Integer.Min(position + 1, window) : position - from + 1);
        var y = b.LetAddress("yt", new Pointer("y") + group.RowBase(g));
        var row = new AttendingRow(g, 0, from * v.PanelWidth, keys, new Pointer("weights"), y);
        if (group.IsWide)
        {
            WideStep(b, row);
            return;
        }

        var w = Scores(b, row);
        b.Assign(w, row.Weights);
        Values(b, row, w, keepsWeights: false);
    }

    /// <summary>
    /// The scores of a row, in the place of its weights, and the largest of each head. The pointer goes over the weights.
    /// </summary>
    public Pointer Scores(Block b, AttendingRow row)
    {
        Names q = new("q"), score = new("score");
        var qt = b.LetAddress("qt", new Pointer("q") + group.RowBase(row.Group) + (row.Row * v.PanelWidth));
        for (int i = 0; i < group.Vectors; i++)
        {
            b.Let(q[i], Expr.Load(qt + group.Offset(i)) * Expr.Splat(scores.Factor));
        }

        for (int u = 0; u < group.Units; u++)
        {
            b.Let(Largest[u], Expr.Splat(double.NegativeInfinity));
        }

        var ks = b.LetAddress("ks", new Pointer("k") + group.KeyBase(row.Group) + row.FirstKey);
        var w = b.LetAddress("w", row.Weights);
        b.For(
            "s",
            row.Keys,
            (loop, _) =>
            {
                for (int u = 0; u < group.Units; u++)
                {
                    int unit = u;
                    loop.Together(line =>
                    {
                        line.Let(score[unit], scores.Score(
                            group.SumHead(Expr.Sum([.. group.VectorsOf(unit).Select(i => q[i] * Expr.Load(ks + group.Offset(i)))]))));
                        line.Assign(Largest[unit], Expr.Max(Largest[unit], score[unit]));
                        line.Store(w + group.WeightOffset(unit), score[unit]);
                    });
                }
            },
            new Advance(ks, v.PanelWidth),
            new Advance(w, group.WeightsPerKey));
        return w;
    }

    /// <summary>
    /// The exponentials of a row, from its scores at a pointer, and the sum of values that they weigh, divided by their own sum.
    /// </summary>
    public void Values(Block b, AttendingRow row, Pointer w, bool keepsWeights)
    {
        Names sum = new("sum"), y = new("y"), e = new("e");
        for (int u = 0; u < group.Units; u++)
        {
            b.Let(sum[u], Expr.Zero);
        }

        for (int i = 0; i < group.Vectors; i++)
        {
            b.Let(y[i], Expr.Zero);
        }

        var vs = b.LetAddress("vs", new Pointer("v") + group.KeyBase(row.Group) + row.FirstKey);
        b.For(
            "s",
            row.Keys,
            (loop, _) =>
            {
                for (int u = 0; u < group.Units; u++)
                {
                    int unit = u;
                    loop.Together(line =>
                    {
                        var weight = w + group.WeightOffset(unit);
                        line.Let(e[unit], Expr.Exp(Expr.Load(weight) - Largest[unit]));
                        if (keepsWeights)
                        {
                            line.Store(weight, e[unit]);
                        }

                        line.Assign(sum[unit], sum[unit] + e[unit]);
                    });
                    loop.Together(line =>
                    {
                        foreach (int i in group.VectorsOf(unit))
                        {
                            line.Assign(y[i], Expr.Fma(e[unit], Expr.Load(vs + group.Offset(i)), y[i]));
                        }
                    });
                }
            },
            new Advance(vs, v.PanelWidth),
            new Advance(w, group.WeightsPerKey));

        for (int u = 0; u < group.Units; u++)
        {
            b.Let(Inverse[u], Expr.Splat(1) / sum[u]);
        }

        for (int i = 0; i < group.Vectors; i++)
        {
            b.Store(row.Y + group.Offset(i), y[i] * Inverse[i / group.VectorsPerUnit]);
        }
    }

    /// <summary>Turns the exponentials of a row into its attention weights, which the backward pass reads.</summary>
    public void Normalise(Block b, AttendingRow row, Pointer w)
    {
        b.Assign(w, row.Weights);
        b.For(
            "s",
            row.Keys,
            (loop, _) =>
            {
                for (int u = 0; u < group.Units; u++)
                {
                    var weight = w + group.WeightOffset(u);
                    loop.Store(weight, Expr.Load(weight) * Inverse[u]);
                }
            },
            new Advance(w, group.WeightsPerKey));
    }

    /// <summary>A step for a head of several panels, one score a key.</summary>
    private void WideStep(Block b, AttendingRow row)
    {
        var qt = b.LetAddress("qt", new Pointer("q") + group.RowBase(row.Group));
        var largest = b.Let("largest", Expr.Splat(double.NegativeInfinity));
        var ks = b.LetAddress("ks", new Pointer("k") + group.KeyBase(row.Group) + row.FirstKey);
        var w = b.LetAddress("w", row.Weights);
        Advance overKeys = new(w, group.WeightsPerKey);
        b.For(
            "s",
            row.Keys,
            (loop, _) =>
            {
                var score = loop.Let("score", scores.Score(Expr.SumGroups(Dot(loop, qt, ks), v.Lanes) * Expr.Splat(scores.Factor)));
                loop.Assign(largest, Expr.Max(largest, score));
                loop.StoreElement(w, 0, Expr.First(score));
            },
            new(ks, v.PanelWidth),
            overKeys);
        var sum = b.Let("sum", Expr.Zero);
        b.Assign(w, row.Weights);
        b.For(
            "s",
            row.Keys,
            (loop, _) =>
            {
                var e = loop.Let("e", Expr.Exp(Expr.Splat(Expr.At(w, 0)) - largest));
                loop.Assign(sum, sum + e);
                loop.StoreElement(w, 0, Expr.First(e));
            },
            overKeys);
        var inverse = b.Let("inverse", Expr.Splat(1) / sum);
        var y = new Names("y");
        b.For("panelOfHead", group.PanelsPerHead, (panels, panel) =>
        {
            for (int i = 0; i < group.Vectors; i++)
            {
                panels.Let(y[i], Expr.Zero);
            }

            var vs = panels.LetAddress("vs", new Pointer("v") + group.KeyBase(row.Group, panel) + row.FirstKey);
            panels.Assign(w, row.Weights);
            panels.For(
                "s",
                row.Keys,
                (loop, _) =>
                {
                    var e = loop.Let("e", Expr.Splat(Expr.At(w, 0)));
                    for (int i = 0; i < group.Vectors; i++)
                    {
                        loop.Assign(y[i], Expr.Fma(e, Expr.Load(vs + group.Offset(i)), y[i]));
                    }
                },
                new(vs, v.PanelWidth),
                overKeys);
            for (int i = 0; i < group.Vectors; i++)
            {
                panels.Store(row.Y + (panel * group.RowPanel) + group.Offset(i), y[i] * inverse);
            }
        });
    }

    /// <summary>Σ over the vectors of a wide head of q·k, lane by lane.</summary>
    private Expr Dot(Block b, Address q, Address k)
    {
        var sums = new Names("qk");
        for (int i = 0; i < group.Vectors; i++)
        {
            b.Let(sums[i], Expr.Zero);
        }

        b.For("c", group.PanelsPerHead, (panels, c) =>
        {
            for (int i = 0; i < group.Vectors; i++)
            {
                panels.Assign(sums[i], Expr.Fma(
                    Expr.Load(q + (c * group.RowPanel) + group.Offset(i)), Expr.Load(k + (c * group.KeyPanel) + group.Offset(i)), sums[i]));
            }
        });
        return Expr.Sum([.. sums.First(group.Vectors)]);
    }
}
