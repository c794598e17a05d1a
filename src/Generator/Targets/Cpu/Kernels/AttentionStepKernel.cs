using System.Collections.Immutable;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>Attention of one new position over a cache of keys and values, to which it first adds its own.</summary>
internal sealed record AttentionStepKernel(HeadLayout Heads, AttentionScores Scores) : KernelSpec
{
    public override string Name => $"AttentionStep_{Heads.Heads}x{Heads.Size}{Scores.Suffix(Heads.Size)}";

    public override string Summary =>
        $"{Cached("keys")} = k, {Cached("values")} = v; for each of {Heads.Heads} heads of {Heads.Size} and {Scores.Keys("position")}: "
        + $"p[s] = softmax({Scores.Describe("q·keys[s]", Heads.Size)}), y = Σ p[s] values[s]";

    // Without a block size one goes on decoding for as long as one likes.
    private NamedInteger Position => Integer.Count("position", Scores.IsUnlimited ? Limits.MostPosition : Limits.MostRows - 1);

    private string Cached(string of) => Scores.IsUnlimited ? $"{of}[position % {Scores.Window}]" : $"{of}[position]";

    public override ImmutableArray<KernelParameter> Parameters =>
    [
        In("q"), In("key"), In("value"), Out("k"), Out("v"), Out("y"), Out("weights"),
        Whole(Position), new(Given.CachePanel.Name, ParameterKind.Panel),
    ];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        var group = new HeadGroup(Heads, v) { RowPanel = v.PanelWidth, KeyPanel = Given.CachePanel };
        int width = v.PanelWidth;
        Integer place = Scores is { IsUnlimited: true, Window: { } window } ? body.LetInteger("place", Position % window) : Position;

        // One row takes the width of a panel; rows of the cache lie BlockSize rows apart from panel to panel.
        body.For("p", Heads.Width / width, (copy, p) =>
        {
            for (int i = 0; i < v.VectorsPerPanel; i++)
            {
                foreach (var (from, to) in new[] { ("key", "k"), ("value", "v") })
                {
                    copy.Store(
                        new Pointer(to) + (p * Given.CachePanel) + (place * width) + (i * v.Lanes),
                        Expr.Load(new Pointer(from) + (p * width) + (i * v.Lanes)));
                }
            }
        });
        body.ForPanels("g", group.Groups, (b, g) => new AttentionRows(v, group, Scores).Step(b, g, Position));
        return body;
    }
}
