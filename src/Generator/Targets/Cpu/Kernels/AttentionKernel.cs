using System.Collections.Immutable;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// Causal attention within each segment: p[t][s] = softmax over s ≤ t of q[t]·k[s] / √D, y[t] = Σₛ p[t][s] v[s], for all heads. The
/// weight of a key lies at its place in the segment, outside of a window nothing is written; where documents have any length, a row keeps
/// the weights of its window alone, from the first key that it sees.
/// </summary>
internal sealed record AttentionKernel(HeadLayout Heads, int BlockSize, AttentionScores Scores) : KernelSpec
{
    public override string Name => $"Attention_{Heads.Heads}x{Heads.Size}_{BlockSize}{Scores.Suffix(Heads.Size)}";

    public override string Summary =>
        $"for each of {Heads.Heads} heads of {Heads.Size} and {Scores.Keys("t")}: p[t][s] = softmax({Scores.Describe("q[t]·k[s]", Heads.Size)}), y[t] = Σ p[t][s] v[s]";

    public override ImmutableArray<KernelParameter> Parameters =>
        [In("q"), In("k"), In("v"), Out("y"), Out("p"), Indices("starts"), new("segments", ParameterKind.Segments), Panel, Part];

    protected override Block Body(VectorSet v)
    {
        var group = new HeadGroup(Heads, v);
        var body = new Block();
        if (group.IsWide)
        {
            var wide = new WideAttention(Heads, BlockSize, Scores, v);
            wide.Scratch(body);
            Segments(body, group, (b, g) => wide.Forward(b, g));
            return body;
        }

        // Scores of all rows first: a row alone is a chain of sums, exponentials and a division, with little to do meanwhile.
        Segments(body, group, (b, g) =>
        {
            b.For("t", "first", "last", "1", row =>
            {
                Addresses(row, v, group, g);
                WriteScores(row, v, group, g, "t", FirstKey(v), Scores);
                for (var u = 0; u < group.Units; u++)
                {
                    row.Store(Index.Plus("yt", group.WeightOffset(u)), $"largest{u}");
                }
            });
            b.For("t", "first", "last", "1", row =>
            {
                Addresses(row, v, group, g);
                for (var u = 0; u < group.Units; u++)
                {
                    row.Let($"largest{u}", Expr.Load(Index.Plus("yt", group.WeightOffset(u))));
                }

                row.LetAddress("w", "weights", writable: true);
                Values(row, v, group, g, FirstKey(v), keepsWeights: true);
                Normalise(row, group);
            });
        });
        return body;
    }

    private string FirstKey(VectorSet v) => Index.Times(Scores.Window is null ? "first" : "from", v.PanelWidth);

    private void Addresses(Block row, VectorSet v, HeadGroup group, string g)
    {
        var weights = Heads.WeightElements(BlockSize, v.PanelWidth);
        var start = Index.Plus($"p + (nint)t * {weights}", group.WeightBase(g));
        if (Scores.Window is not null)
        {
            row.LetInteger("from", Scores.From("first", "t"));
            start = Scores.IsUnlimited ? start : Index.Plus(start, $"(from - first) * {group.WeightsPerKey}");
        }

        row.LetAddress("weights", start, writable: true);
        RowAddresses(row, v, group, g, "t", Scores.Window is null ? "t - first + 1" : "t - from + 1");
    }

    private static void RowAddresses(Block b, VectorSet v, HeadGroup group, string g, string t, string keys)
    {
        b.LetInteger("keys", keys);
        b.LetAddress("yt", Index.Plus(Index.Plus("y", group.RowBase(g)), Index.Times(t, v.PanelWidth)), writable: true);
    }

    /// <summary>Loops over segments and groups of channels, which are independent.</summary>
    public static void Segments(Block body, HeadGroup group, Action<Block, string> segment)
    {
        body.ForPart("each", group.Groups == 1 ? "segments" : $"segments * {group.Groups}", b =>
        {
            b.LetInteger("segment", group.Groups == 1 ? "each" : $"each / {group.Groups}");
            if (group.Groups > 1)
            {
                b.LetInteger("g", $"each - segment * {group.Groups}");
            }

            b.LetInteger("first", "starts[segment]");
            b.LetInteger("last", "starts[segment + 1]");
            segment(b, group.Groups == 1 ? "0" : "g");
        });
        body.Add(new Wait());
    }

    /// <summary>Attention of one new row over a cache of keys and values; its weights are not kept.</summary>
    public static void Step(Block b, VectorSet v, HeadGroup group, string g, AttentionScores scores)
    {
        // A ring holds what is seen and nothing else, in whatever order.
        var isWhole = scores.Window is null || scores.IsUnlimited;
        var firstKey = isWhole ? "0" : $"from * {v.PanelWidth}";
        if (!isWhole)
        {
            b.LetInteger("from", scores.From("0", "position"));
        }

        RowAddresses(
            b, v, group, g, "0", scores.IsUnlimited ? $"Math.Min(position + 1, {scores.Window})" : isWhole ? "position + 1" : "position - from + 1");
        if (group.IsWide)
        {
            WideStep(b, v, group, g, firstKey, scores);
            return;
        }

        WriteScores(b, v, group, g, "0", firstKey, scores);
        b.Assign("w", "weights");
        Values(b, v, group, g, firstKey, keepsWeights: false);
    }

    /// <summary>The scores of a row, in the place of its weights ("weights"), and the largest of each head.</summary>
    private static void WriteScores(Block b, VectorSet v, HeadGroup group, string g, string t, string firstKey, AttentionScores scores)
    {
        var width = v.PanelWidth;
        var (units, perUnit) = (group.Units, group.VectorsPerUnit);
        b.LetAddress("qt", Index.Plus(Index.Plus("q", group.RowBase(g)), Index.Times(t, v.PanelWidth)));
        for (var i = 0; i < group.Vectors; i++)
        {
            b.Let($"q{i}", Expr.Load(Index.Plus("qt", group.Offset(i))) * Expr.Splat(scores.Factor));
        }

        for (var u = 0; u < units; u++)
        {
            b.Let($"largest{u}", Expr.Splat(double.NegativeInfinity));
        }

        b.LetAddress("ks", Index.Plus(Index.Plus("k", group.KeyBase(g)), firstKey));
        b.LetAddress("w", "weights", writable: true);
        b.For(
            "s",
            "keys",
            loop =>
            {
                for (var u = 0; u < units; u++)
                {
                    var unit = u;
                    loop.Together(line =>
                    {
                        var products = Enumerable.Range(unit * perUnit, perUnit)
                            .Select(i => (Expr)$"q{i}" * Expr.Load(Index.Plus("ks", group.Offset(i))));
                        var score = line.Let($"score{unit}", scores.Score(group.SumHead(Expr.Sum([.. products]))));
                        line.Assign($"largest{unit}", Expr.Max($"largest{unit}", score));
                        line.Store(Index.Plus("w", group.WeightOffset(unit)), score);
                    });
                }
            },
            ("ks", Index.N(width)),
            ("w", Index.N(group.WeightsPerKey)));
    }

    /// <summary>The exponentials of a row, from its scores at "w", and the sum of values that they weigh, divided by their own sum.</summary>
    private static void Values(Block b, VectorSet v, HeadGroup group, string g, string firstKey, bool keepsWeights)
    {
        var width = v.PanelWidth;
        var (units, perUnit) = (group.Units, group.VectorsPerUnit);
        for (var u = 0; u < units; u++)
        {
            b.Let($"sum{u}", Expr.Zero);
        }

        for (var i = 0; i < group.Vectors; i++)
        {
            b.Let($"y{i}", Expr.Zero);
        }

        b.LetAddress("vs", Index.Plus(Index.Plus("v", group.KeyBase(g)), firstKey));
        b.For(
            "s",
            "keys",
            loop =>
            {
                for (var u = 0; u < units; u++)
                {
                    var unit = u;
                    loop.Together(line =>
                    {
                        var address = Index.Plus("w", group.WeightOffset(unit));
                        var e = line.Let($"e{unit}", Expr.Exp(Expr.Load(address) - $"largest{unit}"));
                        if (keepsWeights)
                        {
                            line.Store(address, e);
                        }

                        line.Assign($"sum{unit}", (Expr)$"sum{unit}" + e);
                    });
                    loop.Together(line =>
                    {
                        for (var i = unit * perUnit; i < (unit + 1) * perUnit; i++)
                        {
                            line.Assign($"y{i}", Expr.Fma($"e{unit}", Expr.Load(Index.Plus("vs", group.Offset(i))), $"y{i}"));
                        }
                    });
                }
            },
            ("vs", Index.N(width)),
            ("w", Index.N(group.WeightsPerKey)));

        for (var u = 0; u < units; u++)
        {
            b.Let($"inverse{u}", Expr.Splat(1) / $"sum{u}");
        }

        for (var i = 0; i < group.Vectors; i++)
        {
            b.Store(Index.Plus("yt", group.Offset(i)), (Expr)$"y{i}" * $"inverse{i / perUnit}");
        }
    }

    /// <summary>Turns the exponentials of a row into its attention weights, which the backward pass reads.</summary>
    private static void Normalise(Block b, HeadGroup group)
    {
        b.Assign("w", "weights");
        b.For(
            "s",
            "keys",
            loop =>
            {
                for (var u = 0; u < group.Units; u++)
                {
                    var address = Index.Plus("w", group.WeightOffset(u));
                    loop.Store(address, Expr.Load(address) * $"inverse{u}");
                }
            },
            ("w", Index.N(group.WeightsPerKey)));
    }

    /// <summary>The same for a head of several panels, one score a key.</summary>
    private static void WideStep(Block b, VectorSet v, HeadGroup group, string g, string firstKey, AttentionScores scores)
    {
        var width = v.PanelWidth;
        var perKey = Index.N(group.WeightsPerKey);
        b.LetAddress("qt", Index.Plus("q", group.RowBase(g)));
        b.Let("largest", Expr.Splat(double.NegativeInfinity));
        b.LetAddress("ks", Index.Plus(Index.Plus("k", group.KeyBase(g)), firstKey));
        b.LetAddress("w", "weights", writable: true);
        b.For(
            "s",
            "keys",
            loop =>
            {
                var product = Dot(loop, v, group, "qk", "qt", "ks");
                loop.Let("score", scores.Score(Expr.SumGroups(product, v.Lanes) * Expr.Splat(scores.Factor)));
                loop.Assign("largest", Expr.Max("largest", "score"));
                loop.StoreElement("w", "0", Expr.First("score"));
            },
            ("ks", Index.N(width)),
            ("w", perKey));
        b.Let("sum", Expr.Zero);
        b.Assign("w", "weights");
        b.For(
            "s",
            "keys",
            loop =>
            {
                loop.Let("e", Expr.Exp(Expr.Splat(Expr.At("w", "0")) - "largest"));
                loop.Assign("sum", (Expr)"sum" + "e");
                loop.StoreElement("w", "0", Expr.First("e"));
            },
            ("w", perKey));
        b.Let("inverse", Expr.Splat(1) / "sum");
        b.For("panelOfHead", Index.N(group.PanelsPerHead), panels =>
        {
            for (var i = 0; i < group.Vectors; i++)
            {
                panels.Let($"y{i}", Expr.Zero);
            }

            panels.LetAddress("vs", Index.Plus(Index.Plus("v", group.KeyBase(g, "panelOfHead")), firstKey));
            panels.Assign("w", "weights");
            panels.For(
                "s",
                "keys",
                loop =>
                {
                    loop.Let("e", Expr.Splat(Expr.At("w", "0")));
                    for (var i = 0; i < group.Vectors; i++)
                    {
                        loop.Assign($"y{i}", Expr.Fma("e", Expr.Load(Index.Plus("vs", group.Offset(i))), $"y{i}"));
                    }
                },
                ("vs", Index.N(width)),
                ("w", perKey));
            for (var i = 0; i < group.Vectors; i++)
            {
                panels.Store(Index.Plus("yt + panelOfHead * " + group.RowPanel, group.Offset(i)), (Expr)$"y{i}" * "inverse");
            }
        });
    }

    /// <summary>Σ over the vectors of a wide head of a·b, lane by lane.</summary>
    public static Expr Dot(Block b, VectorSet v, HeadGroup group, string name, string left, string right)
    {
        for (var i = 0; i < group.Vectors; i++)
        {
            b.Let($"{name}{i}", Expr.Zero);
        }

        b.For("c", Index.N(group.PanelsPerHead), panels =>
        {
            for (var i = 0; i < group.Vectors; i++)
            {
                panels.Assign($"{name}{i}", Expr.Fma(
                    Expr.Load(Index.Plus(left + " + c * " + group.RowPanel, group.Offset(i))),
                    Expr.Load(Index.Plus(right + " + c * " + group.KeyPanel, group.Offset(i))),
                    $"{name}{i}"));
            }
        });
        return Expr.Sum([.. Enumerable.Range(0, group.Vectors).Select(i => (Expr)$"{name}{i}")]);
    }
}
