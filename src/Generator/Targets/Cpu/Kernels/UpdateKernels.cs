using System.Collections.Immutable;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>A rule applied to a gradient that is stored: element by element over the first copy of a parameter.</summary>
internal sealed record ApplyKernel(WeightUpdate Update) : KernelSpec
{
    public override string Name => "Apply_" + Update;

    public override string Summary => UpdateWriter.Of(Update).Summary + ", element by element";

    public override ImmutableArray<KernelParameter> Parameters =>
        [In("dw"), Out("w"), .. UpdateWriter.Of(Update).Parameters, Whole(Given.Elements), Part];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        var writer = UpdateWriter.Of(Update);
        writer.Constants(body);
        var first = new UpdateTarget(new Pointer("dw"), new Pointer("w"), new Pointer("m"), new Pointer("v"));
        body.ForPart("line", Given.Elements / v.PanelWidth, (b, line) =>
        {
            var a = b.LetOffset("a", line * v.PanelWidth);
            for (int i = 0; i < v.VectorsPerPanel; i++)
            {
                writer.UpdateOne(b, i, first.Plus(a).Plus(i * v.Lanes));
            }
        });
        return Finished(body);
    }
}

/// <summary>wT = wᵀ, block by block: the other copy of a weight after an update of the first.</summary>
internal sealed record TransposeKernel : KernelSpec
{
    public override string Name => "Transpose";

    public override string Summary => "wT = wᵀ: [outer, inner] from [inner, outer], in blocks of a panel by a panel";

    public override ImmutableArray<KernelParameter> Parameters => [In("w"), Out("wT"), Whole(Given.Inner), Whole(Given.Outer), Part];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        var blocks = new WeightBlocks(body, v);
        body.ForPart("each", blocks.Number, (b, each) =>
        {
            var (i, o) = blocks.Of(b, each);
            var block = b.LetAddress("block", new Pointer("w") + blocks.Place(i, o));
            var other = b.LetAddress("other", new Pointer("wT") + blocks.TransposedPlace(i, o));
            b.Add(new Transpose(block, other));
        });
        return Finished(body);
    }
}

/// <summary>The gradient of a vector goes from where it was computed to where gradients are stored.</summary>
/// <param name="Columns">Its length.</param>
/// <param name="Adds">Whether it is added to what is there.</param>
internal sealed record StoreVectorKernel(int Columns, bool Adds = false) : KernelSpec
{
    public override string Name => $"{(Adds ? "Add" : "Store")}Vector_{Columns}";

    public override string Summary => $"dw {(Adds ? "+" : "")}= x: [{Columns}]";

    public override ImmutableArray<KernelParameter> Parameters => [In("x"), Out("dw"), Panel, Part];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        body.ForPart("p", (Columns + v.PanelWidth - 1) / v.PanelWidth, (panel, p) =>
        {
            for (int i = 0; i < v.VectorsPerPanel; i++)
            {
                var place = new Pointer("dw") + (p * v.PanelWidth) + (i * v.Lanes);
                var x = Expr.Load(new Pointer("x") + (p * Given.Panel) + (i * v.Lanes));
                panel.Store(place, Adds ? Expr.Load(place) + x : x);
            }
        });
        return Finished(body);
    }
}
