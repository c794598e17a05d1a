using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>Queries that attend together, in rows of their segment.</summary>
/// <param name="First">The first of them.</param>
/// <param name="End">The first after them.</param>
/// <param name="From">The first key that one of them sees.</param>
internal sealed record QueryBlock(NamedInteger First, NamedInteger End, Integer From);

/// <summary>Keys that are attended to together, in rows of their segment.</summary>
internal sealed record KeyBlock(NamedInteger First, NamedInteger Count);

/// <summary>One head of a group.</summary>
/// <param name="Number">Its number among all heads.</param>
/// <param name="Channel">Its first channel in the panel.</param>
internal sealed record HeadOfGroup(Integer Number, Integer Channel);

/// <summary>
/// What attention without the matrix of its weights and its gradient have in common: a block of queries, of which each has a lane of its
/// own, meets the keys a block at a time. The scores of two blocks, [keys, queries], stay in the first-level cache, where they become
/// weights lane by lane. All that is multiplied are tiles of the same kind as those of a linear layer, in kernels of their own (<see
/// cref="AttentionPart"/>).
/// </summary>
/// <remarks>
/// Causality and windows are a matter of loop bounds, to a block exactly; lanes are masked only where queries meet themselves and where a
/// window begins.
/// </remarks>
internal sealed class AttentionTiles(HeadLayout heads, int blockSize, AttentionScores scores, VectorSet v)
{
    /// <summary>The scores of a block of queries with a block of keys, [keys, queries]; then their weights.</summary>
    public static Pointer Scores { get; } = new("scores");

    /// <summary>q of a block of queries, transposed, and multiplied by what scores are scaled by.</summary>
    public static Pointer Q { get; } = new("qColumns");

    /// <summary>The largest score of each query of the block.</summary>
    public static Pointer Largest { get; } = new("largestOf");

    public int Width { get; } = v.PanelWidth;

    public HeadGroup Group { get; } = new(heads, v);

    /// <summary>What the parts have to know.</summary>
    public HeadTile Tile { get; } = HeadTile.Of(heads, blockSize, v.PanelWidth);

    /// <summary>Queries of a block.</summary>
    public int Queries => Tile.Queries;

    /// <summary>Most keys of a block.</summary>
    public int Keys => Tile.Keys(Width);

    /// <summary>Channels of a group.</summary>
    public int Channels => Tile.Channels(Width);

    /// <summary>Elements of channels of a block of queries, transposed: [panels of queries, channels, a panel's queries].</summary>
    public int Transposed => Channels * Queries;

    /// <summary>Where the rows of the segment begin in the first panel of the group.</summary>
    public static Pointer OfGroup(string tensor) => new(tensor + "g");

    /// <summary>Declares, once a kernel, the blocks that both passes need.</summary>
    public void Scratch(Block b, int scoresOfBlocks)
    {
        b.LetScratch(Scores.Name, scoresOfBlocks * Keys * Queries);
        b.LetScratch(Q.Name, Transposed);
        b.LetScratch(Largest.Name, Queries);
    }

    /// <summary>The loop over the blocks of queries of a segment.</summary>
    public void EachQueryBlock(Block b, Segment segment, string[] tensors, Action<Block, Integer>? before, Action<Block, QueryBlock> write)
    {
        var length = b.LetInteger("length", (segment.Last - segment.First).UpTo(scores.IsUnlimited ? Limits.MostRows : blockSize));
        var group = b.LetOffset("group", Group.RowBase(segment.Group) + (segment.First * Width));
        foreach (string tensor in tensors)
        {
            b.LetAddress(OfGroup(tensor).Name, new Pointer(tensor) + group);
        }

        before?.Invoke(b, length);
        b.For("query", 0, length, Queries, (queries, query) =>
        {
            var end = queries.LetInteger("end", Integer.Min(query + Queries, length));
            Integer from = scores.Window is { } window ? queries.LetInteger("from", Integer.Max(0, query - (window - 1))) : 0;
            write(queries, new((NamedInteger)query, end, from));
        });
    }

    /// <summary>The loop over the heads of a group.</summary>
    public void EachHead(Block b, Segment segment, Action<Block, HeadOfGroup> write)
    {
        if (heads.Padded >= Width)
        {
            write(b, new(segment.Group, 0));
            return;
        }

        int most = Width / heads.Padded;
        var count = heads.Heads % most == 0 ? most : Integer.Min(most, heads.Heads - (segment.Group * most));
        b.For("h", count, (loop, h) => write(loop, new((segment.Group * most) + h, loop.LetInteger("channel", h * heads.Padded))));
    }

    /// <summary>The loop over the blocks of keys that a block of queries sees; the last is that of the queries themselves.</summary>
    public void EachKeyBlock(Block b, QueryBlock queries, Action<Block, KeyBlock> write)
    {
        var key = b.LetInteger("key", queries.From.UpTo(Limits.MostRows));
        b.While(key < queries.End, loop =>
        {
            var left = Integer.Choose(key < queries.First, Integer.Min(Keys, queries.First - key), queries.End - key);
            var count = loop.LetInteger("count", left.UpTo(Keys));
            write(loop, new(key, count));
            loop.Assign(key, key + count);
        });
    }

    /// <summary>The scores of two blocks; those of keys that a query does not see are -∞.</summary>
    public void WriteScores(Block b, QueryBlock queries, KeyBlock keys, HeadOfGroup head, AttentionPart part)
    {
        b.Invoke(part, Rows("k", keys, head), Q + (head.Channel * Width), Scores, keys.Count, Given.Panel);
        b.If(keys.First >= queries.First, own => Mask(own, keys.Count, keys.First - queries.First, isFuture: true));
        if (scores.Window is { } window)
        {
            b.If(keys.First < queries.First + (Queries - window), left =>
                Mask(left, keys.Count, keys.First - queries.First + window, isFuture: false));
        }
    }

    /// <summary>Rows of a block of keys, at the first channel of a head.</summary>
    public Address Rows(string tensor, KeyBlock keys, HeadOfGroup head) => OfGroup(tensor) + (keys.First * Width) + head.Channel;

    /// <summary>The rows of the queries as columns, a lane a query; zeros after the last of them.</summary>
    public void ToColumns(Block b, QueryBlock queries, string tensor, Pointer columns) =>
        b.Invoke(new AttentionToColumnsPart(Tile), RowsOf(tensor, queries), columns, queries.End - queries.First, Given.Panel);

    /// <summary>Columns as the rows of the queries.</summary>
    public void ToRows(Block b, QueryBlock queries, Pointer columns, string tensor) =>
        b.Invoke(new AttentionToRowsPart(Tile), columns, RowsOf(tensor, queries), queries.End - queries.First, Given.Panel);

    /// <summary>Rows of the queries, at the first channel of the group.</summary>
    public Address RowsOf(string tensor, QueryBlock queries) => OfGroup(tensor) + (queries.First * Width);

    /// <summary>A loop over the scores of a block, a key at a time.</summary>
    public void EachRowOfScores(Block b, KeyBlock keys, Action<Block, Address> write) =>
        b.ForOffset("s", 0, keys.Count * Queries, Queries, (loop, s) => write(loop, Scores + s));

    /// <summary>A loop over vectors of what is transposed.</summary>
    public void EachTransposed(Block b, Action<Block, Integer> write) => b.ForOffset("at", 0, Transposed, v.Lanes, write);

    /// <summary>
    /// The scores of lanes that do not see a key are -∞: those before a lane, or those from it on, which moves on with the key.
    /// </summary>
    private void Mask(Block b, Integer count, Integer lane, bool isFuture)
    {
        Names lanes = new("lane");
        for (int i = 0; i < Queries / v.Lanes; i++)
        {
            b.Let(lanes[i], i == 0 ? Expr.LaneNumbers : Expr.LaneNumbers + Expr.Splat(i * v.Lanes));
        }

        var hidden = Expr.Splat(double.NegativeInfinity);
        b.For("s", count, (loop, s) =>
        {
            var edge = loop.Let("edge", Expr.Splat(Expr.Convert(lane + s)));
            for (int i = 0; i < Queries / v.Lanes; i++)
            {
                var place = Scores + (s * Queries) + (i * v.Lanes);
                var score = Expr.Load(place);
                loop.Store(place, isFuture ? Expr.AtLeast(lanes[i], edge, score, hidden) : Expr.AtLeast(lanes[i], edge, hidden, score));
            }
        });
    }
}
