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
/// <param name="Update">What becomes of it.</param>
/// <param name="IsLone">Whether the weight has no other orientation.</param>
/// <param name="Uneven">Whether half of the last panel of inputs or outputs is empty, or more: that is passed over.</param>
internal sealed record WeightGradKernel(WeightUpdate Update, bool IsLone = false, bool Uneven = false) : KernelSpec
{
    private static readonly Pointer Waiting = new("waiting");

    public override string Name => "WeightGrad"
        + (Uneven ? "Uneven" : "") + (Update == WeightUpdate.Store ? "" : "_" + Update) + (IsLone ? "_Lone" : "");

    public override string Summary =>
        What + (Uneven ? "; half of the last panel of inner or of outer, or more, is empty, which is passed over" : "");

    private string What => !Updates
        ? $"dw {(Update == WeightUpdate.Accumulate ? "+" : "")}= xᵀ dy: [inner, outer] = [rows, inner]ᵀ [rows, outer]"
        : UpdateWriter.Of(Update).Summary.Replace("dw", "xᵀ dy") + ": [inner, outer] = [rows, inner]ᵀ [rows, outer]"
            + (Waits ? "" : "; the gradient stays in registers") + (IsLone ? "; w lies in this order alone" : "; wT is w transposed");

    public override ImmutableArray<KernelParameter> Parameters =>
    [
        In("x"), In("dy"),
        .. !Updates ? (KernelParameter[])[Out("dw")] : IsLone ? [Out("w")] : [Out("w"), Out("wT")],
        .. Updates ? UpdateWriter.Of(Update).Parameters : [],
        Whole(Given.Inner), Whole(Given.Outer), Panel, Rows, Part,
    ];

    /// <summary>Whether the weight is changed, and its other orientation with it.</summary>
    private bool Updates => Update is not (WeightUpdate.Store or WeightUpdate.Accumulate);

    /// <summary>
    /// Whether the gradient of a block waits in memory for its update: in the block of wT that the transpose is about to
    /// overwrite, or where there is none in memory of the kernel. What keeps state is too long to be unrolled over a tile; a short loop
    /// over a kilobyte in the first-level cache is faster.
    /// </summary>
    private bool Waits => Updates && Update != WeightUpdate.Sgd;

    /// <summary>Names of what the rule keeps.</summary>
    private IEnumerable<string> Kept =>
        Updates ? UpdateWriter.Of(Update).Parameters.Where(p => p.Kind == ParameterKind.Output).Select(p => p.Name) : [];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        var blocks = new WeightBlocks(body, v);
        if (IsLone && Waits)
        {
            body.LetScratch(Waiting.Name, v.PanelWidth * v.PanelWidth);
        }

        var step = Update == WeightUpdate.Sgd ? body.Let("step", Expr.Splat(Expr.Negate(new Name("learningRate")))) : null;
        body.ForPart("each", blocks.Number, (b, each) =>
        {
            var (i, o) = blocks.Of(b, each);
            var place = b.LetOffset("place", blocks.Place(i, o));
            var block = b.LetAddress("block", new Pointer(Updates ? "w" : "dw") + place);
            Pointer[] kept = [.. Kept.Select(name => b.LetAddress(name + "Block", new Pointer(name) + place))];
            Address other = IsLone ? Waiting
                : Updates ? b.LetAddress("other", new Pointer("wT") + blocks.TransposedPlace(i, o)) : block;
            var gradient = Waits ? other : block;
            if (Uneven)
            {
                UnevenTiles(b, v, (i, o), gradient, step);
            }
            else
            {
                Tiles(b, v, (i, o), gradient, step, v.VectorsPerPanel, Heights(v, v.GradTileRows), inputs: null);
            }

            if (Waits)
            {
                UpdateWriter.Of(Update)
                    .Loop(b, v, v.PanelWidth * v.PanelWidth, new UpdateTarget(other, block, kept[0], kept[kept.Length - 1]));
            }

            if (Updates && !IsLone)
            {
                b.Add(new Transpose(block, other));
            }
        });
        return Finished(body);
    }

    /// <summary>The tiles of a block of which some inputs, or a vector of outputs, may be empty.</summary>
    private void UnevenTiles(Block b, VectorSet v, (Integer Inner, Integer Outer) panels, Address gradient, Expr? step)
    {
        int width = v.PanelWidth;
        var inputs = b.LetInteger("inputs", Given.Inner - (panels.Inner * width));
        var outputs = b.LetInteger("outputs", Given.Outer - (panels.Outer * width));
        if (Waits)
        {
            b.Comment("What is passed over is zero, as it is from the beginning where gradients are stored.");
            b.If(Integer.Min(inputs, outputs) < width, partly => partly.ForOffset("a", 0, width * width, v.Lanes, (all, a) =>
                all.Store(gradient + a, Expr.Zero)));
        }

        if (v.VectorsPerPanel == 2)
        {
            b.If(outputs > v.Lanes, both => Tiles(both, v, panels, gradient, step, 2, Heights(v, v.GradTileRows), inputs));
            b.If(outputs <= v.Lanes, one => Tiles(one, v, panels, gradient, step, 1, Heights(v, v.Accumulators), inputs));
        }
        else if (v.GradTileRows < width)
        {
            Tiles(b, v, panels, gradient, step, v.VectorsPerPanel, Heights(v, v.GradTileRows), inputs);
        }
        else
        {
            b.If(inputs > width / 2, many => Tiles(many, v, panels, gradient, step, 1, [width], inputs: null));
            b.If(inputs <= width / 2, few => Tiles(few, v, panels, gradient, step, 1, [width / 2], inputs: null));
        }
    }

    /// <summary>Tiles of the rows of a block, one after the other.</summary>
    /// <param name="b">Where to.</param>
    /// <param name="v">The vectors.</param>
    /// <param name="panels">The panels that meet in the block.</param>
    /// <param name="gradient">Where what becomes of the sums lies.</param>
    /// <param name="step">The step that is taken, if it is taken here.</param>
    /// <param name="columns">Vectors of a row.</param>
    /// <param name="heights">Rows of each tile.</param>
    /// <param name="inputs">Rows that are not empty, of which there is at least one; null where all are computed.</param>
    private void Tiles(
        Block b, VectorSet v, (Integer, Integer) panels, Address gradient, Expr? step, int columns, IEnumerable<int> heights,
        Integer? inputs)
    {
        int row = 0;
        foreach (int height in heights)
        {
            int first = row;
            void Tile(Block tile)
            {
                Sum(tile, v, panels, first, height, columns);
                Keep(tile, v, gradient, step, first, height, columns);
            }

            if (inputs is null || first == 0)
            {
                Tile(b);
            }
            else
            {
                b.If(inputs > first, Tile);
            }

            row += height;
        }
    }

    /// <summary>Tiles of at most so many rows that share the rows of a block evenly.</summary>
    private static IEnumerable<int> Heights(VectorSet v, int most)
    {
        int tiles = (v.PanelWidth + most - 1) / most;
        for (int tile = 0, left = v.PanelWidth; tile < tiles; tile++)
        {
            int height = (left + tiles - tile - 1) / (tiles - tile);
            left -= height;
            yield return height;
        }
    }

    /// <summary>The sums of a row of the block.</summary>
    private static Names Sums(int row) => new($"d{row}_");

    /// <summary>Sums some rows of a block over the rows of x and dy.</summary>
    private static void Sum(Block b, VectorSet v, (Integer Inner, Integer Outer) panels, int firstRow, int height, int columns)
    {
        for (int row = firstRow; row < firstRow + height; row++)
        {
            var sums = Sums(row);
            b.Together(line =>
            {
                for (int column = 0; column < columns; column++)
                {
                    line.Let(sums[column], Expr.Zero);
                }
            });
        }

        var xt = b.LetAddress($"x{firstRow}", new Pointer("x") + (panels.Inner * Given.Panel) + firstRow);
        var dyt = b.LetAddress($"dy{firstRow}", new Pointer("dy") + (panels.Outer * Given.Panel));
        Names g = new("g"), a = new("a");
        b.For(
            "t",
            Given.Rows,
            (rows, _) =>
            {
                rows.Together(line =>
                {
                    for (int column = 0; column < columns; column++)
                    {
                        line.Let(g[column], Expr.Load(dyt + (column * v.Lanes)));
                    }
                });
                for (int row = 0; row < height; row++)
                {
                    var (number, sums) = (row, Sums(firstRow + row));
                    rows.Together(line =>
                    {
                        var x = line.Let(a[number], Expr.Splat(Expr.At(xt, number)));
                        for (int column = 0; column < columns; column++)
                        {
                            line.Assign(sums[column], Expr.Fma(x, g[column], sums[column]));
                        }
                    });
                }
            },
            new Advance(xt, v.PanelWidth),
            new Advance(dyt, v.PanelWidth));
    }

    /// <summary>What becomes of the sums: stored in a block, added to it, or taken from it.</summary>
    private void Keep(Block b, VectorSet v, Address block, Expr? step, int firstRow, int height, int columns)
    {
        for (int row = firstRow; row < firstRow + height; row++)
        {
            var (sums, place) = (Sums(row), row * v.PanelWidth);
            b.Together(line =>
            {
                for (int column = 0; column < columns; column++)
                {
                    var address = block + (place + (column * v.Lanes));
                    line.Store(
                        address,
                        step is not null ? Expr.Fma(step, sums[column], Expr.Load(address))
                            : Update == WeightUpdate.Accumulate ? Expr.Load(address) + sums[column]
                            : sums[column]);
                }
            });
        }
    }
}
