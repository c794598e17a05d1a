namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// y[t][j] = Σₖ x[t][k] w[k][j] for one or two panels of columns j: a tile of rows stays in registers while the rows of w
/// stream past. All that is multiplied goes through here; what differs is where x, w and y lie and what becomes of a sum.
/// </summary>
/// <remarks>Rows are dealt evenly to the tiles (7 are 4 + 3, not 6 + 1), so that none is nearly empty.</remarks>
internal sealed class TileProduct(VectorSet v)
{
    /// <summary>Address of x[t][0], in terms of t.</summary>
    public required string X { get; init; }

    /// <summary>Address of w[0], whose rows are those of a panel.</summary>
    public required string W { get; init; }

    /// <summary>From a panel of w to the next.</summary>
    public string WPanel { get; init; } = "";

    /// <summary>Address of y[t], in terms of t; the name "yt" stands for it when sums are finished.</summary>
    public required string Y { get; init; }

    /// <summary>From x[t][k] to x[t + 1][k].</summary>
    public required long RowStride { get; init; }

    /// <summary>From x[t][k] to x[t][k + 1]; within a panel where x lies in panels.</summary>
    public long DepthStride { get; init; } = 1;

    /// <summary>Number of panels that x lies in, or null where one stride leads from its first k to its last.</summary>
    public string? DepthPanels { get; init; }

    /// <summary>Number of k, in a panel or altogether.</summary>
    public required string Depth { get; init; }

    /// <summary>Names of the loop variables for the panel and for k within it.</summary>
    public (string Panel, string Depth) Indices { get; init; } = ("p", "k");

    /// <summary>Panels of columns.</summary>
    public int Panels { get; init; } = 1;

    /// <summary>What becomes of the sum at a row and a vector of the tile.</summary>
    public required Func<int, int, Expr, Statement> Finish { get; init; }

    /// <summary>What follows each tile of "height" rows from row "t"; null for nothing.</summary>
    public Action<Block>? After { get; init; }

    /// <summary>The loop over the rows from one number to another.</summary>
    public void Rows(Block b, string first, string last)
    {
        var most = v.TileRows(Panels);
        b.LetInteger("t", first);
        var rows = new Block();
        rows.LetInteger("left", last + " - t");
        rows.LetInteger("height", $"left >= {2 * most} ? {most} : left > {most} ? (left + 1) / 2 : left");
        rows.LetAddress("xk", X);
        rows.LetAddress("wk", W);
        rows.LetAddress("yt", Y, writable: true);
        rows.Add(new Switch("height", [.. Enumerable.Range(1, most).Select(height => (height, Tile(height)))]));
        After?.Invoke(rows);
        rows.Assign("t", "t + height");
        b.Add(new While("t < " + last, rows));
    }

    private Block Tile(int height)
    {
        var tile = new Block();
        var width = v.PanelWidth;
        var columns = Panels * v.VectorsPerPanel;

        // A low tile has few sums; splitting each by k keeps enough multiply-adds in flight. Panels are padded, so that the last
        // k need not be looked at.
        var split = DepthPanels is null ? 1 : Math.Max(1, Math.Min(4, v.SumsInFlight / (height * columns)));
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

        void Step(Block inner, string k)
        {
            for (var part = 0; part < split; part++)
            {
                var suffix = Suffix(part);
                inner.Together(line =>
                {
                    for (var column = 0; column < columns; column++)
                    {
                        var address = column < v.VectorsPerPanel ? "wk" : "wk + " + WPanel;
                        line.Let($"w{column}{suffix}", Expr.Load(Index.Plus(
                            address, (part * width) + (column % v.VectorsPerPanel * v.Lanes))));
                    }
                });
                for (var row = 0; row < height; row++)
                {
                    inner.Together(line =>
                    {
                        var x = line.Let($"x{row}{suffix}", Expr.Splat(Expr.At("xk", Index.Plus(Index.Plus(k, part), row * RowStride))));
                        for (var column = 0; column < columns; column++)
                        {
                            line.Assign(Sum(row, column, part), Expr.Fma(x, $"w{column}{suffix}", Sum(row, column, part)));
                        }
                    });
                }
            }
        }

        if (DepthPanels is null)
        {
            tile.For(Indices.Depth, Depth, inner => Step(inner, "0"), ("xk", Index.N(DepthStride)), ("wk", Index.N(width)));
        }
        else
        {
            tile.For(
                Indices.Panel,
                DepthPanels,
                panel =>
                {
                    var depth = Depth;
                    if (depth.Contains('('))
                    {
                        panel.Add(new LetOffset("depth", depth));
                        depth = "depth";
                    }

                    panel.ForOffset(Indices.Depth, "0", depth, Index.N(split), inner => Step(inner, Indices.Depth), ("wk", Index.N(split * width)));
                },
                ("xk", "panel"));
        }

        for (var row = 0; row < height; row++)
        {
            tile.Together(line =>
            {
                for (var column = 0; column < columns; column++)
                {
                    line.Add(Finish(row, column, Expr.Sum([.. Enumerable.Range(0, split).Select(part => (Expr)Sum(row, column, part))])));
                }
            });
        }

        return tile;
    }
}
