using System.Collections.Immutable;

namespace MicroGpt.Generator.Kernels;

/// <summary>What happens to a weight gradient that has just been computed.</summary>
internal enum WeightUpdate
{
    /// <summary>It is stored.</summary>
    Store,

    /// <summary>The weight becomes w − lr dw; the gradient is never stored.</summary>
    Sgd,

    /// <summary>The weight and its moments are updated by Adam; the gradient is never stored.</summary>
    Adam,
}

/// <summary>
/// Adam on one vector. m and v are moved on and then pushed through (x + c) − c, which rounds what has decayed far below
/// anything that matters to zero: numbers too small for a full mantissa would make the processor many times slower.
/// </summary>
internal static class AdamVector
{
    /// <summary>c = 2⁻⁸⁰: what is below c 2⁻²⁴ vanishes in single precision, below c 2⁻⁵³ in double.</summary>
    private const double Flush = 1.0 / (1L << 40) / (1L << 40);

    public static ImmutableArray<KernelParameter> Parameters { get; } =
    [
        new("m", ParameterKind.Output), new("v", ParameterKind.Output),
        new("learningRate", ParameterKind.Real), new("correction", ParameterKind.Real),
    ];

    /// <summary>"learningRate" is lr / (1 − β₁ᵗ), "correction" is 1 / (1 − β₂ᵗ).</summary>
    public static void Constants(Block b)
    {
        b.Let("step", Expr.Splat(Expr.Negate("learningRate")));
        b.Let("unbias", Expr.Splat("correction"));
    }

    /// <summary>Updates the vector of w at an address, given the gradient and the addresses of its moments.</summary>
    public static void Update(Block b, string name, Expr gradient, string w, string m, string v)
    {
        b.Together(line =>
        {
            var g = line.Let("g" + name, gradient);
            var flush = Expr.Splat(Flush);
            line.Let("m" + name, Expr.Fma(Expr.Splat(Ops.AdamUpdate.Beta1), Expr.Load(m), Expr.Splat(1 - Ops.AdamUpdate.Beta1) * g) + flush - flush);
            line.Let("v" + name, Expr.Fma(Expr.Splat(Ops.AdamUpdate.Beta2), Expr.Load(v), Expr.Splat(1 - Ops.AdamUpdate.Beta2) * g * g) + flush - flush);
        });
        var variance = (Expr)("v" + name) * "unbias";
        b.Let("root" + name, Expr.Root(variance));
        b.Together(line =>
        {
            line.Store(m, "m" + name);
            line.Store(v, "v" + name);
            line.Store(w, Expr.Fma("step", (Expr)("m" + name) / ((Expr)("root" + name) + Expr.Splat(Ops.AdamUpdate.Epsilon)), Expr.Load(w)));
        });
    }
}

/// <summary>
/// dw[i][o] = Σₜ x[t][i] dy[t][o], and what becomes of it. A block of one panel of inputs by one panel of outputs is summed in
/// registers while the rows stream past; where the weight is kept in two orientations, the block is then transposed into the other.
/// </summary>
internal sealed record WeightGradKernel(WeightUpdate Update, bool Transposed) : KernelSpec
{
    public override string Name => "WeightGrad" + (Update == WeightUpdate.Store ? "" : "_" + Update + (Transposed ? "" : "_OneOrientation"));

    public override string Summary => Update == WeightUpdate.Store
        ? "dw = xᵀ dy: [inner, outer] = [rows, inner]ᵀ [rows, outer]"
        : (Update == WeightUpdate.Adam ? "Adam on w by xᵀ dy" : "w -= learningRate * xᵀ dy") + ": [inner, outer] = [rows, inner]ᵀ [rows, outer]" + (Update == WeightUpdate.Adam ? "" : "; the gradient stays in registers") + (Transposed ? "; wT is w transposed" : "");

    public override ImmutableArray<KernelParameter> Parameters =>
    [
        In("x"), In("dy"),
        .. Update == WeightUpdate.Store ? (KernelParameter[])[Out("dw")] : Transposed ? [Out("w"), Out("wT")] : [Out("w")],
        .. Update switch
        {
            WeightUpdate.Sgd => (KernelParameter[])[new("learningRate", ParameterKind.Real)],
            WeightUpdate.Adam => AdamVector.Parameters.ToArray(),
            _ => [],
        },
        Whole("inner"), Whole("outer"), Panel, Rows, Part,
    ];

    /// <summary>
    /// Whether the gradient of a block waits in memory for its update: in the block of wT that the transpose is about to
    /// overwrite. Adam is too long to be unrolled over a tile; a short loop over a kilobyte in the first-level cache is faster.
    /// </summary>
    private bool StoresFirst => Update == WeightUpdate.Adam && Transposed;

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        var width = v.PanelWidth;
        var target = Update == WeightUpdate.Store ? "dw" : "w";
        body.LetInteger("innerPanels", $"(inner + {width - 1}) / {width}");
        body.LetInteger("outerPanels", $"(outer + {width - 1}) / {width}");
        if (Update == WeightUpdate.Sgd)
        {
            body.Let("step", Expr.Splat(Expr.Negate("learningRate")));
        }
        else if (Update == WeightUpdate.Adam)
        {
            AdamVector.Constants(body);
        }

        body.ForPart("each", "innerPanels * outerPanels", b =>
        {
            b.LetInteger("o", "each / innerPanels");
            b.LetInteger("i", "each - o * innerPanels");
            b.Add(new LetOffset("place", $"((nint)o * innerPanels + i) * {width * width}"));
            b.LetAddress("block", target + " + place", writable: true);
            if (Update == WeightUpdate.Adam)
            {
                b.LetAddress("mBlock", "m + place", writable: true);
                b.LetAddress("vBlock", "v + place", writable: true);
            }

            if (Transposed)
            {
                b.LetAddress("other", $"wT + ((nint)i * outerPanels + o) * {width * width}", writable: true);
            }

            var row = 0;
            foreach (var height in Heights(v))
            {
                Tile(b, v, row, height);
                row += height;
            }

            if (StoresFirst)
            {
                b.For("a", "0", Index.N(width * width), Index.N(v.Lanes), each =>
                    AdamVector.Update(each, "i", Expr.Load("other + a"), "block + a", "mBlock + a", "vBlock + a"));
            }

            if (Transposed)
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
            if (Update == WeightUpdate.Adam && !StoresFirst)
            {
                for (var column = 0; column < v.VectorsPerPanel; column++)
                {
                    var offset = ((firstRow + row) * width) + (column * v.Lanes);
                    AdamVector.Update(
                        b, Name(row, column), Name(row, column), Index.Plus("block", offset), Index.Plus("mBlock", offset), Index.Plus("vBlock", offset));
                }

                continue;
            }

            b.Together(line =>
            {
                for (var column = 0; column < v.VectorsPerPanel; column++)
                {
                    var address = Index.Plus(StoresFirst ? "other" : "block", ((firstRow + row) * width) + (column * v.Lanes));
                    Expr gradient = Name(row, column);
                    line.Store(address, Update == WeightUpdate.Store || StoresFirst ? gradient : Expr.Fma("step", gradient, Expr.Load(address)));
                }
            });
        }
    }
}
