using System.Collections.Immutable;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>What happens to a weight gradient that has just been computed.</summary>
internal enum WeightUpdate
{
    /// <summary>It is stored.</summary>
    Store,

    /// <summary>It is added to what is stored already.</summary>
    Accumulate,

    /// <summary>The weight becomes w − lr dw; the gradient is never stored.</summary>
    Sgd,

    /// <summary>The weight moves by the heavy ball's velocity, which is kept.</summary>
    Momentum,

    /// <summary>The weight and its moments are updated by Adam; the gradient is never stored.</summary>
    Adam,

    /// <summary>The same after the weight has decayed.</summary>
    AdamW,
}

/// <summary>
/// dw[i][o] = Σₜ x[t][i] dy[t][o], and what becomes of it. A block of one panel of inputs by one panel of outputs is summed in
/// registers while the rows stream past; an updated block is then transposed into the weight's other orientation.
/// </summary>
internal sealed record WeightGradKernel(WeightUpdate Update) : KernelSpec
{
    public override string Name => "WeightGrad" + (Update == WeightUpdate.Store ? "" : "_" + Update);

    public override string Summary => !Updates
        ? $"dw {(Update == WeightUpdate.Accumulate ? "+" : "")}= xᵀ dy: [inner, outer] = [rows, inner]ᵀ [rows, outer]"
        : UpdateWriter.Of(Update).Summary.Replace("dw", "xᵀ dy") + ": [inner, outer] = [rows, inner]ᵀ [rows, outer]" + (Waits ? "" : "; the gradient stays in registers") + "; wT is w transposed";

    public override ImmutableArray<KernelParameter> Parameters =>
    [
        In("x"), In("dy"),
        .. !Updates ? (KernelParameter[])[Out("dw")] : [Out("w"), Out("wT")],
        .. Updates ? UpdateWriter.Of(Update).Parameters : [],
        Whole("inner"), Whole("outer"), Panel, Rows, Part,
    ];

    /// <summary>Whether the weight is changed, and its other orientation with it.</summary>
    private bool Updates => Update is not (WeightUpdate.Store or WeightUpdate.Accumulate);

    /// <summary>
    /// Whether the gradient of a block waits in memory for its update: in the block of wT that the transpose is about to
    /// overwrite. What keeps state is too long to be unrolled over a tile; a short loop over a kilobyte in the first-level cache is faster.
    /// </summary>
    private bool Waits => Updates && Update != WeightUpdate.Sgd;

    /// <summary>Names of what the rule keeps.</summary>
    private IEnumerable<string> Kept => Updates ? UpdateWriter.Of(Update).Parameters.Where(p => p.Kind == ParameterKind.Output).Select(p => p.Name) : [];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        var width = v.PanelWidth;
        var target = Updates ? "w" : "dw";
        body.LetInteger("innerPanels", $"(inner + {width - 1}) / {width}");
        body.LetInteger("outerPanels", $"(outer + {width - 1}) / {width}");
        if (Update == WeightUpdate.Sgd)
        {
            body.Let("step", Expr.Splat(Expr.Negate("learningRate")));
        }

        body.ForPart("each", "innerPanels * outerPanels", b =>
        {
            b.LetInteger("o", "each / innerPanels");
            b.LetInteger("i", "each - o * innerPanels");
            b.Add(new LetOffset("place", $"((nint)o * innerPanels + i) * {width * width}"));
            b.LetAddress("block", target + " + place", writable: true);
            foreach (var kept in Kept)
            {
                b.LetAddress(kept + "Block", kept + " + place", writable: true);
            }

            if (Updates)
            {
                b.LetAddress("other", $"wT + ((nint)i * outerPanels + o) * {width * width}", writable: true);
            }

            var row = 0;
            foreach (var height in Heights(v))
            {
                Tile(b, v, row, height);
                row += height;
            }

            if (Waits)
            {
                UpdateWriter.Of(Update).Loop(b, v, width * width, new UpdateTarget("other + a", "block + a", "mBlock + a", "vBlock + a"));
            }

            if (Updates)
            {
                b.Add(new Transpose("block", "other"));
            }
        });
        return Finished(body);
    }

    /// <summary>Tiles that share the rows of a block evenly.</summary>
    private static IEnumerable<int> Heights(VectorSet v)
    {
        var tiles = (v.PanelWidth + v.GradTileRows - 1) / v.GradTileRows;
        for (int tile = 0, left = v.PanelWidth; tile < tiles; tile++)
        {
            var height = (left + tiles - tile - 1) / (tiles - tile);
            left -= height;
            yield return height;
        }
    }

    private void Tile(Block b, VectorSet v, int firstRow, int height)
    {
        var width = v.PanelWidth;
        string Name(int row, int column) => $"d{firstRow + row}_{column}";
        for (var row = 0; row < height; row++)
        {
            b.Together(line =>
            {
                for (var column = 0; column < v.VectorsPerPanel; column++)
                {
                    line.Let(Name(row, column), Expr.Zero);
                }
            });
        }

        string xt = $"x{firstRow}", dyt = $"dy{firstRow}";
        b.LetAddress(xt, Index.Plus("x + i * panel", firstRow));
        b.LetAddress(dyt, "dy + o * panel");
        b.For(
            "t",
            "rows",
            rows =>
            {
                rows.Together(line =>
                {
                    for (var column = 0; column < v.VectorsPerPanel; column++)
                    {
                        line.Let($"g{column}", Expr.Load(Index.Plus(dyt, column * v.Lanes)));
                    }
                });
                for (var row = 0; row < height; row++)
                {
                    rows.Together(line =>
                    {
                        var x = line.Let($"a{row}", Expr.Splat(Expr.At(xt, Index.N(row))));
                        for (var column = 0; column < v.VectorsPerPanel; column++)
                        {
                            line.Assign(Name(row, column), Expr.Fma(x, $"g{column}", Name(row, column)));
                        }
                    });
                }
            },
            (xt, Index.N(width)),
            (dyt, Index.N(width)));

        for (var row = 0; row < height; row++)
        {
            b.Together(line =>
            {
                for (var column = 0; column < v.VectorsPerPanel; column++)
                {
                    var address = Index.Plus(Waits ? "other" : "block", ((firstRow + row) * width) + (column * v.Lanes));
                    Expr gradient = Name(row, column);
                    line.Store(address, Update switch
                    {
                        WeightUpdate.Sgd => Expr.Fma("step", gradient, Expr.Load(address)),
                        WeightUpdate.Accumulate => Expr.Load(address) + gradient,
                        _ => gradient,
                    });
                }
            });
        }
    }
}
