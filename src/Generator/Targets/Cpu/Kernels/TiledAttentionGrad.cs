using System.Collections.Immutable;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// The gradient of <see cref="TiledAttention"/>, for one group of channels of a segment: the weights of two blocks are computed again from
/// what was kept of the softmax, and are used for all three gradients while they are in the first-level cache (Dao, 2023).
/// </summary>
internal sealed class TiledAttentionGrad(HeadLayout heads, int blockSize, AttentionScores scores, VectorSet v)
{
    private static readonly Pointer Q = AttentionTiles.Q, Y = new("yColumns"), Dy = new("dyColumns"), Dq = new("dqColumns"),
        Inverse = new("inverseOf"), Means = new("meanOf"), OwnQ = new("qOfHead"), OwnDy = new("dyOfHead");

    private readonly AttentionTiles _tiles = new(heads, blockSize, scores, v);

    /// <summary>Whether a vector has channels of several heads, so that rows of one of them are copies with zeros elsewhere.</summary>
    private readonly bool _sharesVectors = heads.Padded < v.Lanes;

    // After the scores, which become weights: their gradients, and how steep the cap is at each score.
    private int Gradients => _tiles.Keys * _tiles.Queries;

    private int Slopes => scores.Softcap is null ? 0 : 2 * Gradients;

    private AttentionScoresPart Scores => new(_tiles.Tile, scores.Softcap, Slopes);

    private AttentionScoreGradPart ScoreGrad => new(_tiles.Tile, Gradients, Slopes);

    private AttentionOverKeysPart OverKeys => new(_tiles.Tile);

    private AttentionOverQueriesPart OverQueries => new(_tiles.Tile);

    /// <summary>The kernels that are called.</summary>
    public ImmutableArray<KernelSpec> Parts =>
        [Scores, ScoreGrad, OverKeys, OverQueries, new AttentionToColumnsPart(_tiles.Tile), new AttentionToRowsPart(_tiles.Tile)];

    /// <summary>Declares, once a kernel, the blocks that are computed in.</summary>
    public void Scratch(Block b)
    {
        _tiles.Scratch(b, scores.Softcap is null ? 2 : 3);
        foreach (var transposed in new[] { Y, Dy, Dq })
        {
            b.LetScratch(transposed.Name, _tiles.Transposed);
        }

        b.LetScratch(Inverse.Name, _tiles.Queries);
        b.LetScratch(Means.Name, _tiles.Queries);
        if (_sharesVectors)
        {
            b.LetScratch(OwnQ.Name, _tiles.Queries * v.Lanes);
            b.LetScratch(OwnDy.Name, _tiles.Queries * v.Lanes);
        }

        b.ForOffset("at", 0, _tiles.Queries, v.Lanes, (loop, at) =>
        {
            loop.Store(AttentionTiles.Largest + at, Expr.Zero);
            loop.Store(Inverse + at, Expr.Zero);
        });
    }

    /// <summary>dq, dk and dv of a group in a segment.</summary>
    public void Backward(Block b, Segment segment) => _tiles.EachQueryBlock(
        b, segment, ["q", "k", "v", "y", "dy", "dq", "dk", "dv"], Clear, (block, queries) =>
        {
            _tiles.ToColumns(block, queries, "q", Q);
            _tiles.ToColumns(block, queries, "y", Y);
            _tiles.ToColumns(block, queries, "dy", Dy);
            _tiles.EachTransposed(block, (loop, at) =>
            {
                loop.Store(Q + at, Expr.Load(Q + at) * Expr.Splat(scores.Factor));
                loop.Store(Dq + at, Expr.Zero);
            });
            _tiles.EachHead(block, segment, (b, head) => Head(b, segment, queries, head));
            _tiles.EachTransposed(block, (loop, at) => loop.Store(Dq + at, Expr.Load(Dq + at) * Expr.Splat(scores.Scale)));
            _tiles.ToRows(block, queries, Dq, "dq");
        });

    /// <summary>Blocks of queries add to dk and dv.</summary>
    private void Clear(Block b, Integer length) => b.For("panelOfGroup", _tiles.Channels / _tiles.Width, (panels, c) =>
        panels.ForOffset("at", 0, length * _tiles.Width, v.Lanes, (loop, at) =>
        {
            loop.Store(AttentionTiles.OfGroup("dk") + (c * Given.Panel) + at, Expr.Zero);
            loop.Store(AttentionTiles.OfGroup("dv") + (c * Given.Panel) + at, Expr.Zero);
        }));

    private void Head(Block b, Segment segment, QueryBlock queries, HeadOfGroup head)
    {
        b.For("r", queries.End - queries.First, (loop, r) =>
        {
            var kept = TiledAttention.Kept(loop, heads, _tiles.Width, segment, queries, head, r);
            loop.StoreElement(AttentionTiles.Largest, r, Expr.At(kept, 0));
            loop.StoreElement(Inverse, r, Expr.At(kept, 1));
        });
        WriteMeans(b, head);
        var own = OwnRows(b, queries, head);
        var row = head.Channel * _tiles.Width;
        Address weights = AttentionTiles.Scores, gradients = AttentionTiles.Scores + Gradients;
        _tiles.EachKeyBlock(b, queries, (loop, keys) =>
        {
            Address Sums(string tensor) => AttentionTiles.OfGroup(tensor) + (keys.First * _tiles.Width) + own.Vector;
            _tiles.WriteScores(loop, queries, keys, head, Scores);
            Weights(loop, keys);
            loop.Invoke(ScoreGrad, _tiles.Rows("v", keys, head), Dy + row, Means, weights, keys.Count, Given.Panel);
            var count = queries.End - queries.First;
            loop.Invoke(OverQueries, weights, own.Dy, new Number(1), Sums("dv"), keys.Count, count, Given.Panel);
            loop.Invoke(OverQueries, gradients, own.Q, new Number(scores.Scale), Sums("dk"), keys.Count, count, Given.Panel);
            loop.Invoke(OverKeys, _tiles.Rows("k", keys, head), gradients, Dq + row, keys.Count, Given.Panel);
        });
    }

    /// <summary>means[t] = dy[t]·y[t], which equals Σₛ p[t][s] dp[t][s].</summary>
    private void WriteMeans(Block b, HeadOfGroup head) => b.For("panelOfQueries", _tiles.Queries / _tiles.Width, (panels, j) =>
    {
        var sum = new Names("sum");
        for (int i = 0; i < v.VectorsPerPanel; i++)
        {
            panels.Let(sum[i], Expr.Zero);
        }

        panels.For("c", _tiles.Group.IsWide ? _tiles.Channels : heads.Size, (rows, c) =>
        {
            for (int i = 0; i < v.VectorsPerPanel; i++)
            {
                var place = (j * (_tiles.Channels * _tiles.Width)) + ((head.Channel + c) * _tiles.Width) + (i * v.Lanes);
                rows.Assign(sum[i], Expr.Fma(Expr.Load(Dy + place), Expr.Load(Y + place), sum[i]));
            }
        });
        for (int i = 0; i < v.VectorsPerPanel; i++)
        {
            panels.Store(Means + (j * _tiles.Width) + (i * v.Lanes), sum[i]);
        }
    });

    /// <summary>Rows of the queries' q and dy with nothing of other heads, and the first channel that they begin with.</summary>
    private (Address Q, Address Dy, Integer Vector) OwnRows(Block b, QueryBlock queries, HeadOfGroup head)
    {
        if (!_sharesVectors)
        {
            Address Rows(string tensor) => _tiles.RowsOf(tensor, queries) + head.Channel;
            return (Rows("q"), Rows("dy"), head.Channel);
        }

        var vector = b.LetInteger("vector", head.Channel / v.Lanes * v.Lanes);
        var lane = b.Let("lane", Expr.LaneNumbers + Expr.Splat(Expr.Convert(vector)));
        var first = b.Let("firstLane", Expr.Splat(Expr.Convert(head.Channel)));
        var last = b.Let("lastLane", Expr.Splat(Expr.Convert(head.Channel + (heads.Padded - 1))));
        b.For("r", queries.End - queries.First, (loop, r) =>
        {
            foreach (var (tensor, own) in new[] { ("q", OwnQ), ("dy", OwnDy) })
            {
                var all = Expr.Load(_tiles.RowsOf(tensor, queries) + (r * _tiles.Width) + vector);
                loop.Store(own + (r * v.Lanes), Expr.AtLeast(lane, first, Expr.AtLeast(last, lane, all, Expr.Zero), Expr.Zero));
            }
        });
        return (OwnQ, OwnDy, vector);
    }

    /// <summary>p[t][s] of a block of keys, from the scores, the largest score and the sum.</summary>
    private void Weights(Block b, KeyBlock keys) => b.For("panelOfQueries", _tiles.Queries / _tiles.Width, (panels, j) =>
    {
        Names largest = new("largest"), inverse = new("inverse");
        for (int i = 0; i < v.VectorsPerPanel; i++)
        {
            panels.Let(largest[i], Expr.Load(AttentionTiles.Largest + (j * _tiles.Width) + (i * v.Lanes)));
            panels.Let(inverse[i], Expr.Load(Inverse + (j * _tiles.Width) + (i * v.Lanes)));
        }

        _tiles.EachRowOfScores(panels, keys, (loop, row) =>
        {
            for (int i = 0; i < v.VectorsPerPanel; i++)
            {
                var place = row + (j * _tiles.Width) + (i * v.Lanes);
                loop.Store(place, Expr.Exp(Expr.Load(place) - largest[i]) * inverse[i]);
            }
        });
    });
}
