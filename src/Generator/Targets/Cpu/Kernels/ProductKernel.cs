using System.Collections.Immutable;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>y[t][j] = Σₖ x[t][k] w[k][j], and what becomes of it: whatever w lies like.</summary>
/// <param name="Epilogue">What becomes of a tile of results before it is stored; null for nothing.</param>
/// <param name="OfHeads">Whether x lies in heads that do not fill their panels: what is empty at the end of each is passed over.</param>
internal abstract record ProductKernel(ProductEpilogue? Epilogue, bool OfHeads) : KernelSpec
{
    public sealed override string Name => Stem + (OfHeads ? "OfHeads" : "") + (Epilogue is null ? "" : "_" + Epilogue.Name);

    public sealed override string Summary => $"{Epilogue?.Formula ?? "y = x w"}: [rows, outer] = [rows, inner] [inner, outer]"
        + Remark + (OfHeads ? "; inner are heads in whole panels" : "");

    public sealed override ImmutableArray<KernelParameter> Parameters =>
    [
        In("x"), In("w"),
        .. Epilogue is null ? [Out("y")] : Epilogue.InputNames.Select(In).Concat(Epilogue.ResultNames.Select(Out)),
        Whole(Given.Inner), .. OfHeads ? [Whole(Given.Head)] : (KernelParameter[])[],
        .. IsPart ? [Panel, Rows] : (KernelParameter[])[Whole(Given.Outer), Panel, Rows, Part],
    ];

    /// <summary>What its name begins with.</summary>
    protected abstract string Stem { get; }

    /// <summary>What its summary says of w.</summary>
    protected virtual string Remark => "";

    /// <summary>Whether it computes two panels of columns, for a kernel that has divided the columns among threads.</summary>
    protected virtual bool IsPart => false;

    /// <summary>Declares room for what of a tile waits for the epilogue, if any does.</summary>
    /// <param name="body">The kernel.</param>
    /// <param name="v">Its vectors.</param>
    /// <param name="panels">The most panels of columns of a tile.</param>
    protected void LetScratch(Block body, VectorSet v, int panels)
    {
        if (Epilogue is not null && !new EpilogueWriter(Epilogue, v).InRegisters)
        {
            body.LetScratch(EpilogueWriter.Tile.Name, v.TileRows(panels) * panels * v.PanelWidth);
        }
    }

    /// <summary>The tiles of one or two panels of columns from panel j on.</summary>
    /// <param name="v">The vectors.</param>
    /// <param name="w">Where their weights lie.</param>
    /// <param name="wPanel">From one panel of weights to the next.</param>
    /// <param name="depthPanels">Panels of k.</param>
    /// <param name="j">The first panel of columns.</param>
    /// <param name="panels">One or two of them.</param>
    /// <param name="empty">Vectors at their end that have no columns.</param>
    protected TileProduct Tiles(
        VectorSet v, Address w, Integer wPanel, Integer depthPanels, Integer j, int panels, int empty = 0)
    {
        int width = v.PanelWidth;
        var epilogue = Epilogue is null ? null : new EpilogueWriter(Epilogue, v);
        return new(v)
        {
            X = t => new Pointer("x") + (t * width),
            W = w,
            WPanel = wPanel,
            Y = t => new Pointer(Epilogue?.ResultNames.First() ?? "y") + (j * Given.Panel) + (t * width),
            RowStride = width,
            DepthPanels = depthPanels,
            Depth = p => Integer.Min(width, Given.Inner - (p * width)),
            Group = OfHeads ? Given.Head : null,
            Panels = panels,
            Empty = empty,
            Finish = (row, vector, sum) => epilogue switch
            {
                null => new Store(MatMulKernel.Place(v, row, vector), sum),
                { InRegisters: true } => new Store(MatMulKernel.Place(v, row, vector), epilogue.OfSum(j, row, vector, sum)),
                _ => epilogue.Keep(row, vector, panels, sum),
            },
            After = epilogue is { InRegisters: false } ? block => epilogue.OfTile(block, j, panels) : null,
        };
    }

    /// <summary>What a kernel of the same product is called with, for columns from panel j on.</summary>
    /// <param name="v">The vectors.</param>
    /// <param name="w">Where their weights lie.</param>
    /// <param name="j">The first panel of columns.</param>
    /// <param name="last">What follows the channels that go in.</param>
    protected Operand[] OfColumns(VectorSet v, Address w, Integer j, params Operand[] last)
    {
        Operand From(string name, Integer stride) => new Pointer(name) + (j * stride);
        return
        [
            new Pointer("x"), w,
            .. Epilogue is null ? [From("y", Given.Panel)]
                : Epilogue.InputNames.Select((name, i) => From(name, Epilogue.Packed[i] ? (Integer)v.PanelWidth : Given.Panel))
                    .Concat(Epilogue.ResultNames.Select(name => From(name, Given.Panel))),
            Given.Inner, .. OfHeads ? [Given.Head] : (Operand[])[], .. last,
        ];
    }
}
