using System.Globalization;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// Panels of a weight that is kept in the other order, transposed block by block into memory of the kernel: what costs less than to keep
/// a large weight in both orders and to write it twice in every update.
/// </summary>
internal sealed class PackedPanels
{
    private readonly VectorSet _v;

    /// <summary>Declares room for the panels of a tile.</summary>
    /// <param name="body">The kernel.</param>
    /// <param name="v">Its vectors.</param>
    /// <param name="mostPanels">The most panels of k that are transposed at once.</param>
    public PackedPanels(Block body, VectorSet v, int mostPanels)
    {
        _v = v;
        PanelElements = mostPanels * v.PanelWidth * v.PanelWidth;
        body.LetScratch(Start.Name, PanelElements * v.TilePanels);
    }

    /// <summary>Where the first of them begins.</summary>
    public static Pointer Start { get; } = new("packed");

    /// <summary>From one panel to the next.</summary>
    public int PanelElements { get; }

    /// <summary>Transposes panels of columns.</summary>
    /// <param name="b">Where to.</param>
    /// <param name="columnPanels">Panels of columns of the whole weight.</param>
    /// <param name="first">The first panel of k.</param>
    /// <param name="count">So many of them.</param>
    /// <param name="j">The first panel of columns.</param>
    /// <param name="panels">One or two of them.</param>
    public void Fill(Block b, Integer columnPanels, Integer first, Integer count, Integer j, int panels)
    {
        int block = _v.PanelWidth * _v.PanelWidth;
        b.For("q", count, (inner, q) =>
        {
            for (int i = 0; i < panels; i++)
            {
                string number = i.ToString(CultureInfo.InvariantCulture);
                var from = inner.LetOffset("from" + number, (((first + q) * columnPanels) + j + i) * block);
                inner.Add(new Transpose(new Pointer("w") + from, Start + (q * block) + (i * PanelElements)));
            }
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
