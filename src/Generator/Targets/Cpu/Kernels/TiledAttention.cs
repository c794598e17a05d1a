using System.Collections.Immutable;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// Attention without the matrix of its weights, for one group of channels of a segment: softmax over the keys with a running maximum and a
/// running sum (Milakov and Gimelshein, 2018; Dao et al., 2022). Kept for the backward pass are the largest score of a row and head and the
/// inverse of the sum, from which it computes the weights again.
/// </summary>
internal sealed class TiledAttention(HeadLayout heads, int blockSize, AttentionScores scores, VectorSet v)
{
    private static readonly Pointer Q = AttentionTiles.Q, Y = new("yColumns"), Sums = new("sumOf"), Shrinks = new("shrinkOf");

    private readonly AttentionTiles _tiles = new(heads, blockSize, scores, v);

    private AttentionScoresPart Scores => new(_tiles.Tile, scores.Softcap, Slopes: 0);

    private AttentionOverKeysPart OverKeys => new(_tiles.Tile);

    /// <summary>The kernels that are called.</summary>
    public ImmutableArray<KernelSpec> Parts =>
        [Scores, OverKeys, new AttentionToColumnsPart(_tiles.Tile), new AttentionToRowsPart(_tiles.Tile)];

    /// <summary>Declares, once a kernel, the blocks that are computed in.</summary>
    public void Scratch(Block b)
    {
        _tiles.Scratch(b, 1);
        b.LetScratch(Y.Name, _tiles.Transposed);
        b.LetScratch(Sums.Name, _tiles.Queries);
        b.LetScratch(Shrinks.Name, _tiles.Queries);
    }

    /// <summary>y, and what is kept of the softmax, of a group in a segment.</summary>
    public void Forward(Block b, Segment segment) => _tiles.EachQueryBlock(b, segment, ["q", "k", "v", "y"], null, (block, queries) =>
    {
        _tiles.ToColumns(block, queries, "q", Q);
        _tiles.EachTransposed(block, (loop, at) =>
        {
            loop.Store(Q + at, Expr.Load(Q + at) * Expr.Splat(scores.Factor));
            loop.Store(Y + at, Expr.Zero);
        });
        _tiles.EachHead(block, segment, (b, head) => Head(b, segment, queries, head));
        _tiles.ToRows(block, queries, Y, "y");
    });

    private void Head(Block b, Segment segment, QueryBlock queries, HeadOfGroup head)
    {
        b.ForOffset("at", 0, _tiles.Queries, v.Lanes, (loop, at) =>
        {
            // Less than any score, and yet a number, from which -∞ can be taken away.
            loop.Store(AttentionTiles.Largest + at, Expr.Splat(v.ElementBytes == 4 ? float.MinValue : double.MinValue));
            loop.Store(Sums + at, Expr.Zero);
        });
        _tiles.EachKeyBlock(b, queries, (loop, keys) =>
        {
            _tiles.WriteScores(loop, queries, keys, head, Scores);
            Exponentials(loop, keys);
            Shrink(loop, head);
            loop.Invoke(
                OverKeys, _tiles.Rows("v", keys, head), AttentionTiles.Scores, Y + (head.Channel * _tiles.Width), keys.Count, Given.Panel);
        });
        Finish(b, segment, queries, head);
    }

    /// <summary>The exponentials of a block of scores, after the largest score so far.</summary>
    private void Exponentials(Block b, KeyBlock keys) => b.For("panelOfQueries", _tiles.Queries / _tiles.Width, (panels, j) =>
    {
        Names largest = new("largest"), sum = new("sum"), shrink = new("shrink"), e = new("e");
        void Each(Action<int, Integer> write)
        {
            for (int i = 0; i < v.VectorsPerPanel; i++)
            {
                write(i, (j * _tiles.Width) + (i * v.Lanes));
            }
        }

        void EachKey(Action<Block, int, Address> write) => _tiles.EachRowOfScores(panels, keys, (loop, row) =>
            Each((i, at) => loop.Together(line => write(line, i, row + at))));

        Each((i, at) => panels.Let(largest[i], Expr.Load(AttentionTiles.Largest + at)));
        EachKey((line, i, place) => line.Assign(largest[i], Expr.Max(largest[i], Expr.Load(place))));
        Each((i, at) => panels.Together(line =>
        {
            line.Let(shrink[i], Expr.Exp(Expr.Load(AttentionTiles.Largest + at) - largest[i]));
            line.Let(sum[i], Expr.Load(Sums + at) * shrink[i]);
            line.Store(Shrinks + at, shrink[i]);
            line.Store(AttentionTiles.Largest + at, largest[i]);
        }));
        EachKey((line, i, place) =>
        {
            line.Let(e[i], Expr.Exp(Expr.Load(place) - largest[i]));
            line.Store(place, e[i]);
            line.Assign(sum[i], sum[i] + e[i]);
        });
        Each((i, at) => panels.Store(Sums + at, sum[i]));
    });

    /// <summary>What the blocks so far have added to y shrinks as the largest score grows.</summary>
    private void Shrink(Block b, HeadOfGroup head) => EachChannel(b, head, (rows, place, query) =>
        rows.Store(place, Expr.Load(place) * Expr.Load(Shrinks + query)));

    /// <summary>A loop over what queries have of the channels of a head: the place of a vector, and its first query.</summary>
    private void EachChannel(Block b, HeadOfGroup head, Action<Block, Address, Integer> write) =>
        b.For("panelOfQueries", _tiles.Queries / _tiles.Width, (panels, j) =>
            panels.For("c", _tiles.Group.IsWide ? _tiles.Channels : heads.Size, (rows, c) =>
            {
                for (int i = 0; i < v.VectorsPerPanel; i++)
                {
                    write(
                        rows,
                        Y + (j * (_tiles.Channels * _tiles.Width)) + ((head.Channel + c) * _tiles.Width) + (i * v.Lanes),
                        (j * _tiles.Width) + (i * v.Lanes));
                }
            }));

    /// <summary>Divides by the sums of exponentials, and keeps what the backward pass needs of them.</summary>
    private void Finish(Block b, Segment segment, QueryBlock queries, HeadOfGroup head)
    {
        b.Comment("Divide by the sum of the exponentials.");
        b.ForOffset("at", 0, _tiles.Queries, v.Lanes, (loop, at) => loop.Store(Sums + at, Expr.Splat(1) / Expr.Load(Sums + at)));
        EachChannel(b, head, (rows, place, query) => rows.Store(place, Expr.Load(place) * Expr.Load(Sums + query)));
        b.For("r", queries.End - queries.First, (loop, r) =>
        {
            var kept = Kept(loop, heads, _tiles.Width, segment, queries, head, r);
            loop.StoreElement(kept, 0, Expr.At(AttentionTiles.Largest, r));
            loop.StoreElement(kept, 1, Expr.At(Sums, r));
        });
    }

    /// <summary>Declares where what is kept of the softmax of a row and head lies: the largest score, and the inverse of the sum.</summary>
    public static Pointer Kept(Block b, HeadLayout heads, int width, Segment segment, QueryBlock queries, HeadOfGroup head, Integer r) =>
        b.LetAddress(
            "kept",
            new Pointer("p")
                + ((segment.First + queries.First + r).UpTo(Limits.MostRows) * heads.SoftmaxElements(width))
                + (head.Number * 2));
}
