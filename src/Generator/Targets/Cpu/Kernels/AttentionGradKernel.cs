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
        Indices("starts"), Segments, Panel, Part,
    ];

    public override ImmutableArray<KernelSpec> Parts(VectorSet v) =>
        Heads.KeepsWeights(BlockSize, v.PanelWidth) ? [] : new TiledAttentionGrad(Heads, BlockSize, Scores, v).Parts;

    protected override Block Body(VectorSet v)
    {
        var group = new HeadGroup(Heads, v);
        var body = new Block();
        if (!Heads.KeepsWeights(BlockSize, v.PanelWidth))
        {
            var tiled = new TiledAttentionGrad(Heads, BlockSize, Scores, v);
            tiled.Scratch(body);
            AttentionKernel.EachSegment(body, group, tiled.Backward);
            return body;
        }

        AttentionKernel.EachSegment(body, group, (b, segment) => b.For("t", segment.First, segment.Last, 1, (row, t) =>
        {
            var from = Scores.Window is null ? segment.First : row.LetInteger("from", Scores.From(segment.First, t));
            var w = row.LetAddress("w", AttentionKernel.Weights(Heads, BlockSize, Scores, v, group, segment, t, from));
            Pointer At(string tensor, string suffix, Integer first) =>
                row.LetAddress(tensor + suffix, new Pointer(tensor) + group.KeyBase(segment.Group) + (first * v.PanelWidth));
            Pointer qt = At("q", "t", t), yt = At("y", "t", t), dyt = At("dy", "t", t), dqt = At("dq", "t", t);
            Pointer ks = At("k", "s", from), vs = At("v", "s", from), dks = At("dk", "s", from), dvs = At("dv", "s", from);
            ReadRow(row, group, qt, yt, dyt);

            // Row t of dk and dv is first added to by row t itself.
            for (int i = 0; i < group.Vectors; i++)
            {
                row.Store(dks + ((t - from) * v.PanelWidth) + group.Offset(i), Expr.Zero);
                row.Store(dvs + ((t - from) * v.PanelWidth) + group.Offset(i), Expr.Zero);
            }

            Advance[] advances = [.. new[] { ks, vs, dks, dvs }.Select(p => new Advance(p, v.PanelWidth)), new(w, group.WeightsPerKey)];
            row.For("s", from, t + 1, 1, (loop, _) => Key(loop, group, w, ks, vs, dks, dvs), advances);
            for (int i = 0; i < group.Vectors; i++)
            {
                row.Store(dqt + group.Offset(i), Dq[i] * Expr.Splat(Scores.Scale));
            }
        }));
        return body;
    }

    // What is known of a row, a vector or a head each.
    private static readonly Names Q = new("q"), Dy = new("dy"), Dq = new("dq"), Mean = new("mean");

    /// <summary>q and dy of a row, and for each head dy[t]·y[t].</summary>
    private void ReadRow(Block row, HeadGroup group, Address qt, Address yt, Address dyt)
    {
        for (int i = 0; i < group.Vectors; i++)
        {
            var (vector, offset) = (i, group.Offset(i));
            row.Together(line =>
            {
                line.Let(Q[vector], Expr.Load(qt + offset) * Expr.Splat(Scores.Scale));
                line.Let(Dy[vector], Expr.Load(dyt + offset));
                line.Let(Dq[vector], Expr.Zero);
            });
        }

        for (int u = 0; u < group.Units; u++)
        {
            row.Let(Mean[u], Dot(group, u, Dy, yt));
        }
    }

    /// <summary>What one key adds to the gradients of the row's query, of itself and of its value.</summary>
    private void Key(Block loop, HeadGroup group, Address w, Address ks, Address vs, Address dks, Address dvs)
    {
        Names p = new("p"), ds = new("ds");
        for (int u = 0; u < group.Units; u++)
        {
            int unit = u;
            loop.Together(line =>
            {
                line.Let(p[unit], Expr.Load(w + group.WeightOffset(unit)));
                line.Let(ds[unit], p[unit] * (Dot(group, unit, Dy, vs) - Mean[unit]));
            });
            if (Scores.Softcap is { } cap)
            {
                loop.Together(line =>
                {
                    var capped = line.Let(new Names("capped")[unit], Expr.Tanh(Dot(group, unit, Q, ks) * Expr.Splat(1 / cap)));
                    line.Assign(ds[unit], ds[unit] * (Expr.Splat(1) - (capped * capped)));
                });
            }

            foreach (int i in group.VectorsOf(unit))
            {
                int offset = group.Offset(i);
                loop.Together(line =>
                {
                    line.Assign(Dq[i], Expr.Fma(ds[unit], Expr.Load(ks + offset), Dq[i]));
                    line.Store(dks + offset, Expr.Fma(ds[unit], Q[i], Expr.Load(dks + offset)));
                    line.Store(dvs + offset, Expr.Fma(p[unit], Dy[i], Expr.Load(dvs + offset)));
                });
            }
        }
    }

    /// <summary>The product of a head's vectors with those at an address, in all lanes of the head.</summary>
    private static Expr Dot(HeadGroup group, int unit, Names vectors, Address other) =>
        group.SumHead(Expr.Sum([.. group.VectorsOf(unit).Select(i => vectors[i] * Expr.Load(other + group.Offset(i)))]));
}
