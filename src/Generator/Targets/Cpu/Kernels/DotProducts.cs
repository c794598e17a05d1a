using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// y[t][j] = Σₖ x[t][k] w[j][k] where neighbours in memory are neighbouring k, of x and of w: a vector of each is multiplied and added to a
/// vector of sums, whose lanes are added when all k are through. Of few rows that costs less than to transpose w.
/// </summary>
internal sealed class DotProducts(VectorSet v)
{
    /// <summary>Columns of a tile: a row's four vectors of sums become one of four sums.</summary>
    private const int Columns = 4;

    private static readonly Pointer NextX = new("xk"), NextW = new("wk");

    /// <summary>Rows of a tile, whose sums stay in registers.</summary>
    public static int MostRows(VectorSet v) => v.Accumulators / Columns;

    /// <summary>Where x[t] lies, for a row t.</summary>
    public required Func<Integer, Address> X { get; init; }

    /// <summary>Where the rows of w that make a panel of columns lie.</summary>
    public required Address W { get; init; }

    /// <summary>From a panel of k of them to the next.</summary>
    public required Integer WPanel { get; init; }

    /// <summary>Panels of k.</summary>
    public required Integer DepthPanels { get; init; }

    /// <summary>Where the panel of columns of y[t] lies, for a row t, or of a tile from there on.</summary>
    public required Func<Integer, Address> Y { get; init; }

    /// <summary>What follows each tile of "height" rows from row "t"; null for nothing.</summary>
    public Action<Block>? After { get; init; }

    /// <summary>The loop over all rows.</summary>
    public void Rows(Block b)
    {
        int most = MostRows(v);
        var t = b.LetInteger(TileProduct.Row.Name, ((Integer)0).Within(0, Limits.MostRows - 1));
        b.While(t < Given.Rows, rows =>
        {
            var left = rows.LetInteger("left", Given.Rows - t);
            rows.LetInteger(
                TileProduct.Height.Name, Integer.Choose(left >= 2 * most, most, Integer.Choose(left > most, (left + 1) / 2, left)));
            rows.Add(new Switch(TileProduct.Height, [.. Enumerable.Range(1, most).Select(height => (height, Tile(height, t)))]));
            After?.Invoke(rows);
            rows.Assign(t, t + TileProduct.Height);
        });
    }

    private Block Tile(int height, Integer t)
    {
        var tile = new Block();
        tile.ForOffset("column", 0, v.PanelWidth, Columns, (group, first) =>
        {
            group.LetAddress(NextX.Name, X(t));
            group.LetAddress(NextW.Name, W + (first * v.PanelWidth));
            var y = group.LetAddress("yc", Y(t) + first);
            for (int row = 0; row < height; row++)
            {
                group.Together(line =>
                {
                    for (int column = 0; column < Columns; column++)
                    {
                        line.Let(Sum(row, column), Expr.Zero);
                    }
                });
            }

            group.For(
                "p",
                DepthPanels,
                (panel, _) =>
                {
                    // Panels lie too far from each other for the processor to see what comes next: the same rows of the next tile do.
                    for (int ahead = Columns; ahead < 2 * Columns; ahead++)
                    {
                        panel.Add(new Prefetch(NextW + (ahead * v.PanelWidth)));
                    }

                    for (int vector = 0; vector < v.VectorsPerPanel; vector++)
                    {
                        Step(panel, height, vector);
                    }
                },
                new Advance(NextX, Given.Panel),
                new Advance(NextW, WPanel));
            for (int row = 0; row < height; row++)
            {
                group.Add(new StoreSums([.. Enumerable.Range(0, Columns).Select(column => Sum(row, column))], y + (row * v.PanelWidth)));
            }
        });
        return tile;
    }

    private static Name Sum(int row, int column) => new Names($"y{row}_")[column];

    private void Step(Block b, int height, int vector)
    {
        Names x = new("x", "_" + vector), w = new("w", "_" + vector);
        b.Together(line =>
        {
            for (int row = 0; row < height; row++)
            {
                line.Let(x[row], Expr.Load(NextX + ((row * v.PanelWidth) + (vector * v.Lanes))));
            }
        });
        for (int column = 0; column < Columns; column++)
        {
            b.Together(line =>
            {
                var row = line.Let(w[column], Expr.Load(NextW + ((column * v.PanelWidth) + (vector * v.Lanes))));
                for (int t = 0; t < height; t++)
                {
                    line.Assign(Sum(t, column), Expr.Fma(x[t], row, Sum(t, column)));
                }
            });
        }
    }
}
