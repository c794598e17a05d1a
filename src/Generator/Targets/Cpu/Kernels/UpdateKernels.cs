using System.Collections.Immutable;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>A rule applied to a gradient that is stored: element by element over the first copy of a parameter.</summary>
internal sealed record ApplyKernel(WeightUpdate Update) : KernelSpec
{
    public override string Name => "Apply_" + Update;

    public override string Summary => UpdateWriter.Of(Update).Summary + ", element by element";

    public override ImmutableArray<KernelParameter> Parameters => [In("dw"), Out("w"), .. UpdateWriter.Of(Update).Parameters, Whole("elements"), Part];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        var writer = UpdateWriter.Of(Update);
        writer.Constants(body);
        body.ForPart("line", $"elements / {v.PanelWidth}", line =>
        {
            line.Add(new LetOffset("a", $"(nint)line * {v.PanelWidth}"));
            for (var i = 0; i < v.VectorsPerPanel; i++)
            {
                string Of(string name) => Index.Plus(name + " + a", i * v.Lanes);
                writer.UpdateOne(line, i, new UpdateTarget(Of("dw"), Of("w"), Of("m"), Of("v")));
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

    public override ImmutableArray<KernelParameter> Parameters => [In("w"), Out("wT"), Whole("inner"), Whole("outer"), Part];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        var width = v.PanelWidth;
        body.LetInteger("innerPanels", $"(inner + {width - 1}) / {width}");
        body.LetInteger("outerPanels", $"(outer + {width - 1}) / {width}");
        body.ForPart("each", "innerPanels * outerPanels", b =>
        {
            b.LetInteger("o", "each / innerPanels");
            b.LetInteger("i", "each - o * innerPanels");
            b.LetAddress("block", $"w + ((nint)o * innerPanels + i) * {width * width}");
            b.LetAddress("other", $"wT + ((nint)i * outerPanels + o) * {width * width}", writable: true);
            b.Add(new Transpose("block", "other"));
        });
        return Finished(body);
    }
}

/// <summary>The gradient of a vector goes from where it was computed to where gradients are stored.</summary>
internal sealed record StoreVectorKernel(int Columns) : KernelSpec
{
    public override string Name => $"StoreVector_{Columns}";

    public override string Summary => $"dw = x: [{Columns}]";

    public override ImmutableArray<KernelParameter> Parameters => [In("x"), Out("dw"), Panel, Part];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        body.ForPart("p", Index.N((Columns + v.PanelWidth - 1) / v.PanelWidth), panel =>
        {
            for (var i = 0; i < v.VectorsPerPanel; i++)
            {
                panel.Store(Index.Plus($"dw + p * {v.PanelWidth}", i * v.Lanes), Expr.Load(Index.Plus("x + p * panel", i * v.Lanes)));
            }
        });
        return Finished(body);
    }
}
