using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// y[t][j] = Σₖ x[t][k] w[k][j], and what becomes of it, where half of the last panel of columns is empty, or more: where a panel is two
/// vectors, the second is not computed.
/// </summary>
/// <inheritdoc cref="ProductKernel"/>
internal sealed record MatMulUnevenKernel(ProductEpilogue? Epilogue = null, bool OfHeads = false) : ProductKernel(Epilogue, OfHeads)
{
    /// <summary>
    /// Whether a product of so many columns has such a panel, and one before it; both must have room where they are transposed.
    /// </summary>
    public static bool Suits(MemoryLayout layout, Axis k, Axis n) => layout.IsUneven(n)
        && layout.Physical(n) > layout.PanelWidth && layout.Extent(k) < Limits.DeepProduct / 2;

    public override ImmutableArray<KernelSpec> Parts(VectorSet v) => IsWorthwhile(v) ? [FullPanels, LastPanels] : [FullPanels];

    protected override string Stem => "MatMulUneven";

    protected override string Remark => "; half of the last panel of outer, or more, is empty, which panels of two vectors pass over";

    private MatMulKernel FullPanels => new(Epilogue, OfHeads);

    private MatMulLastKernel LastPanels => new(Epilogue, OfHeads);

    /// <summary>Whether anything can be left out: a tile holds whole vectors.</summary>
    public static bool IsWorthwhile(VectorSet v) => v.VectorsPerPanel == 2;

    /// <summary>
    /// Declares the first panel of a thread's part of the columns, and the first that is not any more. The last two go together, for
    /// whichever thread they are: so their sums have the same order whatever the number of threads.
    /// </summary>
    public static (NamedInteger First, NamedInteger End) PartOfColumns(Block body, VectorSet v, Integer columnPanels)
    {
        if (!IsWorthwhile(v))
        {
            return MatMulKernel.PartOfColumns(body, v, columnPanels);
        }

        var pieces = body.LetInteger("pieces", (columnPanels - 1).UpTo(columnPanels.Bounds.Most));
        var j = body.LetInteger("j", Integer.PartFrom(pieces));
        var to = Integer.PartTo(pieces);
        return (j, body.LetInteger("end", Integer.Choose(to.Is(pieces), columnPanels, to)));
    }

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        if (!IsWorthwhile(v))
        {
            body.Invoke(FullPanels, OfColumns(v, new Pointer("w"), 0, Given.Outer, Given.Panel, Given.Rows, new OwnPart()));
            return body;
        }

        int width = v.PanelWidth;
        var columnPanels = body.LetInteger("columnPanels", Given.Outer.InPieces(width));
        var wPanel = body.LetInteger("wPanel", Given.Inner.InPieces(width) * (width * width));
        var (j, end) = PartOfColumns(body, v, columnPanels);
        Columns(body, v, panel => new Pointer("w") + (panel * wPanel), columnPanels, j, end);
        return Finished(body);
    }

    /// <summary>Columns from a panel to another, of which the weights lie where a function says.</summary>
    public void Columns(Block body, VectorSet v, Func<Integer, Address> w, Integer columnPanels, Integer j, Integer end)
    {
        int width = v.PanelWidth;
        if (!IsWorthwhile(v))
        {
            body.Invoke(FullPanels, OfColumns(v, w(j), j, (end - j) * width, Given.Panel, Given.Rows, new WholePart()));
            return;
        }

        var full = body.LetInteger("full", Integer.Choose(end.Is(columnPanels), end - 2, end).UpTo(columnPanels.Bounds.Most));
        body.If(full > j, some => some.Invoke(
            FullPanels, OfColumns(v, w(j), j, (full - j) * width, Given.Panel, Given.Rows, new WholePart())));
        body.If(full < end, last => last.Invoke(
            LastPanels, OfColumns(v, w(full), full, Given.Panel, Given.Rows)));
    }
}

/// <summary>The last two panels of columns of such a product, of which three vectors are computed.</summary>
/// <inheritdoc cref="ProductKernel"/>
internal sealed record MatMulLastKernel(ProductEpilogue? Epilogue = null, bool OfHeads = false) : ProductKernel(Epilogue, OfHeads)
{
    protected override string Stem => "MatMulLast";

    protected override string Remark => "; of two panels of outer half of the second, or more, is empty";

    protected override bool IsPart => true;

    protected override Block Body(VectorSet v)
    {
        const int Panels = 2;
        var body = new Block();
        var depthPanels = body.LetInteger("depthPanels", Given.Inner.InPieces(v.PanelWidth));
        LetScratch(body, v, Panels);
        Tiles(v, new Pointer("w"), depthPanels * (v.PanelWidth * v.PanelWidth), depthPanels, 0, Panels, empty: 1)
            .Rows(body, 0, Given.Rows);
        return body;
    }
}
