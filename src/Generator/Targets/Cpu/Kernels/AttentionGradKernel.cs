using System.Collections.Immutable;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>The gradient of attention with respect to q, k and v. Nothing reads p after it, which it may overwrite.</summary>
internal sealed record AttentionGradKernel(HeadLayout Heads, int BlockSize) : KernelSpec
{
    public override string Name => $"AttentionGrad_{Heads.Heads}x{Heads.Size}_{BlockSize}";

    public override string Summary =>
        $"for each of {Heads.Heads} heads of {Heads.Size} and s <= t: ds = p[t][s] (dy[t]·v[s] - dy[t]·y[t]) / sqrt({Heads.Size}), "
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
            var wide = new WideAttention(Heads, BlockSize, v);
            wide.Scratch(body);
            wide.ScratchOfRows(body);
            AttentionKernel.Segments(body, group, (b, g) => wide.Backward(b, g));
            return body;
        }

        AttentionKernel.Segments(body, group, (b, g) => b.For("t", "first", "last", "1", row =>
        {
            var weights = Heads.WeightElements(BlockSize, v.PanelWidth);
            row.LetAddress("w", Index.Plus($"p + (nint)t * {weights}", group.WeightBase(g)));
            foreach (var name in new[] { "q", "y", "dy", "dq" })
            {
                row.LetAddress(name + "t", Index.Plus(Index.Plus(name, group.KeyBase(g)), Index.Times("t", v.PanelWidth)), writable: name == "dq");
            }

            foreach (var name in new[] { "k", "v", "dk", "dv" })
            {
                row.LetAddress(name + "s", Index.Plus(Index.Plus(name, group.KeyBase(g)), Index.Times("first", v.PanelWidth)), writable: name[0] == 'd');
            }

            Row(row, v, group);
        }));
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

        ClearRow(b, v, group);
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

    // Row t of dk and dv is first added to by row t itself.
    private static void ClearRow(Block b, VectorSet v, HeadGroup group)
    {
        for (var i = 0; i < group.Vectors; i++)
        {
            foreach (var name in new[] { "dks", "dvs" })
            {
                b.Store(Index.Plus($"{name} + (t - first) * {v.PanelWidth}", group.Offset(i)), Expr.Zero);
            }
        }
    }
}
