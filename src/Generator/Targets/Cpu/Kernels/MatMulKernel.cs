using System.Collections.Immutable;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// y[t][j] = Σₖ x[t][k] w[k][j], and what becomes of it, tile by tile (see <see cref="TileProduct"/>).
/// </summary>
/// <remarks>
/// The layout in panels makes every stride within a tile a constant whatever the shape, so one kernel serves all shapes at
/// full speed: the widths are bounds of loops and nothing else.
/// </remarks>
/// <param name="Epilogue">What becomes of a tile of results before it is stored; null for nothing.</param>
/// <param name="Transposes">Whether w is kept in the other order alone, of which what a tile reads is transposed for all rows.</param>
/// <param name="OfHeads">Whether x lies in heads that do not fill their panels: what is empty at the end of each is passed over.</param>
internal sealed record MatMulKernel(ProductEpilogue? Epilogue = null, bool Transposes = false, bool OfHeads = false) : KernelSpec
{
    public override string Name =>
        "MatMul" + (Transposes ? "Transposed" : "") + (OfHeads ? "OfHeads" : "") + (Epilogue is null ? "" : "_" + Epilogue.Name);

    public override string Summary => $"{Epilogue?.Formula ?? "y = x w"}: [rows, outer] = [rows, inner] [inner, outer]"
        + (Transposes ? "; w lies in the order of wᵀ" : "") + (OfHeads ? "; inner are heads in whole panels" : "");

    public override ImmutableArray<KernelParameter> Parameters =>
    [
        In("x"), In("w"),
        .. Epilogue is null ? [Out("y")] : Epilogue.InputNames.Select(In).Concat(Epilogue.ResultNames.Select(Out)),
        Whole(Given.Inner), .. OfHeads ? [Whole(Given.Head)] : (KernelParameter[])[], Whole(Given.Outer), Panel, Rows, Part,
    ];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        int width = v.PanelWidth;
        var depthPanels = body.LetInteger("depthPanels", Given.Inner.InPieces(width));
        var columnPanels = body.LetInteger("columnPanels", Given.Outer.InPieces(width));
        var wPanel = body.LetInteger("wPanel", depthPanels * (width * width));
        if (Epilogue is not null && !new EpilogueWriter(Epilogue, v).InRegisters)
        {
            body.LetScratch(EpilogueWriter.Tile.Name, v.TileRows(v.TilePanels) * v.TilePanels * width);
        }

        if (Transposes)
        {
            TransposedColumns(body, v, depthPanels, columnPanels);
            return Finished(body);
        }

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

    /// <summary>Panels of columns in turn, each transposed before all rows are multiplied by it.</summary>
    private void TransposedColumns(Block body, VectorSet v, NamedInteger depthPanels, NamedInteger columnPanels)
    {
        var packed = new PackedPanels(body, v, Limits.DeepProduct / v.PanelWidth);
        PartOfColumns(body, v, columnPanels, (column, j, panels) =>
        {
            packed.Fill(column, columnPanels, 0, depthPanels, j, panels);
            void Ahead(Block tile) => packed.Ahead(tile, columnPanels, 0, depthPanels, j, panels);
            Tiles(v, PackedPanels.Start, packed.PanelElements, depthPanels, j, panels, Ahead).Rows(column, 0, Given.Rows);
        });
    }

    /// <summary>A thread's part of the panels of columns, as many at a time as a tile has.</summary>
    public static void PartOfColumns(Block body, VectorSet v, Integer columnPanels, Action<Block, Integer, int> each)
    {
        if (v.TilePanels == 1)
        {
            body.ForPart("j", columnPanels, (column, j) => each(column, j, 1));
            return;
        }

        var pairs = (columnPanels + 1) / 2;
        var j = body.LetInteger("j", Integer.PartFrom(pairs) * 2);
        var end = body.LetInteger("end", Integer.Min(Integer.PartTo(pairs) * 2, columnPanels));
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

    /// <summary>The tiles of one or two panels of columns from panel j on.</summary>
    private TileProduct Tiles(
        VectorSet v, Address w, Integer wPanel, Integer depthPanels, Integer j, int panels, Action<Block>? after = null)
    {
        int width = v.PanelWidth;
        var epilogue = Epilogue is null ? null : new EpilogueWriter(Epilogue, v);
        return new(v)
        {
            X = t => new Pointer("x") + (t * width),
            W = w,
            WPanel = wPanel,
            Y = t => new Pointer(Epilogue?.ResultNames.First() ?? "y") + (j * Given.Panel) + (t * width),
            RowStride = width,
            DepthPanels = depthPanels,
            Depth = p => Integer.Min(width, Given.Inner - (p * width)),
            Group = OfHeads ? Given.Head : null,
            Panels = panels,
            Finish = (row, vector, sum) => epilogue switch
            {
                null => new Store(Place(v, row, vector), sum),
                { InRegisters: true } => new Store(Place(v, row, vector), epilogue.OfSum(j, row, vector, sum)),
                _ => epilogue.Keep(row, vector, panels, sum),
            },
            After = epilogue is { InRegisters: false } ? block =>
            {
                epilogue.OfTile(block, j, panels);
                after?.Invoke(block);
            }
            : after,
        };
    }

    /// <summary>Where a vector of the tile's results lies.</summary>
    public static Address Place(VectorSet v, int row, int vector) =>
        (vector < v.VectorsPerPanel ? TileProduct.Result : TileProduct.Result + Given.Panel)
            + ((row * v.PanelWidth) + (vector % v.VectorsPerPanel * v.Lanes));
}
