using System.Collections.Immutable;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// y[t][j] = Σₖ x[t][k] w[k][j], and what becomes of it, tile by tile (see <see cref="TileProduct"/>).
/// </summary>
/// <remarks>
/// The layout in panels makes every stride within a tile a constant whatever the shape, so one kernel serves all shapes at
/// full speed: the widths are bounds of loops and nothing else.
/// </remarks>
/// <param name="Epilogue">What becomes of a tile of results before it is stored; null for nothing.</param>
internal sealed record MatMulKernel(ProductEpilogue? Epilogue = null) : KernelSpec
{
    public override string Name => "MatMul" + (Epilogue is null ? "" : "_" + Epilogue.Name);

    public override string Summary => $"{Epilogue?.Formula ?? "y = x w"}: [rows, outer] = [rows, inner] [inner, outer]";

    public override ImmutableArray<KernelParameter> Parameters =>
    [
        In("x"), In("w"),
        .. Epilogue is null ? [Out("y")] : Epilogue.InputNames.Select(In).Concat(Epilogue.ResultNames.Select(Out)),
        Whole("inner"), Whole("outer"), Panel, Rows, Part,
    ];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        var width = v.PanelWidth;
        body.LetInteger("depthPanels", $"(inner + {width - 1}) / {width}");
        body.LetInteger("columnPanels", $"(outer + {width - 1}) / {width}");
        body.LetInteger("wPanel", $"depthPanels * {width * width}");
        if (Epilogue is not null && !new EpilogueWriter(Epilogue, v).InRegisters)
        {
            body.Add(new LetScratch(EpilogueWriter.Tile, v.TileRows(v.TilePanels) * v.TilePanels * width));
        }

        const int BlockRows = 24; // a multiple of the rows of every tile
        body.Comment("Rows of x that take a quarter of a megabyte stay in the second-level cache while all of w streams past.");
        body.LetInteger("block", $"rows <= {BlockRows} ? rows : Math.Max({256 * 1024 / v.ElementBytes} / (depthPanels * {width}) / {BlockRows} * {BlockRows}, {BlockRows})");
        body.For("first", "0", "rows", "block", b =>
        {
            b.LetInteger("last", "Math.Min(first + block, rows)");
            if (v.TilePanels == 1)
            {
                b.ForPart("j", "columnPanels", column => RowTiles(column, v, 1));
                return;
            }

            b.LetInteger("j", $"part.From((columnPanels + 1) / 2) * 2");
            b.LetInteger("end", "Math.Min(part.To((columnPanels + 1) / 2) * 2, columnPanels)");
            b.Add(new While($"j + {v.TilePanels} <= end", Of(column =>
            {
                RowTiles(column, v, v.TilePanels);
                column.Assign("j", "j + " + Index.N(v.TilePanels));
            })));
            b.Add(new While("j < end", Of(column =>
            {
                RowTiles(column, v, 1);
                column.Assign("j", "j + 1");
            })));
        });
        return Finished(body);
    }

    private static Block Of(Action<Block> fill)
    {
        var block = new Block();
        fill(block);
        return block;
    }

    private void RowTiles(Block column, VectorSet v, int panels)
    {
        var epilogue = Epilogue is null ? null : new EpilogueWriter(Epilogue, v);
        new TileProduct(v)
        {
            X = $"x + t * {v.PanelWidth}",
            W = "w + (nint)j * wPanel",
            WPanel = "wPanel",
            Y = $"{Epilogue?.ResultNames.First() ?? "y"} + j * panel + t * {v.PanelWidth}",
            RowStride = v.PanelWidth,
            DepthPanels = "depthPanels",
            Depth = $"Math.Min({v.PanelWidth}, inner - p * {v.PanelWidth})",
            Panels = panels,
            Finish = (row, vector, sum) => epilogue switch
            {
                null => new Store(Place(v, row, vector), sum),
                { InRegisters: true } => new Store(Place(v, row, vector), epilogue.OfSum(row, vector, sum)),
                _ => epilogue.Keep(row, vector, panels, sum),
            },
            After = epilogue is { InRegisters: false } ? block => epilogue.OfTile(block, panels) : null,
        }.Rows(column, "first", "last");
    }

    private static string Place(VectorSet v, int row, int vector) => Index.Plus(
        vector < v.VectorsPerPanel ? "yt" : "yt + panel", (row * v.PanelWidth) + (vector % v.VectorsPerPanel * v.Lanes));
}
