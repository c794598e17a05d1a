using System.Collections.Immutable;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// y[t][j] = Σₖ x[t][k] w[k][j], and what becomes of it, where w lies in the order of wᵀ alone: every update writes it once, and it takes
/// half the room in the caches. Few rows are multiplied as w lies (see <see cref="DotProducts"/>); for more, panels of w are transposed, as
/// many as stay in the second-level cache, and multiplied as in <see cref="MatMulKernel"/>.
/// </summary>
/// <inheritdoc cref="ProductKernel"/>
internal sealed record MatMulTransposedKernel(ProductEpilogue? Epilogue = null, bool OfHeads = false) : ProductKernel(Epilogue, OfHeads)
{
    /// <summary>
    /// Rows are few up to a share of the channels that are summed over: adding lanes takes each row as long as two channels more, and
    /// transposing as long as eight rows more, whatever the shape.
    /// </summary>
    private const int FewRowsShare = 4;

    /// <summary>Bytes of the panels that are transposed at once.</summary>
    private const int PackedBytes = 256 * 1024;

    /// <summary>What multiplies by panels that are transposed.</summary>
    private MatMulKernel Multiplies => new(Epilogue, OfHeads);

    public override ImmutableArray<KernelSpec> Parts(VectorSet v) => [Multiplies];

    protected override string Stem => "MatMulTransposed";

    protected override string Remark => "; w lies in the order of wᵀ";

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        var depthPanels = body.LetInteger("depthPanels", Given.Inner.InPieces(v.PanelWidth));
        var columnPanels = body.LetInteger("columnPanels", Given.Outer.InPieces(v.PanelWidth));
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
        int most = Math.Max(PackedBytes / v.ElementBytes / block, v.TilePanels * Limits.DeepProduct / width);
        var packed = new PackedPanels(body, v, most);
        var group = body.LetInteger("group", (Integer)most / depthPanels / v.TilePanels * v.TilePanels);
        var (j, end) = MatMulKernel.PartOfColumns(body, v, columnPanels);
        body.While(j < end, b =>
        {
            var panels = b.LetInteger("panels", Integer.Min(group, end - j));
            packed.Fill(b, columnPanels, 0, depthPanels, j, panels, depthPanels * block);
            Address OfColumns(string name, Integer stride) => new Pointer(name) + (j * stride);
            b.Invoke(
                Multiplies,
                [
                    new Pointer("x"), PackedPanels.Start,
                    .. Epilogue is null ? [OfColumns("y", Given.Panel)] : Epilogue.InputNames
                        .Select((name, i) => OfColumns(name, Epilogue.Packed[i] ? (Integer)width : Given.Panel))
                        .Concat(Epilogue.ResultNames.Select(name => OfColumns(name, Given.Panel))).Select(a => (Operand)a),
                    Given.Inner, .. OfHeads ? [Given.Head] : (Operand[])[], panels * width, Given.Panel, Given.Rows, new WholePart(),
                ]);
            b.Assign(j, j + panels);
        });
    }
}
