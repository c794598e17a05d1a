using System.Collections.Immutable;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>The gradient of attention with respect to q, k and v. Nothing reads p after it, which it may overwrite.</summary>
internal sealed record AttentionGradKernel(HeadLayout Heads, int BlockSize, AttentionScores Scores) : KernelSpec
{
    public override string Name => $"AttentionGrad_{Heads.Heads}x{Heads.Size}_{BlockSize}{Scores.Suffix(Heads.Size)}";

    public override string Summary =>
        $"for each of {Heads.Heads} heads of {Heads.Size} and {Scores.Keys("t")}: "
        + $"ds = {Scores.DescribeGradient("p[t][s] (dy[t]·v[s] - dy[t]·y[t])", "q[t]·k[s]", Heads.Size)}, "
        + "dq[t] = Σ ds k[s], dk[s] = Σ ds q[t], dv[s] = Σ p[t][s] dy[t]";

    public override ImmutableArray<KernelParameter> Parameters =>
    [
        In("q"), In("k"), In("v"), In("y"), Out("p"), In("dy"), Out("dq"), Out("dk"), Out("dv"),
        Indices("starts"), new("segments", ParameterKind.Segments), Panel, Part,
    ];

    protected override Block Body(VectorSet v)
    {
        var group = new HeadGroup(Heads, v);
        var body = new Block();
        if (group.IsWide)
        {
            var wide = new WideAttention(Heads, BlockSize, Scores, v);
            wide.Scratch(body);
            wide.ScratchOfRows(body);
            AttentionKernel.Segments(body, group, (b, g) => wide.Backward(b, g));
            return body;
        }

        AttentionKernel.Segments(body, group, (b, g) => b.For("t", "first", "last", "1", row =>
        {
            var weights = Heads.WeightElements(BlockSize, v.PanelWidth);
            var start = Index.Plus($"p + (nint)t * {weights}", group.WeightBase(g));
            var from = Scores.Window is null ? "first" : "from";
            if (Scores.Window is not null)
            {
                row.LetInteger("from", Scores.From("first", "t"));
                start = Scores.IsUnlimited ? start : Index.Plus(start, $"(from - first) * {group.WeightsPerKey}");
            }

            row.LetAddress("w", start);
            foreach (var name in new[] { "q", "y", "dy", "dq" })
            {
                row.LetAddress(name + "t", Index.Plus(Index.Plus(name, group.KeyBase(g)), Index.Times("t", v.PanelWidth)), writable: name == "dq");
            }

            foreach (var name in new[] { "k", "v", "dk", "dv" })
            {
                row.LetAddress(name + "s", Index.Plus(Index.Plus(name, group.KeyBase(g)), Index.Times(from, v.PanelWidth)), writable: name[0] == 'd');
            }

            Row(row, v, group, from);
        }));
        return body;
    }

    private static readonly string[] KeyPointers = ["ks", "vs", "dks", "dvs"];

    private static (string, string)[] Advances(VectorSet v, HeadGroup group) =>
        [.. KeyPointers.Select(p => (p, Index.N(v.PanelWidth))), ("w", Index.N(group.WeightsPerKey))];

    private void Row(Block b, VectorSet v, HeadGroup group, string from)
    {
        var (units, perUnit) = (group.Units, group.VectorsPerUnit);
        for (var i = 0; i < group.Vectors; i++)
        {
            var offset = group.Offset(i);
            var vector = i;
            b.Together(line =>
            {
                line.Let($"q{vector}", Expr.Load(Index.Plus("qt", offset)) * Expr.Splat(Scores.Scale));
                line.Let($"dy{vector}", Expr.Load(Index.Plus("dyt", offset)));
                line.Let($"dq{vector}", Expr.Zero);
            });
        }

        for (var u = 0; u < units; u++)
        {
            var terms = Enumerable.Range(u * perUnit, perUnit).Select(i => (Expr)$"dy{i}" * Expr.Load(Index.Plus("yt", group.Offset(i))));
            b.Let($"mean{u}", group.SumHead(Expr.Sum([.. terms])));
        }

        ClearRow(b, v, group, from);
        b.For(
            "s",
            from,
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
                    if (Scores.Softcap is { } cap)
                    {
                        loop.Together(line =>
                        {
                            var products = Enumerable.Range(unit * perUnit, perUnit)
                                .Select(i => (Expr)$"q{i}" * Expr.Load(Index.Plus("ks", group.Offset(i))));
                            var capped = line.Let($"capped{unit}", Expr.Tanh(group.SumHead(Expr.Sum([.. products])) * Expr.Splat(1 / cap)));
                            line.Assign($"ds{unit}", (Expr)$"ds{unit}" * (Expr.Splat(1) - (capped * capped)));
                        });
                    }

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
            b.Store(Index.Plus("dqt", group.Offset(i)), (Expr)$"dq{i}" * Expr.Splat(Scores.Scale));
        }
    }

    // Row t of dk and dv is first added to by row t itself.
    private static void ClearRow(Block b, VectorSet v, HeadGroup group, string from)
    {
        for (var i = 0; i < group.Vectors; i++)
        {
            foreach (var name in new[] { "dks", "dvs" })
            {
                b.Store(Index.Plus($"{name} + (t - {from}) * {v.PanelWidth}", group.Offset(i)), Expr.Zero);
            }
        }
    }
}
