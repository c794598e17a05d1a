using System.Collections.Immutable;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// Causal attention within each segment: p[t][s] = softmax over s ≤ t of q[t]·k[s] / √D, y[t] = Σₛ p[t][s] v[s], for all heads. The
/// weight of a key lies at its place in the segment, outside of a window nothing is written; where documents have any length, a row keeps
/// the weights of its window alone, from the first key that it sees.
/// </summary>
internal sealed record AttentionKernel(HeadLayout Heads, int BlockSize, AttentionScores Scores) : KernelSpec
{
    public override string Name => $"Attention_{Heads.Heads}x{Heads.Size}_{BlockSize}{Scores.Suffix(Heads.Size)}";

    public override string Summary =>
        $"for each of {Heads.Heads} heads of {Heads.Size} and {Scores.Keys("t")}: p[t][s] "
            + $"= softmax({Scores.Describe("q[t]·k[s]", Heads.Size)}), y[t] = Σ p[t][s] v[s]";

    public override ImmutableArray<KernelParameter> Parameters =>
        [In("q"), In("k"), In("v"), Out("y"), Out("p"), Indices("starts"), Segments, Panel, Part];

    public override ImmutableArray<KernelSpec> Parts(VectorSet v) =>
        Heads.KeepsWeights(BlockSize, v.PanelWidth) ? [] : new TiledAttention(Heads, BlockSize, Scores, v).Parts;

    protected override Block Body(VectorSet v)
    {
        var group = new HeadGroup(Heads, v);
        var body = new Block();
        if (!Heads.KeepsWeights(BlockSize, v.PanelWidth))
        {
            var tiled = new TiledAttention(Heads, BlockSize, Scores, v);
            tiled.Scratch(body);
            EachSegment(body, group, tiled.Forward);
            return body;
        }

        // Scores of all rows first: a row alone is a chain of sums, exponentials and a division, with little to do meanwhile.
        var attention = new AttentionRows(v, group, Scores);
        EachSegment(body, group, (b, segment) =>
        {
            b.For("t", segment.First, segment.Last, 1, (row, t) =>
            {
                var place = Place(row, v, group, segment, t);
                attention.Scores(row, place);
                for (int u = 0; u < group.Units; u++)
                {
                    row.Store(place.Y + group.WeightOffset(u), AttentionRows.Largest[u]);
                }
            });
            b.For("t", segment.First, segment.Last, 1, (row, t) =>
            {
                var place = Place(row, v, group, segment, t);
                for (int u = 0; u < group.Units; u++)
                {
                    row.Let(AttentionRows.Largest[u], Expr.Load(place.Y + group.WeightOffset(u)));
                }

                var w = row.LetAddress("w", place.Weights);
                attention.Values(row, place, w, keepsWeights: true);
                attention.Normalise(row, place, w);
            });
        });
        return body;
    }

    /// <summary>Declares where what a row reads and writes lies.</summary>
    private AttendingRow Place(Block row, VectorSet v, HeadGroup group, Segment segment, Integer t)
    {
        var from = Scores.Window is null ? segment.First : row.LetInteger("from", Scores.From(segment.First, t));
        var weights = row.LetAddress("weights", Weights(Heads, BlockSize, Scores, v, group, segment, t, from));
        var keys = row.LetInteger("keys", (t - from + 1).UpTo(Scores.IsUnlimited ? Limits.MostRows : BlockSize));
        var y = row.LetAddress("yt", new Pointer("y") + group.RowBase(segment.Group) + (t * v.PanelWidth));
        return new(segment.Group, t, from * v.PanelWidth, keys, weights, y);
    }

    /// <summary>Where the weights of a row for the keys from one on lie.</summary>
    public static Address Weights(
        HeadLayout heads, int blockSize, AttentionScores scores, VectorSet v, HeadGroup group, Segment segment, Integer t, Integer from)
    {
        var start = new Pointer("p") + (t * heads.WeightElements(blockSize)) + group.WeightBase(segment.Group);
        return scores.Window is null || scores.IsUnlimited ? start : start + ((from - segment.First).UpTo(blockSize) * group.WeightsPerKey);
    }

    /// <summary>Loops over segments and groups of channels, which are independent.</summary>
    public static void EachSegment(Block body, HeadGroup group, Action<Block, Segment> write)
    {
        body.ForPart("each", Given.Segments * group.Groups, (b, each) =>
        {
            var segment = b.LetInteger("segment", group.Groups == 1 ? each : (each / group.Groups).UpTo(Limits.MostRows - 1));
            Integer g = group.Groups == 1 ? 0 : b.LetInteger("g", (each - (segment * group.Groups)).UpTo(group.Groups - 1));
            var starts = new Pointer("starts");
            var first = b.LetInteger("first", Integer.At(starts, segment, Limits.MostRows - 1));
            var last = b.LetInteger("last", Integer.At(starts, segment + 1, Limits.MostRows));
            write(b, new(g, first, last));
        });
        body.Add(new Wait());
    }
}

/// <summary>One group of channels of the rows of a segment.</summary>
/// <param name="Group">The number of the group.</param>
/// <param name="First">First row of the segment.</param>
/// <param name="Last">The first row after it.</param>
internal sealed record Segment(Integer Group, Integer First, Integer Last);
