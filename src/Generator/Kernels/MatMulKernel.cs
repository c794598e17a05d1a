using System.Collections.Immutable;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Kernels;

/// <summary>
/// y[t][j] = Σₖ x[t][k] w[k][j], then the epilogue. A tile of rows by one or two panels of columns stays in registers while
/// the panels of w stream past; the rows are dealt evenly to the tiles, so that none is nearly empty.
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
        In("x"), In("w"), .. Epilogue is Epilogue.Add or Epilogue.ReluGrad ? (KernelParameter[])[In(Epilogues.Parameter(Epilogue))] : [],
        Out("y"), Whole("inner"), Whole("outer"), Panel, Rows, Part,
    ];

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

    private void RowTiles(Block column, VectorSet v, int panels)
    {
        var most = v.TileRows(panels);
        column.LetInteger("t", "first");
        column.Add(new While("t < last", Of(rows =>
        {
            rows.LetInteger("left", "last - t");
            rows.LetInteger("height", $"left >= {2 * most} ? {most} : left > {most} ? (left + 1) / 2 : left");
            rows.LetAddress("xk", $"x + t * {v.PanelWidth}");
            rows.LetAddress("wk", "w + (nint)j * wPanel");
            rows.Add(new Switch("height", [.. Enumerable.Range(1, most).Select(h => (h, Tile(v, h, panels)))]));
            rows.Assign("t", "t + height");
        })));
    }

    private Block Tile(VectorSet v, int height, int panels)
    {
        var tile = new Block();
        var width = v.PanelWidth;
        var columns = panels * v.VectorsPerPanel;

        // A low tile has few sums; splitting each by k keeps enough multiply-adds in flight.
        var split = Math.Max(1, Math.Min(4, v.SumsInFlight / (height * columns)));
        string Suffix(int part) => part == 0 ? "" : "_" + "abc"[part - 1];
        string Sum(int row, int column, int part) => $"y{row}_{column}{Suffix(part)}";

        for (var part = 0; part < split; part++)
        {
            for (var row = 0; row < height; row++)
            {
                tile.Together(line =>
                {
                    for (var column = 0; column < columns; column++)
                    {
                        line.Let(Sum(row, column, part), Expr.Zero);
                    }
                });
            }
        }

        tile.For(
            "p",
            "depthPanels",
            panel =>
            {
                panel.LetInteger("depth", $"Math.Min({width}, inner - p * {width})");
                panel.For(
                    "k",
                    "0",
                    "depth",
                    Index.N(split),
                    inner =>
                    {
                        for (var part = 0; part < split; part++)
                        {
                            var suffix = Suffix(part);
                            inner.Together(line =>
                            {
                                for (var column = 0; column < columns; column++)
                                {
                                    var address = column < v.VectorsPerPanel ? "wk" : "wk + wPanel";
                                    line.Let($"w{column}{suffix}", Expr.Load(Index.Plus(
                                        address, (part * width) + (column % v.VectorsPerPanel * v.Lanes))));
                                }
                            });
                            for (var row = 0; row < height; row++)
                            {
                                inner.Together(line =>
                                {
                                    var x = line.Let($"x{row}{suffix}", Expr.Splat(Expr.At("xk", Index.Plus(Index.Plus("k", part), row * width))));
                                    for (var column = 0; column < columns; column++)
                                    {
                                        line.Assign(Sum(row, column, part), Expr.Fma(x, $"w{column}{suffix}", Sum(row, column, part)));
                                    }
                                });
                            }
                        }
                    },
                    ("wk", Index.N(split * width)));
            },
            ("xk", "panel"));

        for (var row = 0; row < height; row++)
        {
            tile.Together(line =>
            {
                for (var column = 0; column < columns; column++)
                {
                    var sum = Expr.Sum([.. Enumerable.Range(0, split).Select(part => (Expr)Sum(row, column, part))]);
                    line.Add(Finish(v, row, column, sum));
                }
            });
        }

        return tile;
    }

    private Statement Finish(VectorSet v, int row, int column, Expr sum)
    {
        var panel = column < v.VectorsPerPanel ? "j * panel" : "(j + 1) * panel";
        var offset = Index.Plus(panel + " + t * " + Index.N(v.PanelWidth), (row * v.PanelWidth) + (column % v.VectorsPerPanel * v.Lanes));
        var value = Epilogue switch
        {
            Epilogue.Add => sum + Expr.Load(Index.Plus("r", offset)),
            Epilogue.Relu => Expr.Max(Expr.Zero, sum),
            Epilogue.ReluGrad => Expr.WherePositive(Expr.Load(Index.Plus("relu", offset)), sum),
            _ => sum,
        };
        return new Store(Index.Plus("y", offset), value);
    }
}
