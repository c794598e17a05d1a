using System.Collections.Immutable;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// y[t][j] = Σₖ x[t][k] w[k][j] over so many k that neither a row of x nor a panel of w stays in the nearest caches: the gradient with
/// respect to what goes into the last product of a large vocabulary. The k are gone over in stretches, each for all columns and rows
/// before the next, so that w comes from memory once.
/// </summary>
internal sealed record DeepMatMulKernel : KernelSpec
{
    /// <summary>Bytes of a panel of w in a stretch: two of them, and the rows of a tile, stay in the second-level cache.</summary>
    private const int StretchBytes = 32 * 1024;

    public override string Name => "DeepMatMul";

    public override string Summary => "y = x w, in stretches of k: [rows, outer] = [rows, inner] [inner, outer]";

    public override ImmutableArray<KernelParameter> Parameters =>
        [In("x"), In("w"), Out("y"), Whole(Given.Inner), Whole(Given.Outer), Panel, Rows, Part];

    /// <summary>Whether a product over so many k is better off here: they are many stretches.</summary>
    public static bool Suits(int inner) => inner >= 4096;

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        var width = v.PanelWidth;
        var depthPanels = body.LetInteger("depthPanels", Given.Inner.InPieces(width));
        var columnPanels = body.LetInteger("columnPanels", Given.Outer.InPieces(width));
        var wPanel = body.LetInteger("wPanel", depthPanels * (width * width));
        var stretch = StretchBytes / MemoryLayout.PanelBytes / width;
        var pairs = v.TilePanels == 1 ? columnPanels : (columnPanels + v.TilePanels - 1) / v.TilePanels;
        var from = body.LetInteger("from", Integer.PartFrom(pairs) * v.TilePanels);
        var to = body.LetInteger(
            "to", v.TilePanels == 1 ? Integer.PartTo(pairs) : Integer.Min(Integer.PartTo(pairs) * v.TilePanels, columnPanels));
        body.For("z", from, to, 1, (column, z) => column.For("t", Given.Rows, (row, t) =>
        {
            for (var i = 0; i < v.VectorsPerPanel; i++)
            {
                row.Store(new Pointer("y") + RowLoop.Offset(v, z, t, i), Expr.Zero);
            }
        }));
        body.For("first", 0, depthPanels, stretch, (b, first) =>
        {
            var panels = b.LetInteger("panels", Integer.Min(depthPanels - first, stretch).UpTo(stretch));
            var j = b.LetInteger("j", from);
            void Columns(int wide) => b.While(j + wide <= to, column =>
            {
                Tiles(v, wPanel, first, panels, j, wide).Rows(column, 0, Given.Rows);
                column.Assign(j, j + wide);
            });

            for (var wide = v.TilePanels; wide > 0; wide--)
            {
                Columns(wide);
            }
        });
        return Finished(body);
    }

    /// <summary>The tiles of one or two panels of columns, over one stretch.</summary>
    private static TileProduct Tiles(VectorSet v, Integer wPanel, Integer first, Integer count, Integer j, int wide)
    {
        var width = v.PanelWidth;
        return new(v)
        {
            X = t => new Pointer("x") + (first * Given.Panel) + (t * width),
            W = new Pointer("w") + (j * wPanel) + (first * (width * width)),
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
        };
    }
}
