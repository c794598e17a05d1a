using System.Collections.Immutable;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// y[t][j] = Σₖ x[t][k] w[k][j] over so many k that neither a row of x nor a panel of w stays in the nearest caches: the gradient with
/// respect to what goes into the last product of a large vocabulary. The k are gone over in stretches, each for all columns and rows
/// before the next, so that w comes from memory once.
/// </summary>
/// <param name="Transposes">Whether w is kept in the other order alone, of which each stretch is transposed for all rows.</param>
internal sealed record DeepMatMulKernel(bool Transposes = false) : KernelSpec
{
    /// <summary>Bytes of a panel of w in a stretch: two of them, and the rows of a tile, stay in the second-level cache.</summary>
    private const int StretchBytes = 32 * 1024;

    public override string Name => "DeepMatMul" + (Transposes ? "Transposed" : "");

    public override string Summary => "y = x w, in stretches of k: [rows, outer] = [rows, inner] [inner, outer]"
        + (Transposes ? "; w lies in the order of wᵀ" : "");

    public override ImmutableArray<KernelParameter> Parameters =>
        [In("x"), In("w"), Out("y"), Whole(Given.Inner), Whole(Given.Outer), Panel, Rows, Part];

    /// <summary>Whether a product over so many k is better off here: they are many stretches.</summary>
    public static bool Suits(int inner) => inner >= Limits.DeepProduct;

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        int width = v.PanelWidth;
        var depthPanels = body.LetInteger("depthPanels", Given.Inner.InPieces(width));
        var columnPanels = body.LetInteger("columnPanels", Given.Outer.InPieces(width));
        var wPanel = body.LetInteger("wPanel", depthPanels * (width * width));
        int stretch = StretchBytes / MemoryLayout.PanelBytes / width;
        int packedPanel = stretch * width * width;
        var packed = Transposes ? new PackedPanels(body, v, stretch * v.TilePanels) : null;
        body.For("first", 0, depthPanels, stretch, (b, first) =>
        {
            var panels = b.LetInteger("panels", Integer.Min(depthPanels - first, stretch).UpTo(stretch));
            MatMulKernel.PartOfColumns(b, v, columnPanels, (column, j, wide) =>
            {
                column.If(first.Is(0), begin => Clear(begin, v, j, wide));
                packed?.Fill(column, columnPanels, first, panels, j, wide, packedPanel);
                var w = packed is null ? new Pointer("w") + (j * wPanel) + (first * (width * width)) : PackedPanels.Start;
                Tiles(v, w, packed is null ? wPanel : packedPanel, first, panels, j, wide, tile =>
                {
                    Ahead(tile, v, columnPanels, first, stretch, j, wide);
                    packed?.Ahead(tile, columnPanels, first, panels, j, wide);
                }).Rows(column, 0, Given.Rows);
            });
        });
        return Finished(body);
    }

    /// <summary>Asks for a share of the rows of x in the next stretch after each tile, such that all have come when it begins.</summary>
    private static void Ahead(Block b, VectorSet v, Integer columnPanels, Integer first, int stretch, Integer j, int wide)
    {
        var from = b.LetInteger("xFrom", (j * stretch / columnPanels).UpTo(stretch));
        var to = b.LetInteger("xTo", ((j + wide) * stretch / columnPanels).UpTo(stretch));
        b.For("a", from, to, 1, (panel, a) =>
        {
            var next = panel.LetAddress(
                "nextX", new Pointer("x") + ((first + a + stretch) * Given.Panel) + (TileProduct.Row * v.PanelWidth));
            panel.For("line", TileProduct.Height, (lines, line) => lines.Add(new Prefetch(next + (line * v.PanelWidth))));
        });
    }

    private static void Clear(Block b, VectorSet v, Integer j, int wide) =>
        b.For("z", j, j + wide, 1, (panel, z) => panel.For("r", Given.Rows, (row, r) =>
        {
            for (int i = 0; i < v.VectorsPerPanel; i++)
            {
                row.Store(new Pointer("y") + RowLoop.Offset(v, z, r, i), Expr.Zero);
            }
        }));

    /// <summary>The tiles of one or two panels of columns, over one stretch.</summary>
    private static TileProduct Tiles(
        VectorSet v, Address w, Integer wPanel, Integer first, Integer count, Integer j, int wide, Action<Block> after)
    {
        int width = v.PanelWidth;
        return new(v)
        {
            X = t => new Pointer("x") + (first * Given.Panel) + (t * width),
            W = w,
            WPanel = wPanel,
            Y = t => new Pointer("y") + (j * Given.Panel) + (t * width),
            RowStride = width,
            DepthPanels = count,
            Depth = p => Integer.Min(width, Given.Inner - ((first + p) * width)),
            Panels = wide,
            Finish = (row, vector, sum) =>
            {
                var place = MatMulKernel.Place(v, row, vector);
                return new Store(place, Expr.Load(place) + sum);
            },
            After = after,
        };
    }
}
