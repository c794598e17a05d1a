using System.Collections.Immutable;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>A block of queries of a head, as the parts of attention see it.</summary>
/// <param name="Size">Channels of the head.</param>
/// <param name="Padded">Channels that it takes in memory.</param>
/// <param name="Queries">Queries of the block.</param>
internal sealed record HeadTile(int Size, int Padded, int Queries)
{
    /// <summary>Most keys from which on two panels of queries make a block: so many that little is wasted beyond the diagonal.</summary>
    private const int ManyKeys = 256;

    public static HeadTile Of(HeadLayout heads, int blockSize, int panelWidth) =>
        new(heads.Size, heads.Padded, (blockSize >= ManyKeys ? 2 : 1) * panelWidth);

    /// <summary>Most keys of a block.</summary>
    public int Keys(int panelWidth) => Math.Max(4 * panelWidth, Queries);

    /// <summary>Channels that are handled together: of a panel with whole heads, or of a head of several panels.</summary>
    public int Channels(int panelWidth) => Math.Max(Padded, panelWidth);

    /// <summary>Part of a kernel's name.</summary>
    public string Suffix => $"_{Size}{(Padded == Size ? "" : "in" + Padded)}x{Queries}";
}

/// <summary>
/// A part of attention without the matrix of its weights: a product of a block of queries, a lane each, with a block of keys. It is a
/// kernel of its own since the compiler of the runtime optimises methods only up to a size.
/// </summary>
internal abstract record AttentionPart(HeadTile Tile) : KernelSpec
{
    /// <summary>Keys of the block.</summary>
    protected static NamedInteger Count { get; } = Integer.Count("count", Limits.MostRows);

    /// <summary>Names of the loops over panels of channels, and over what is summed up.</summary>
    protected static (string, string) Loops => ("c", "i");

    /// <summary>Panels of queries of a tile.</summary>
    protected int TilePanels(VectorSet v) => Tile.Queries / v.PanelWidth % v.TilePanels == 0 ? v.TilePanels : 1;

    /// <summary>Whether the head takes several panels.</summary>
    protected bool IsWide(VectorSet v) => Tile.Padded > v.PanelWidth;

    /// <summary>Channels of the head that a panel has.</summary>
    protected int ChannelsOfPanel(VectorSet v) => IsWide(v) ? v.PanelWidth : Tile.Size;

    /// <summary>A loop over the panels of channels of the head.</summary>
    protected void EachPanel(Block b, VectorSet v, Action<Block, Integer> write) =>
        b.ForPanels("panelOfHead", Math.Max(1, Tile.Padded / v.PanelWidth), write);

    /// <summary>A loop over the tiles that a row of scores has.</summary>
    protected void EachTile(Block b, VectorSet v, Action<Block, Integer> write) =>
        b.ForPanels("tile", Tile.Queries / v.PanelWidth / TilePanels(v), write);

    /// <summary>Where the product of a key and a vector of queries belongs.</summary>
    /// <param name="Address">Its place among the scores.</param>
    /// <param name="Row">The number of the key in the tile.</param>
    /// <param name="Vector">The number of the vector in the tile.</param>
    /// <param name="Query">The first query of the vector, in the block.</param>
    protected sealed record Place(Address Address, int Row, int Vector, Integer Query);

    /// <summary>
    /// For each key of the block and each query, the product of the key's row with what the query has of the same channels.
    /// </summary>
    protected Block Products(VectorSet v, Func<Place, Expr, Statement> finish)
    {
        var body = new Block();
        var (width, panels, channels) = (v.PanelWidth, TilePanels(v), Tile.Channels(v.PanelWidth));
        EachTile(body, v, (tiles, j) => new TileProduct(v)
        {
            X = t => new Pointer("rows") + (t * width),
            RowStride = width,
            DepthPanels = IsWide(v) ? Tile.Padded / width : null,
            Depth = _ => ChannelsOfPanel(v),
            Indices = Loops,
            W = new Pointer("columns") + (j * (panels * channels * width)),
            WPanel = channels * width,
            Panels = panels,
            Y = t => new Pointer("scores") + (t * Tile.Queries) + (j * (panels * width)),
            Finish = (row, vector, sum) => finish(
                new Place(
                    TileProduct.Result + ((row * Tile.Queries) + (vector * v.Lanes)),
                    row,
                    vector,
                    (j * (panels * width)) + (vector * v.Lanes)),
                sum),
        }.Rows(tiles, 0, Count));
        return body;
    }
}

/// <summary>The scores of a block of keys: their rows times the columns of queries, which are scaled already.</summary>
/// <param name="Tile">The head.</param>
/// <param name="Softcap">c where scores s become c tanh(s / c).</param>
/// <param name="Slopes">Elements from a score to where 1 - tanh² of it goes; 0 where nobody needs it.</param>
internal sealed record AttentionScoresPart(HeadTile Tile, double? Softcap, int Slopes) : AttentionPart(Tile)
{
    private bool WritesSlopes => Softcap is not null && Slopes > 0;

    public override string Name => "AttentionScores" + Tile.Suffix
        + (Softcap is { } cap ? "_cap" + AttentionScores.Identifier(cap) : "") + (WritesSlopes ? "_slopes" : "");

    public override string Summary =>
        $"scores[s][t] = {(Softcap is { } cap ? $"{AttentionScores.Number(cap)} tanh(rows[s]·columns[t])" : "rows[s]·columns[t]")} "
        + $"for count keys s and {Tile.Queries} queries t" + (WritesSlopes ? "; after them, how steep tanh is there" : "");

    public override ImmutableArray<KernelParameter> Parameters => [In("rows"), In("columns"), Out("scores"), Whole(Count), Panel];

    protected override Block Body(VectorSet v) => Products(v, (place, product) =>
    {
        if (Softcap is not { } cap)
        {
            return new Store(place.Address, product);
        }

        var capped = new Names($"capped{place.Row}_")[place.Vector];
        var score = new Store(place.Address, Expr.Splat(cap) * capped);
        var let = new Let(capped.Text, Expr.Tanh(product));
        var slope = new Store(place.Address + Slopes, Expr.Splat(1) - (capped * capped));
        return new Together(WritesSlopes ? [let, score, slope] : [let, score]);
    });
}

/// <summary>ds = p (dy·v - mean) of a block of keys, after the weights p.</summary>
/// <param name="Tile">The head.</param>
/// <param name="Gradients">Elements from a weight to its gradient.</param>
/// <param name="Slopes">Elements from a weight to what its gradient is further multiplied by; 0 for nothing.</param>
internal sealed record AttentionScoreGradPart(HeadTile Tile, int Gradients, int Slopes) : AttentionPart(Tile)
{
    public override string Name => "AttentionScoreGrad" + Tile.Suffix + (Slopes > 0 ? "_slopes" : "");

    public override string Summary =>
        $"after the weights p: p[s][t] (rows[s]·columns[t] - means[t]){(Slopes > 0 ? " slopes[s][t]" : "")} "
        + $"for count keys s and {Tile.Queries} queries t";

    public override ImmutableArray<KernelParameter> Parameters =>
        [In("rows"), In("columns"), In("means"), Out("scores"), Whole(Count), Panel];

    protected override Block Body(VectorSet v) => Products(v, (place, product) =>
    {
        var gradient = Expr.Load(place.Address) * (product - Expr.Load(new Pointer("means") + place.Query));
        return new Store(place.Address + Gradients, Slopes == 0 ? gradient : gradient * Expr.Load(place.Address + Slopes));
    });
}

/// <summary>To what each query has of each channel, the sum over the keys of a block of rows that weights multiply.</summary>
internal sealed record AttentionOverKeysPart(HeadTile Tile) : AttentionPart(Tile)
{
    public override string Name => "AttentionOverKeys" + Tile.Suffix;

    public override string Summary => $"columns[t] += Σ weights[s][t] rows[s] over count keys s, for {Tile.Queries} queries t";

    public override ImmutableArray<KernelParameter> Parameters => [In("rows"), In("weights"), Out("columns"), Whole(Count), Panel];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        var (width, panels, channels) = (v.PanelWidth, TilePanels(v), Tile.Channels(v.PanelWidth));
        EachPanel(body, v, (ofHead, c) => EachTile(ofHead, v, (tiles, j) => new TileProduct(v)
        {
            X = t => new Pointer("rows") + (c * Given.Panel) + t,
            RowStride = 1,
            DepthStride = width,
            Depth = _ => Count,
            Indices = Loops,
            W = new Pointer("weights") + (j * (panels * width)),
            WRow = Tile.Queries,
            WPanel = width,
            Panels = panels,
            Y = t => new Pointer("columns") + (c * (width * width)) + (j * (panels * channels * width)) + (t * width),
            Finish = (row, vector, sum) =>
            {
                var (panel, inPanel) = (vector / v.VectorsPerPanel, vector % v.VectorsPerPanel);
                var place = TileProduct.Result + ((row * width) + (panel * channels * width) + (inPanel * v.Lanes));
                return new Store(place, Expr.Load(place) + sum);
            },
        }.Rows(tiles, 0, ChannelsOfPanel(v))));
        return body;
    }
}

/// <summary>To a row of each key of a block, the sum over the queries of rows that weights multiply, times a factor.</summary>
internal sealed record AttentionOverQueriesPart(HeadTile Tile) : AttentionPart(Tile)
{
    private static NamedInteger Queries { get; } = Integer.Count("queries", Limits.MostRows);

    public override string Name => "AttentionOverQueries" + Tile.Suffix;

    public override string Summary => "sums[s] += factor Σ weights[s][t] rows[t] over the queries t, for count keys s";

    public override ImmutableArray<KernelParameter> Parameters =>
        [In("weights"), In("rows"), new("factor", ParameterKind.Real), Out("sums"), Whole(Count), Whole(Queries), Panel];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        int width = v.PanelWidth;
        EachPanel(body, v, (ofHead, c) => new TileProduct(v)
        {
            X = t => new Pointer("weights") + (t * Tile.Queries),
            RowStride = Tile.Queries,
            Depth = _ => Queries,
            Indices = Loops,
            W = new Pointer("rows") + (c * Given.Panel),
            WRow = Tile.Padded < v.Lanes ? v.Lanes : width,
            Vectors = Math.Max(1, Math.Min(Tile.Padded, width) / v.Lanes),
            Y = t => new Pointer("sums") + (c * Given.Panel) + (t * width),
            Finish = (row, vector, sum) =>
            {
                var place = TileProduct.Result + ((row * width) + (vector * v.Lanes));
                return new Store(place, Expr.Fma(sum, Expr.Splat(new Name("factor")), Expr.Load(place)));
            },
        }.Rows(ofHead, 0, Count));
        return body;
    }
}

/// <summary>Rows as columns, or the reverse: blocks of a panel of queries and a panel of channels.</summary>
internal abstract record AttentionTransposePart(HeadTile Tile) : AttentionPart(Tile)
{
    private static readonly Pointer Partial = new("partial");

    /// <summary>The loop over the blocks.</summary>
    /// <param name="v">The vectors.</param>
    /// <param name="write">Given where a block's rows and its columns lie, how many of its queries there are, and room for a block.</param>
    /// <returns>The body.</returns>
    protected Block EachBlock(VectorSet v, Action<Block, Pointer, Pointer, Integer, Pointer> write)
    {
        var body = new Block();
        var (width, channels) = (v.PanelWidth, Tile.Channels(v.PanelWidth));
        body.LetScratch(Partial.Name, width * width);
        body.ForPanels("panelOfQueries", Tile.Queries / width, (ofQueries, j) =>
        {
            var valid = ofQueries.LetInteger("valid", Integer.Min(width, Integer.Max(0, Count - (j * width))).UpTo(width));
            ofQueries.ForPanels("panelOfGroup", channels / width, (block, c) => write(
                block,
                block.LetAddress("ofRows", new Pointer("rows") + (c * Given.Panel) + (j * (width * width))),
                block.LetAddress("ofColumns", new Pointer("columns") + (j * (channels * width)) + (c * (width * width))),
                valid,
                Partial));
        });
        return body;
    }

    /// <summary>A loop over the vectors of some rows of a block.</summary>
    protected static void EachVector(Block b, VectorSet v, Integer from, Integer to, Action<Block, Integer> write) =>
        b.For("r", from, to, 1, (row, r) =>
        {
            for (int i = 0; i < v.VectorsPerPanel; i++)
            {
                write(row, (r * v.PanelWidth) + (i * v.Lanes));
            }
        });
}

/// <summary>Rows of count queries as columns, a lane a query; zeros after the last of them.</summary>
internal sealed record AttentionToColumnsPart(HeadTile Tile) : AttentionTransposePart(Tile)
{
    public override string Name => "AttentionToColumns" + Tile.Suffix;

    public override string Summary => $"columns[c][t] = rows[t][c] for count queries t, and 0 for the rest of {Tile.Queries}";

    public override ImmutableArray<KernelParameter> Parameters => [In("rows"), Out("columns"), Whole(Count), Panel];

    protected override Block Body(VectorSet v) => EachBlock(v, (block, rows, columns, valid, partial) =>
    {
        block.If(valid < v.PanelWidth, last =>
        {
            EachVector(last, v, 0, valid, (row, place) => row.Store(partial + place, Expr.Load(rows + place)));
            EachVector(last, v, valid, v.PanelWidth, (row, place) => row.Store(partial + place, Expr.Zero));
            last.Assign(rows, partial);
        });
        block.Add(new Transpose(rows, columns));
    });
}

/// <summary>Columns of count queries as rows.</summary>
internal sealed record AttentionToRowsPart(HeadTile Tile) : AttentionTransposePart(Tile)
{
    public override string Name => "AttentionToRows" + Tile.Suffix;

    public override string Summary => "rows[t][c] = columns[c][t] for count queries t";

    public override ImmutableArray<KernelParameter> Parameters => [In("columns"), Out("rows"), Whole(Count), Panel];

    protected override Block Body(VectorSet v) => EachBlock(v, (block, rows, columns, valid, partial) =>
    {
        block.If(valid.Is(v.PanelWidth), whole => whole.Add(new Transpose(columns, rows)));
        block.If(valid < v.PanelWidth, last =>
        {
            last.Add(new Transpose(columns, partial));
            EachVector(last, v, 0, valid, (row, place) => row.Store(rows + place, Expr.Load(partial + place)));
        });
    });
}
