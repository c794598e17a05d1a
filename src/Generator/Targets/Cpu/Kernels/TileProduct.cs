using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// y[t][j] = Σₖ x[t][k] w[k][j] for one or two panels of columns j: a tile of rows stays in registers while the rows of w
/// stream past. All that is multiplied goes through here; what differs is where x, w and y lie and what becomes of a sum.
/// </summary>
/// <remarks>Rows are dealt evenly to the tiles (7 are 4 + 3, not 6 + 1), so that none is nearly empty.</remarks>
internal sealed class TileProduct(VectorSet v)
{
    // Where the next of x and w that are multiplied lie.
    private static readonly Pointer NextX = new("xk"), NextW = new("wk");

    /// <summary>The row that a tile begins with.</summary>
    public static NamedInteger Row { get; } = Integer.Count("t", Limits.MostRows - 1);

    /// <summary>Rows of a tile.</summary>
    public static NamedInteger Height { get; } = Integer.Count("height", Limits.MostRows);

    /// <summary>The address of y[t], when sums are finished.</summary>
    public static Pointer Result { get; } = new("yt");

    /// <summary>Where x[t][0] lies, for a row t.</summary>
    public required Func<Integer, Address> X { get; init; }

    /// <summary>Where w[0] lies, whose rows are those of a panel.</summary>
    public required Address W { get; init; }

    /// <summary>From a panel of w to the next.</summary>
    public Integer WPanel { get; init; } = 0;

    /// <summary>From w[k] to w[k + 1]: where w lies in panels, their width.</summary>
    public int WRow { get; init; } = v.PanelWidth;

    /// <summary>Where y[t] lies, for a row t.</summary>
    public required Func<Integer, Address> Y { get; init; }

    /// <summary>From x[t][k] to x[t + 1][k].</summary>
    public required long RowStride { get; init; }

    /// <summary>From x[t][k] to x[t][k + 1]; within a panel where x lies in panels.</summary>
    public long DepthStride { get; init; } = 1;

    /// <summary>Number of panels that x lies in, or null where one stride leads from its first k to its last.</summary>
    public Integer? DepthPanels { get; init; }

    /// <summary>Number of k, in a panel or altogether.</summary>
    public required Func<Integer, Integer> Depth { get; init; }

    /// <summary>
    /// Number of k of a group, which begins with a panel: its last panel ends there, although w has rows for all of it. Null where all
    /// panels but the last one are full.
    /// </summary>
    public Integer? Group { get; init; }

    /// <summary>Names of the loop variables for the panel and for k within it.</summary>
    public (string Panel, string Depth) Indices { get; init; } = ("p", "k");

    /// <summary>Panels of columns.</summary>
    public int Panels { get; init; } = 1;

    /// <summary>Vectors of a panel that are computed.</summary>
    public int Vectors { get; init; } = v.VectorsPerPanel;

    /// <summary>Vectors at the end of the last panel that have no columns; their sums are zero.</summary>
    public int Empty { get; init; }

    /// <summary>What becomes of the sum at a row and a vector of the tile.</summary>
    public required Func<int, int, Expr, Statement> Finish { get; init; }

    /// <summary>What follows each tile of "height" rows from row "t"; null for nothing.</summary>
    public Action<Block>? After { get; init; }

    /// <summary>The loop over the rows from one number to another.</summary>
    public void Rows(Block b, Integer first, Integer last)
    {
        int most = v.TileRows(Panels);
        var t = b.LetInteger(Row.Name, first.Within(first.Bounds.Least, last.Bounds.Most - 1));
        b.While(t < last, rows =>
        {
            var left = rows.LetInteger("left", last - t);
            rows.LetInteger(Height.Name, Integer.Choose(left >= 2 * most, most, Integer.Choose(left > most, (left + 1) / 2, left)));
            rows.LetAddress(NextX.Name, X(t));
            rows.LetAddress(NextW.Name, W);
            rows.LetAddress(Result.Name, Y(t));
            rows.Add(new Switch(Height, [.. Enumerable.Range(1, most).Select(height => (height, Tile(height)))]));
            After?.Invoke(rows);
            rows.Assign(t, t + Height);
        });
    }

    private Block Tile(int height)
    {
        var tile = new Block();
        int columns = (Panels * Vectors) - Empty;

        // A low tile has few sums; splitting each by k keeps enough multiply-adds in flight. Panels are padded, so that the last
        // k need not be looked at.
        int split = DepthPanels is null ? 1 : Math.Max(1, Math.Min(4, v.SumsInFlight / (height * columns)));
        string Suffix(int part) => part == 0 ? "" : "_" + "abc"[part - 1];
        Name Sum(int row, int column, int part) => new Names($"y{row}_", Suffix(part))[column];

        for (int part = 0; part < split; part++)
        {
            for (int row = 0; row < height; row++)
            {
                tile.Together(line =>
                {
                    for (int column = 0; column < columns; column++)
                    {
                        line.Let(Sum(row, column, part), Expr.Zero);
                    }
                });
            }
        }

        void Step(Block inner, Integer k, Pointer nextW)
        {
            for (int part = 0; part < split; part++)
            {
                var w = new Names("w", Suffix(part));
                inner.Together(line =>
                {
                    for (int column = 0; column < columns; column++)
                    {
                        var panel = column < Vectors ? nextW : nextW + WPanel;
                        line.Let(w[column], Expr.Load(panel + ((part * WRow) + (column % Vectors * v.Lanes))));
                    }
                });
                for (int row = 0; row < height; row++)
                {
                    inner.Together(line =>
                    {
                        var x = line.Let(new Names("x", Suffix(part))[row], Expr.Splat(Expr.At(NextX, k + part + (row * RowStride))));
                        for (int column = 0; column < columns; column++)
                        {
                            line.Assign(Sum(row, column, part), Expr.Fma(x, w[column], Sum(row, column, part)));
                        }
                    });
                }
            }
        }

        if (DepthPanels is null)
        {
            tile.For(
                Indices.Depth, Depth(0), (inner, _) => Step(inner, 0, NextW), new Advance(NextX, DepthStride), new Advance(NextW, WRow));
        }
        else if (Group is null)
        {
            tile.For(Indices.Panel, DepthPanels, (panel, p) => PanelOf(panel, Depth(p), NextW), new Advance(NextX, Given.Panel));
        }
        else
        {
            var rest = tile.LetInteger("rest", Group);
            tile.For(
                Indices.Panel,
                DepthPanels,
                (panel, _) =>
                {
                    PanelOf(panel, Integer.Min(v.PanelWidth, rest), panel.LetAddress("wp", NextW));
                    panel.Assign(rest, Integer.Choose(rest > v.PanelWidth, rest - v.PanelWidth, Group));
                },
                new Advance(NextX, Given.Panel),
                new Advance(NextW, v.PanelWidth * WRow));
        }

        void PanelOf(Block panel, Integer depth, Pointer nextW) => panel.ForOffset(
            Indices.Depth, 0, depth is WholeNumber ? depth : panel.LetOffset("depth", depth), split,
            (inner, k) => Step(inner, k, nextW), new Advance(nextW, split * WRow));

        for (int row = 0; row < height; row++)
        {
            tile.Together(line =>
            {
                for (int column = 0; column < columns; column++)
                {
                    line.Add(Finish(row, column, Expr.Sum([.. Enumerable.Range(0, split).Select(part => Sum(row, column, part))])));
                }

                for (int column = columns; column < columns + Empty; column++)
                {
                    line.Add(Finish(row, column, Expr.Zero));
                }
            });
        }

        return tile;
    }
}
