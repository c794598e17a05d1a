using System.Collections.Immutable;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// y[t][j] = Σₖ x[t][k] w[k][j], and what becomes of it, where w lies in the order of wᵀ alone: every update writes it once, and it takes
/// half the room in the caches. Few rows are multiplied as w lies (see <see cref="DotProducts"/>); for more, panels of w are transposed, as
/// many as stay in the second-level cache, and multiplied as in <see cref="MatMulKernel"/>.
/// </summary>
/// <inheritdoc cref="ProductKernel"/>
/// <param name="Uneven">Whether half of the last panel of columns is empty, or more (see <see cref="MatMulUnevenKernel"/>).</param>
internal sealed record MatMulTransposedKernel(ProductEpilogue? Epilogue = null, bool OfHeads = false, bool Uneven = false)
    : ProductKernel(Epilogue, OfHeads)
{
    /// <summary>
    /// Rows are few up to a share of the channels that are summed over: adding lanes takes each row as long as two channels more, and
    /// transposing as long as eight rows more, whatever the shape.
    /// </summary>
    private const int FewRowsShare = 4;

    /// <summary>Bytes of the panels that are transposed at once.</summary>
    private const int PackedBytes = 256 * 1024;

    public override ImmutableArray<KernelSpec> Parts(VectorSet v) =>
        Uneven ? ((KernelSpec)new MatMulUnevenKernel(Epilogue, OfHeads)).Parts(v) : [new MatMulKernel(Epilogue, OfHeads)];

    protected override string Stem => "MatMulTransposed" + (Uneven ? "Uneven" : "");

    protected override string Remark =>
        "; w lies in the order of wᵀ" + (Uneven ? "; half of the last panel of outer, or more, is empty" : "");

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        var depthPanels = body.LetInteger("depthPanels", Given.Inner.InPieces(v.PanelWidth));
        var columnPanels = body.LetInteger("columnPanels", Given.Outer.InPieces(v.PanelWidth));
        body.Comment("Few rows are multiplied by w as it lies: their lanes are added in the end. For more, panels of w are transposed.");
        var fewRows = body.LetInteger("fewRows", Given.Inner / FewRowsShare);
        body.If(Given.Rows <= fewRows, few => AsItLies(few, v, depthPanels, columnPanels));
        body.If(Given.Rows > fewRows, many => Transposed(many, v, depthPanels, columnPanels));
        return Finished(body);
    }

    private void AsItLies(Block body, VectorSet v, NamedInteger depthPanels, NamedInteger columnPanels)
    {
        int width = v.PanelWidth, block = width * width;
        var epilogue = Epilogue is null ? null : new EpilogueWriter(Epilogue, v);
        if (epilogue is not null)
        {
            body.LetScratch(EpilogueWriter.Tile.Name, DotProducts.MostRows(v) * width);
        }

        var wPanel = body.LetOffset("wPanel", columnPanels * block);
        body.ForPart("j", columnPanels, (column, j) => new DotProducts(v)
        {
            X = t => new Pointer("x") + (t * width),
            W = new Pointer("w") + (j * block),
            WPanel = wPanel,
            DepthPanels = depthPanels,
            Y = t => epilogue is null ? new Pointer("y") + (j * Given.Panel) + (t * width) : EpilogueWriter.Tile,
            After = epilogue is null ? null : tile => epilogue.OfTile(tile, j, 1),
        }.Rows(column));
    }

    private void Transposed(Block body, VectorSet v, NamedInteger depthPanels, NamedInteger columnPanels)
    {
        int width = v.PanelWidth, block = width * width;
        int wide = v.TilePanels;
        body.Comment("Room for so many blocks of w, a panel by a panel: all, or a quarter of a megabyte, but for a tile at least.");
        var blocks = body.LetInteger("blocks", Integer.Min(
            Integer.Max(PackedBytes / v.ElementBytes / block, depthPanels * wide),
            depthPanels * (columnPanels.InPieces(wide) * wide)).UpTo(wide * Limits.DeepProduct / width));
        var packed = new PackedPanels(body, v, blocks);
        var group = body.LetInteger("group", blocks / depthPanels / wide * wide);
        var wPanel = body.LetInteger("wPanel", depthPanels * block);
        var (j, end) = Uneven ? MatMulUnevenKernel.PartOfColumns(body, v, columnPanels) : MatMulKernel.PartOfColumns(body, v, columnPanels);
        body.While(j < end, b =>
        {
            var to = b.LetInteger("to", Integer.Min(j + group, end));
            if (Uneven && MatMulUnevenKernel.IsWorthwhile(v))
            {
                b.Comment("The last two panels go together, so that their sums have one order whatever the number of threads.");
                b.Assign(to, Integer.Choose(to.Is(columnPanels - 1), to - 1, to));
            }

            packed.Fill(b, columnPanels, 0, depthPanels, j, to - j, wPanel);
            if (Uneven)
            {
                new MatMulUnevenKernel(Epilogue, OfHeads).Columns(
                    b, v, panel => panel == j ? PackedPanels.Start : PackedPanels.Start + ((panel - j) * wPanel), columnPanels, j, to);
            }
            else
            {
                b.Invoke(
                    new MatMulKernel(Epilogue, OfHeads),
                    OfColumns(v, PackedPanels.Start, j, (to - j) * width, Given.Panel, Given.Rows, new WholePart()));
            }

            b.Assign(j, to);
        });
    }
}
