using System.Collections.Immutable;

namespace MicroGpt.Generator.Kernels;

/// <summary>
/// How attention kernels see the channels of one "group": a panel that holds whole heads, or one head that takes several
/// panels. A score is kept in all lanes of its head, so softmax needs no transpose: for a head smaller than a vector the sum
/// over its channels is two or three permute-adds within the vector.
/// </summary>
internal sealed class HeadGroup(HeadLayout heads, VectorSet v)
{
    /// <summary>Elements between two panels of a row's own values (q, y).</summary>
    public string RowPanel { get; init; } = "panel";

    /// <summary>Elements between two panels of keys and values.</summary>
    public string KeyPanel { get; init; } = "panel";

    /// <summary>Whether a head takes several panels; its weights are then kept as one number a key.</summary>
    public bool IsWide { get; } = heads.Padded > v.PanelWidth;

    public int PanelsPerHead { get; } = Math.Max(1, heads.Padded / v.PanelWidth);

    public int Groups { get; } = heads.Padded > v.PanelWidth ? heads.Heads : heads.Width / v.PanelWidth;

    public int Vectors { get; } = v.VectorsPerPanel;

    /// <summary>Vectors that share a score: those of one head, or one vector with several heads.</summary>
    public int VectorsPerUnit { get; } = Math.Max(1, Math.Min(heads.Padded, v.PanelWidth) / v.Lanes);

    public int Units => Vectors / VectorsPerUnit;

    /// <summary>Elements of the weights of one row for one key.</summary>
    public int WeightsPerKey { get; } = heads.Padded > v.PanelWidth ? heads.Heads : heads.Width;

    /// <summary>1 / √D.</summary>
    public double Scale { get; } = 1 / Math.Sqrt(heads.Size);

    /// <summary>The sum of a product over the channels of each head, in all lanes of the head.</summary>
    public Expr SumHead(Expr product) => Expr.SumGroups(product, Math.Min(heads.Padded, v.Lanes));

    public int Offset(int vector) => vector * v.Lanes;

    /// <summary>Offset of a unit's weight within the weights of a key.</summary>
    public int WeightOffset(int unit) => unit * VectorsPerUnit * v.Lanes;

    /// <summary>First column of a group of a row's own values, as an offset from their start.</summary>
    public string RowBase(string group) => Base(group, "0", RowPanel);

    /// <summary>First column of a group of keys or values, or of one panel of it.</summary>
    public string KeyBase(string group, string extra = "0") => Base(group, extra, KeyPanel);

    private string Base(string group, string extra, string panel)
    {
        var panels = Index.Plus(Index.Times(group, PanelsPerHead), extra);
        return panels == "0" ? "0" : (panels.Contains(' ') ? "(" + panels + ")" : panels) + " * " + panel;
    }

    /// <summary>Start of a group's weights within those of a key.</summary>
    public string WeightBase(string group) => IsWide ? group : Index.Times(group, v.PanelWidth);
}

/// <summary>
/// Causal attention within each segment: p[t][s] = softmax over s ≤ t of q[t]·k[s] / √D, y[t] = Σₛ p[t][s] v[s], for all heads.
/// </summary>
internal sealed record AttentionKernel(HeadLayout Heads, int BlockSize) : KernelSpec
{
    public override string Name => $"Attention_{Heads.Heads}x{Heads.Size}_{BlockSize}";

    public override string Summary =>
        $"for each of {Heads.Heads} heads of {Heads.Size} and s <= t: p[t][s] = softmax(q[t]·k[s] / sqrt({Heads.Size})), y[t] = Σ p[t][s] v[s]";

    public override ImmutableArray<KernelParameter> Parameters =>
        [In("q"), In("k"), In("v"), Out("y"), Out("p"), Indices("starts"), new("segments", ParameterKind.Segments), Panel, Part];

    /// <summary>Elements a row of the attention weights.</summary>
    public static long WeightElements(HeadLayout heads, int blockSize, int panelWidth)
    {
        var perKey = heads.Padded > panelWidth ? heads.Heads : heads.Width;
        return ((long)blockSize * perKey + panelWidth - 1) / panelWidth * panelWidth;
    }

    protected override Block Body(VectorSet v)
    {
        var group = new HeadGroup(Heads, v);
        var body = new Block();
        Segments(body, group, (b, g) =>
        {
            var weights = WeightElements(Heads, BlockSize, v.PanelWidth);
            b.LetAddress("weights", Index.Plus($"p + (nint)t * {weights}", group.WeightBase(g)), writable: true);
            Row(b, v, group, g, "q", "y", "t", $"first * {v.PanelWidth}", "t - first + 1");
        });
        return body;
    }

    /// <summary>Loops over segments and groups of channels, which are independent, and rows.</summary>
    public static void Segments(Block body, HeadGroup group, Action<Block, string> row)
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
            b.For("t", "first", "last", "1", r => row(r, group.Groups == 1 ? "0" : "g"));
        });
        body.Add(new Wait());
    }

    /// <summary>
    /// Attention of one row: scores and their maximum, exponentials and the weighted sum of values, division by their sum.
    /// </summary>
    public static void Row(Block b, VectorSet v, HeadGroup group, string g, string q, string y, string t, string firstKey, string keys)
    {
        var width = v.PanelWidth;
        var (units, perUnit) = (group.Units, group.VectorsPerUnit);
        b.LetInteger("keys", keys);
        b.LetAddress("qt", Index.Plus(Index.Plus(q, group.RowBase(g)), Index.Times(t, width)));
        b.LetAddress("yt", Index.Plus(Index.Plus(y, group.RowBase(g)), Index.Times(t, width)), writable: true);
        if (group.IsWide)
        {
            WideRow(b, v, group, g, firstKey);
            return;
        }

        for (var i = 0; i < group.Vectors; i++)
        {
            b.Let($"q{i}", Expr.Load(Index.Plus("qt", group.Offset(i))) * Expr.Splat(group.Scale));
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
                        var score = line.Let($"score{unit}", group.SumHead(Expr.Sum([.. products])));
                        line.Assign($"largest{unit}", Expr.Max($"largest{unit}", score));
                        line.Store(Index.Plus("w", group.WeightOffset(unit)), score);
                    });
                }
            },
            ("ks", Index.N(width)),
            ("w", Index.N(group.WeightsPerKey)));

        for (var u = 0; u < units; u++)
        {
            b.Let($"sum{u}", Expr.Zero);
        }

        for (var i = 0; i < group.Vectors; i++)
        {
            b.Let($"y{i}", Expr.Zero);
        }

        b.LetAddress("vs", Index.Plus(Index.Plus("v", group.KeyBase(g)), firstKey));
        b.Assign("w", "weights");
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
                        line.Store(address, e);
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

        b.Assign("w", "weights");
        b.For(
            "s",
            "keys",
            loop =>
            {
                for (var u = 0; u < units; u++)
                {
                    var address = Index.Plus("w", group.WeightOffset(u));
                    loop.Store(address, Expr.Load(address) * $"inverse{u}");
                }
            },
            ("w", Index.N(group.WeightsPerKey)));
    }

    /// <summary>The same for a head of several panels, one score a key.</summary>
    private static void WideRow(Block b, VectorSet v, HeadGroup group, string g, string firstKey)
    {
        var width = v.PanelWidth;
        var perKey = Index.N(group.WeightsPerKey);
        b.Let("largest", Expr.Splat(double.NegativeInfinity));
        b.LetAddress("ks", Index.Plus(Index.Plus("k", group.KeyBase(g)), firstKey));
        b.LetAddress("w", "weights", writable: true);
        b.For(
            "s",
            "keys",
            loop =>
            {
                var product = Dot(loop, v, group, "qk", "qt", "ks");
                loop.Let("score", Expr.SumGroups(product, v.Lanes) * Expr.Splat(group.Scale));
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
        b.Assign("w", "weights");
        b.For("s", "keys", loop => loop.StoreElement("w", "0", Expr.At("w", "0") * Expr.First("inverse")), ("w", perKey));
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

/// <summary>The gradient of attention with respect to q, k and v.</summary>
internal sealed record AttentionGradKernel(HeadLayout Heads, int BlockSize) : KernelSpec
{
    public override string Name => $"AttentionGrad_{Heads.Heads}x{Heads.Size}_{BlockSize}";

    public override string Summary =>
        $"for each of {Heads.Heads} heads of {Heads.Size} and s <= t: ds = p[t][s] (dy[t]·v[s] - dy[t]·y[t]) / sqrt({Heads.Size}), "
        + "dq[t] = Σ ds k[s], dk[s] = Σ ds q[t], dv[s] = Σ p[t][s] dy[t]";

    public override ImmutableArray<KernelParameter> Parameters =>
    [
        In("q"), In("k"), In("v"), In("y"), In("p"), In("dy"), Out("dq"), Out("dk"), Out("dv"),
        Indices("starts"), new("segments", ParameterKind.Segments), Panel, Part,
    ];

    protected override Block Body(VectorSet v)
    {
        var group = new HeadGroup(Heads, v);
        var body = new Block();
        AttentionKernel.Segments(body, group, (b, g) =>
        {
            var weights = AttentionKernel.WeightElements(Heads, BlockSize, v.PanelWidth);
            b.LetAddress("w", Index.Plus($"p + (nint)t * {weights}", group.WeightBase(g)));
            foreach (var name in new[] { "q", "y", "dy", "dq" })
            {
                b.LetAddress(name + "t", Index.Plus(Index.Plus(name, group.KeyBase(g)), Index.Times("t", v.PanelWidth)), writable: name == "dq");
            }

            foreach (var name in new[] { "k", "v", "dk", "dv" })
            {
                b.LetAddress(name + "s", Index.Plus(Index.Plus(name, group.KeyBase(g)), Index.Times("first", v.PanelWidth)), writable: name[0] == 'd');
            }

            if (group.IsWide)
            {
                WideRow(b, v, group);
            }
            else
            {
                Row(b, v, group);
            }
        });
        return body;
    }

    private static readonly string[] KeyPointers = ["ks", "vs", "dks", "dvs"];

    private static (string, string)[] Advances(VectorSet v, HeadGroup group) =>
        [.. KeyPointers.Select(p => (p, Index.N(v.PanelWidth))), ("w", Index.N(group.WeightsPerKey))];

    private static void Row(Block b, VectorSet v, HeadGroup group)
    {
        var (units, perUnit) = (group.Units, group.VectorsPerUnit);
        for (var i = 0; i < group.Vectors; i++)
        {
            var offset = group.Offset(i);
            var vector = i;
            b.Together(line =>
            {
                line.Let($"q{vector}", Expr.Load(Index.Plus("qt", offset)) * Expr.Splat(group.Scale));
                line.Let($"dy{vector}", Expr.Load(Index.Plus("dyt", offset)));
                line.Let($"dq{vector}", Expr.Zero);
            });
        }

        for (var u = 0; u < units; u++)
        {
            var terms = Enumerable.Range(u * perUnit, perUnit).Select(i => (Expr)$"dy{i}" * Expr.Load(Index.Plus("yt", group.Offset(i))));
            b.Let($"mean{u}", group.SumHead(Expr.Sum([.. terms])));
        }

        ClearRow(b, v, group, "0");
        b.For(
            "s",
            "first",
            "t + 1",
            "1",
            loop =>
            {
                for (var u = 0; u < units; u++)
                {
                    var unit = u;
                    loop.Together(line =>
                    {
                        var p = line.Let($"p{unit}", Expr.Load(Index.Plus("w", group.WeightOffset(unit))));
                        var terms = Enumerable.Range(unit * perUnit, perUnit)
                            .Select(i => (Expr)$"dy{i}" * Expr.Load(Index.Plus("vs", group.Offset(i))));
                        line.Let($"ds{unit}", p * (group.SumHead(Expr.Sum([.. terms])) - $"mean{unit}"));
                    });
                    for (var i = unit * perUnit; i < (unit + 1) * perUnit; i++)
                    {
                        var offset = group.Offset(i);
                        var vector = i;
                        loop.Together(line =>
                        {
                            line.Assign($"dq{vector}", Expr.Fma($"ds{unit}", Expr.Load(Index.Plus("ks", offset)), $"dq{vector}"));
                            line.Store(Index.Plus("dks", offset), Expr.Fma($"ds{unit}", $"q{vector}", Expr.Load(Index.Plus("dks", offset))));
                            line.Store(Index.Plus("dvs", offset), Expr.Fma($"p{unit}", $"dy{vector}", Expr.Load(Index.Plus("dvs", offset))));
                        });
                    }
                }
            },
            Advances(v, group));
        for (var i = 0; i < group.Vectors; i++)
        {
            b.Store(Index.Plus("dqt", group.Offset(i)), (Expr)$"dq{i}" * Expr.Splat(group.Scale));
        }
    }

    private static void WideRow(Block b, VectorSet v, HeadGroup group)
    {
        b.For("c", Index.N(group.PanelsPerHead), panels =>
        {
            ClearRow(panels, v, group, "c * panel");
            for (var i = 0; i < group.Vectors; i++)
            {
                panels.Store(Index.Plus("dqt + c * panel", group.Offset(i)), Expr.Zero);
            }
        });
        var total = AttentionKernel.Dot(b, v, group, "dyy", "dyt", "yt");
        b.Let("mean", Expr.SumGroups(total, v.Lanes));
        b.For(
            "s",
            "first",
            "t + 1",
            "1",
            loop =>
            {
                loop.Let("weight", Expr.Splat(Expr.At("w", "0")));
                var product = AttentionKernel.Dot(loop, v, group, "dyv", "dyt", "vs");
                loop.Let("ds", (Expr)"weight" * (Expr.SumGroups(product, v.Lanes) - "mean") * Expr.Splat(group.Scale));
                loop.For("c", Index.N(group.PanelsPerHead), panels =>
                {
                    for (var i = 0; i < group.Vectors; i++)
                    {
                        string At(string name) => Index.Plus(name + " + c * panel", group.Offset(i));
                        panels.Store(At("dqt"), Expr.Fma("ds", Expr.Load(At("ks")), Expr.Load(At("dqt"))));
                        panels.Store(At("dks"), Expr.Fma("ds", Expr.Load(At("qt")), Expr.Load(At("dks"))));
                        panels.Store(At("dvs"), Expr.Fma("weight", Expr.Load(At("dyt")), Expr.Load(At("dvs"))));
                    }
                });
            },
            Advances(v, group));
    }

    // Row t of dk and dv is first added to by row t itself.
    private static void ClearRow(Block b, VectorSet v, HeadGroup group, string at)
    {
        for (var i = 0; i < group.Vectors; i++)
        {
            foreach (var name in new[] { "dks", "dvs" })
            {
                b.Store(Index.Plus(Index.Plus(Index.Plus(name, at), $"(t - first) * {v.PanelWidth}"), group.Offset(i)), Expr.Zero);
            }
        }
    }
}

/// <summary>Attention of one new position over a cache of keys and values, to which it first adds its own.</summary>
internal sealed record AttentionStepKernel(HeadLayout Heads) : KernelSpec
{
    public override string Name => $"AttentionStep_{Heads.Heads}x{Heads.Size}";

    public override string Summary =>
        $"keys[position] = k, values[position] = v; for each of {Heads.Heads} heads of {Heads.Size} and s <= position: "
        + $"p[s] = softmax(q·keys[s] / sqrt({Heads.Size})), y = Σ p[s] values[s]";

    public override ImmutableArray<KernelParameter> Parameters =>
    [
        In("q"), In("key"), In("value"), Out("k"), Out("v"), Out("y"), Out("weights"),
        new("position", ParameterKind.Integer), new("cachePanel", ParameterKind.Panel),
    ];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        var group = new HeadGroup(Heads, v) { RowPanel = Index.N(v.PanelWidth), KeyPanel = "cachePanel" };
        var width = v.PanelWidth;

        // One row takes the width of a panel; rows of the cache lie BlockSize rows apart from panel to panel.
        body.For("p", Index.N(Heads.Width / width), copy =>
        {
            for (var i = 0; i < v.VectorsPerPanel; i++)
            {
                foreach (var (from, to) in new[] { ("key", "k"), ("value", "v") })
                {
                    copy.Store(
                        Index.Plus($"{to} + p * cachePanel + position * {width}", i * v.Lanes),
                        Expr.Load(Index.Plus($"{from} + p * {width}", i * v.Lanes)));
                }
            }
        });
        body.ForPanels("g", group.Groups, (b, g) => AttentionKernel.Row(b, v, group, g, "q", "y", "0", "0", "position + 1"));
        return body;
    }
}
