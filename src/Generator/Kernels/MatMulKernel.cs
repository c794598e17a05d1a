using System.Collections.Immutable;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Kernels;

/// <summary>
/// y[t][j] = Σₖ x[t][k] w[k][j], then the epilogue. A tile of rows by one panel of columns stays in registers while the
/// panel of w streams past; the rows are dealt evenly to the tiles, so that none is nearly empty.
/// </summary>
internal sealed record MatMulKernel(int K, int N, Epilogue Epilogue) : KernelSpec
{
    public override string Name => $"MatMul_{K}x{N}" + (Epilogue == Epilogue.None ? "" : "_" + Epilogue);

    public override string Summary => $"y = {Formula}: [rows, {N}] = [rows, {K}] [{K}, {N}]";

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
        Out("y"), Panel, Rows,
    ];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        var panels = (N + v.PanelWidth - 1) / v.PanelWidth;
        var tilePanels = v.TilePanels(panels);
        var block = RowBlock(v);
        if (block == 0 || panels == tilePanels)
        {
            Columns(body, v, panels, tilePanels, "0", "rows");
        }
        else
        {
            body.Comment($"Blocks of {block} rows, which stay in the second-level cache while all of w streams past.");
            body.For("first", "0", "rows", Index.N(block), b =>
            {
                b.LetInteger("last", $"Math.Min(first + {block}, rows)");
                Columns(b, v, panels, tilePanels, "first", "last");
            });
        }

        return body;
    }

    /// <summary>Rows of x that take about a quarter of a megabyte; 0 where x is small anyway.</summary>
    private int RowBlock(VectorSet v)
    {
        var rows = 256 * 1024 / (K * v.ElementBytes);
        return rows >= 512 ? 0 : Math.Max(v.TileRows, rows / v.TileRows * v.TileRows);
    }

    private void Columns(Block body, VectorSet v, int panels, int tilePanels, string first, string last) =>
        body.ForPanels("j", panels / tilePanels, (b, j) =>
        {
            b.LetInteger("t", first);
            var rows = new Block();
            rows.LetInteger("left", last + " - t");
            rows.LetInteger("height", $"left >= {2 * v.TileRows} ? {v.TileRows} : left > {v.TileRows} ? (left + 1) / 2 : left");
            rows.Add(new Switch("height", [.. Enumerable.Range(1, v.TileRows).Select(h => (h, Tile(v, h, j, tilePanels)))]));
            rows.Assign("t", "t + height");
            b.Add(new While("t < " + last, rows));
        });

    private Block Tile(VectorSet v, int height, string j, int tilePanels)
    {
        var tile = new Block();
        var width = v.PanelWidth;
        var kPanels = (K + width - 1) / width;
        var columns = tilePanels * v.VectorsPerPanel;

        // A low tile has few sums; splitting each by k keeps enough multiply-adds in flight.
        var split = Math.Max(1, Math.Min(4, v.SumsInFlight / (height * columns)));
        string Sum(int row, int column, int part) => $"y{row}_{column}" + (part == 0 ? "" : "_" + "abc"[part - 1]);

        tile.LetAddress("xk", $"x + t * {width}");
        tile.LetAddress("wk", Index.Plus("w", Index.Times(j, (long)tilePanels * kPanels * width * width)));
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

        void Depth(Block outer, string depth) => outer.For(
            "k",
            "0",
            depth,
            Index.N(split),
            inner =>
            {
                for (var part = 0; part < split; part++)
                {
                    var at = Index.Plus("k", part);
                    var suffix = part == 0 ? "" : "_" + "abc"[part - 1];
                    inner.Together(line =>
                    {
                        for (var column = 0; column < columns; column++)
                        {
                            var panelOffset = (long)(column / v.VectorsPerPanel) * kPanels * width * width;
                            var offset = panelOffset + (part * width) + (column % v.VectorsPerPanel * v.Lanes);
                            line.Let($"w{column}{suffix}", Expr.Load(Index.Plus("wk", offset)));
                        }
                    });
                    for (var row = 0; row < height; row++)
                    {
                        inner.Together(line =>
                        {
                            var x = line.Let($"x{row}{suffix}", Expr.Splat(Expr.At("xk", Index.Plus(at, row * width))));
                            for (var column = 0; column < columns; column++)
                            {
                                line.Assign(Sum(row, column, part), Expr.Fma(x, $"w{column}{suffix}", Sum(row, column, part)));
                            }
                        });
                    }
                }
            },
            ("wk", Index.N(split * width)));

        var last = K - ((kPanels - 1) * width);
        if (kPanels == 1)
        {
            Depth(tile, Index.N(Lowering.RoundUp(last, split)));
        }
        else if (last == width)
        {
            tile.For("p", Index.N(kPanels), b => Depth(b, Index.N(width)), ("xk", "panel"));
        }
        else
        {
            tile.For(
                "p",
                Index.N(kPanels),
                b =>
                {
                    b.LetInteger("depth", $"p < {kPanels - 1} ? {width} : {Lowering.RoundUp(last, split)}");
                    Depth(b, "depth");
                },
                ("xk", "panel"));
        }

        for (var row = 0; row < height; row++)
        {
            tile.Together(line =>
            {
                for (var column = 0; column < columns; column++)
                {
                    var sum = Expr.Sum([.. Enumerable.Range(0, split).Select(part => (Expr)Sum(row, column, part))]);
                    line.Add(Finish(v, j, tilePanels, row, column, sum));
                }
            });
        }

        return tile;
    }

    private Statement Finish(VectorSet v, string j, int tilePanels, int row, int column, Expr sum)
    {
        var panelIndex = Index.Plus(Index.Times(j, tilePanels), column / v.VectorsPerPanel);
        var panel = panelIndex == "0" ? "0" : panelIndex.Contains(' ') ? $"({panelIndex}) * panel" : $"{panelIndex} * panel";
        var offset = Index.Plus(Index.Plus(panel, "t * " + Index.N(v.PanelWidth)), (row * v.PanelWidth) + (column % v.VectorsPerPanel * v.Lanes));
        var value = Epilogue switch
        {
            Epilogue.Add => sum + Expr.Load(Index.Plus("r", offset)),
            Epilogue.Relu => Expr.Max(sum, Expr.Zero),
            Epilogue.ReluGrad => Expr.WherePositive(Expr.Load(Index.Plus("relu", offset)), sum),
            _ => sum,
        };
        return new Store(Index.Plus("y", offset), value);
    }
}
