using System.Collections.Immutable;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>What each element of a call of dropout is multiplied by.</summary>
/// <param name="Channels">Number of channels.</param>
internal sealed record DropoutKernel(int Channels) : KernelSpec
{
    public override string Name => $"DropoutFactors_{Channels}";

    public override string Summary => $"y = 0 where the site drops, else 1 / (1 - rate); 1 outside of training: [rows, {Channels}]";

    public override ImmutableArray<KernelParameter> Parameters => [new("site", ParameterKind.DropoutSite), Out("y"), Panel, Rows, Part];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        int panels = MemoryLayout.RoundUp(Channels, v.PanelWidth) / v.PanelWidth;
        body.ForPart("t", Given.Rows, (row, t) => row.ForPanels("p", panels, (panel, p) =>
            panel.Add(new FillFactors(
                "site",
                new Pointer("y") + RowLoop.Offset(v, p, t, 0),
                t,
                p * v.PanelWidth,
                Channels % v.PanelWidth == 0 ? v.PanelWidth : Integer.Min(v.PanelWidth, Channels - (p * v.PanelWidth))))));
        return Finished(body);
    }
}
