using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// y[t][j] = Σₖ x[t][k] w[k][j], and what becomes of it, tile by tile (see <see cref="TileProduct"/>).
/// </summary>
/// <remarks>
/// The layout in panels makes every stride within a tile a constant whatever the shape, so one kernel serves all shapes at
/// full speed: the widths are bounds of loops and nothing else.
/// </remarks>
/// <inheritdoc cref="ProductKernel"/>
internal sealed record MatMulKernel(ProductEpilogue? Epilogue = null, bool OfHeads = false) : ProductKernel(Epilogue, OfHeads)
{
    protected override string Stem => "MatMul";

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        int width = v.PanelWidth;
        var depthPanels = body.LetInteger("depthPanels", Given.Inner.InPieces(width));
        var columnPanels = body.LetInteger("columnPanels", Given.Outer.InPieces(width));
        var wPanel = body.LetInteger("wPanel", depthPanels * (width * width));
        LetScratch(body, v, v.TilePanels);
        const int BlockRows = 24; // a multiple of the rows of every tile
        body.Comment("Rows of x that take a quarter of a megabyte stay in the second-level cache while all of w streams past.");
        var block = body.LetInteger("block", Integer.Choose(
            Given.Rows <= BlockRows, Given.Rows,
            Integer.Max((Integer)(256 * 1024 / v.ElementBytes) / (depthPanels * width) / BlockRows * BlockRows, BlockRows)));
        body.For("first", 0, Given.Rows, block, (b, first) =>
        {
            var last = b.LetInteger("last", Integer.Min(first + block, Given.Rows));
            void Columns(Block column, Integer j, int panels) =>
                Tiles(v, new Pointer("w") + (j * wPanel), wPanel, depthPanels, j, panels).Rows(column, first, last);

            PartOfColumns(b, v, columnPanels, Columns);
        });
        return Finished(body);
    }

    /// <summary>A thread's part of the panels of columns, as many at a time as a tile has.</summary>
    public static void PartOfColumns(Block body, VectorSet v, Integer columnPanels, Action<Block, Integer, int> each)
    {
        if (v.TilePanels == 1)
        {
            body.ForPart("j", columnPanels, (column, j) => each(column, j, 1));
            return;
        }

        var (j, end) = PartOfColumns(body, v, columnPanels);
        for (int panels = v.TilePanels; panels > 0; panels--)
        {
            var (most, wide) = (panels == 1 ? j < end : j + panels <= end, panels);
            body.While(most, column =>
            {
                each(column, j, wide);
                column.Assign(j, j + wide);
            });
        }
    }

    /// <summary>Declares the first panel of a thread's part of the columns, and the first that is not any more: whole tiles.</summary>
    public static (NamedInteger First, NamedInteger End) PartOfColumns(Block body, VectorSet v, Integer columnPanels)
    {
        int wide = v.TilePanels;
        var tiles = columnPanels.InPieces(wide);
        return (
            body.LetInteger("j", Integer.PartFrom(tiles) * wide),
            body.LetInteger("end", Integer.Min(Integer.PartTo(tiles) * wide, columnPanels)));
    }

    /// <summary>Where a vector of the tile's results lies.</summary>
    public static Address Place(VectorSet v, int row, int vector) =>
        (vector < v.VectorsPerPanel ? TileProduct.Result : TileProduct.Result + Given.Panel)
            + ((row * v.PanelWidth) + (vector % v.VectorsPerPanel * v.Lanes));
}
