namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// Panels of a weight that is kept in the other order, transposed block by block into memory of the kernel: what costs less than to keep
/// a weight in both orders and to write it twice in every update.
/// </summary>
internal sealed class PackedPanels
{
    private readonly VectorSet _v;

    /// <summary>Declares room.</summary>
    /// <param name="body">The kernel.</param>
    /// <param name="v">Its vectors.</param>
    /// <param name="mostBlocks">The most blocks, of a panel of k by a panel of columns, that are transposed at once.</param>
    public PackedPanels(Block body, VectorSet v, Integer mostBlocks)
    {
        _v = v;
        body.LetScratch(Start.Name, mostBlocks * (v.PanelWidth * v.PanelWidth));
    }

    /// <summary>Where the first of them begins.</summary>
    public static Pointer Start { get; } = new("packed");

    /// <summary>Transposes panels of columns.</summary>
    /// <param name="b">Where to.</param>
    /// <param name="columnPanels">Panels of columns of the whole weight.</param>
    /// <param name="first">The first panel of k.</param>
    /// <param name="count">So many of them.</param>
    /// <param name="j">The first panel of columns.</param>
    /// <param name="panels">So many of them.</param>
    /// <param name="stride">From one of them to the next, when they are transposed.</param>
    public void Fill(Block b, Integer columnPanels, Integer first, Integer count, Integer j, Integer panels, Integer stride)
    {
        int block = _v.PanelWidth * _v.PanelWidth;
        b.For("q", count, (inner, q) =>
        {
            var from = inner.LetAddress("from", new Pointer("w") + ((((first + q) * columnPanels) + j) * block));
            var to = inner.LetAddress("into", Start + (q * block));

            // The blocks of the next panel of k lie a row of blocks on, where the processor does not look for them by itself.
            var next = inner.LetAddress("next", from + (columnPanels * block));
            inner.For(
                "i",
                panels,
                (each, _) =>
                {
                    each.For("line", _v.PanelWidth, (lines, line) => lines.Add(new Prefetch(next + (line * _v.PanelWidth))));
                    each.Add(new Transpose(from, to));
                },
                new Advance(from, block), new Advance(to, stride), new Advance(next, block));
        });
    }

    /// <summary>Asks for what is transposed next, a share of it after each tile of rows: it comes while others are multiplied.</summary>
    /// <inheritdoc cref="Fill"/>
    public void Ahead(Block b, Integer columnPanels, Integer first, Integer count, Integer j, int panels)
    {
        int width = _v.PanelWidth;
        var from = b.LetInteger("nextFrom", (TileProduct.Row * count / Given.Rows).UpTo(count.Bounds.Most));
        var to = b.LetInteger("nextTo", ((TileProduct.Row + TileProduct.Height) * count / Given.Rows).UpTo(count.Bounds.Most));
        b.For("q", from, to, 1, (inner, q) =>
        {
            var next = inner.LetAddress("next", new Pointer("w") + ((((first + q) * columnPanels) + j + panels) * (width * width)));
            inner.For("line", panels * width, (lines, line) => lines.Add(new Prefetch(next + (line * width))));
        });
    }
}
