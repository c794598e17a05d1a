using System.Collections.Immutable;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// y[t][j] = Σₖ x[t][k] w[k][j], then the epilogue, tile by tile (see <see cref="TileProduct"/>).
/// </summary>
/// <remarks>
/// The layout in panels makes every stride within a tile a constant whatever the shape, so one kernel serves all shapes at
/// full speed: the widths are bounds of loops and nothing else.
/// </remarks>
internal sealed record MatMulKernel(Epilogue Epilogue) : KernelSpec
{
    public override string Name => "MatMul" + (Epilogue == Epilogue.None ? "" : "_" + Epilogue);

    public override string Summary => $"y = {Formula}: [rows, outer] = [rows, inner] [inner, outer]";

    private string Formula => Epilogue switch
    {
        Epilogue.Add => "x w + r",
        Epilogue.Relu => "max(x w, 0)",
        Epilogue.ReluGrad => "x w where relu > 0, else 0",
        _ => "x w",
    };

    public override ImmutableArray<KernelParameter> Parameters =>
    [
        In("x"), In("w"), .. Epilogue is Epilogue.Add or Epilogue.ReluGrad ? (KernelParameter[])[In(OperandOf(Epilogue))] : [],
        Out("y"), Whole("inner"), Whole("outer"), Panel, Rows, Part,
    ];

    /// <summary>Name of the parameter for an epilogue's other operand.</summary>
    public static string OperandOf(Epilogue epilogue) => epilogue == Epilogue.Add ? "r" : "relu";

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        var width = v.PanelWidth;
        body.LetInteger("depthPanels", $"(inner + {width - 1}) / {width}");
        body.LetInteger("columnPanels", $"(outer + {width - 1}) / {width}");
        body.LetInteger("wPanel", $"depthPanels * {width * width}");
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

    private void RowTiles(Block column, VectorSet v, int panels) => new TileProduct(v)
    {
        X = $"x + t * {v.PanelWidth}",
        W = "w + (nint)j * wPanel",
        WPanel = "wPanel",
        Y = $"y + j * panel + t * {v.PanelWidth}",
        RowStride = v.PanelWidth,
        DepthPanels = "depthPanels",
        Depth = $"Math.Min({v.PanelWidth}, inner - p * {v.PanelWidth})",
        Panels = panels,
        Finish = (row, vector, sum) => Finish(v, row, vector, sum),
    }.Rows(column, "first", "last");

    private Statement Finish(VectorSet v, int row, int column, Expr sum)
    {
        var within = (row * v.PanelWidth) + (column % v.VectorsPerPanel * v.Lanes);
        var offset = Index.Plus((column < v.VectorsPerPanel ? "j * panel" : "(j + 1) * panel") + $" + t * {v.PanelWidth}", within);
        var value = Epilogue switch
        {
            Epilogue.Add => sum + Expr.Load(Index.Plus("r", offset)),
            Epilogue.Relu => Expr.Max(Expr.Zero, sum),
            Epilogue.ReluGrad => Expr.WherePositive(Expr.Load(Index.Plus("relu", offset)), sum),
            _ => sum,
        };
        return new Store(Index.Plus(column < v.VectorsPerPanel ? "yt" : "yt + panel", within), value);
    }
}
