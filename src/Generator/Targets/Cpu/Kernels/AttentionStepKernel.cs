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

    private string Cached(string of) => Scores.IsUnlimited ? $"{of}[position % {Scores.Window}]" : $"{of}[position]";

    public override ImmutableArray<KernelParameter> Parameters =>
    [
        In("q"), In("key"), In("value"), Out("k"), Out("v"), Out("y"), Out("weights"),
        new("position", ParameterKind.Integer), new("cachePanel", ParameterKind.Panel),
    ];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        var group = new HeadGroup(Heads, v) { RowPanel = Index.N(v.PanelWidth), KeyPanel = "cachePanel" };
        var width = v.PanelWidth;

        var place = "position";
        if (Scores.IsUnlimited)
        {
            body.LetInteger("place", $"position % {Scores.Window}");
            place = "place";
        }

        // One row takes the width of a panel; rows of the cache lie BlockSize rows apart from panel to panel.
        body.For("p", Index.N(Heads.Width / width), copy =>
        {
            for (var i = 0; i < v.VectorsPerPanel; i++)
            {
                foreach (var (from, to) in new[] { ("key", "k"), ("value", "v") })
                {
                    copy.Store(
                        Index.Plus($"{to} + p * cachePanel + {place} * {width}", i * v.Lanes),
                        Expr.Load(Index.Plus($"{from} + p * {width}", i * v.Lanes)));
                }
            }
        });
        body.ForPanels("g", group.Groups, (b, g) => AttentionKernel.Step(b, v, group, g, Scores));
        return body;
    }
}
