using System.Collections.Immutable;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// What <see cref="CrossEntropyKernel"/> computes, for so many columns that the lines of one row lie on more pages than the processor
/// keeps in mind: each panel is read for all rows of a chunk, whose lines are neighbours, before the next. The rows may be some of a
/// batch, of which "all" says the number.
/// </summary>
internal sealed record WideCrossEntropyKernel(int Columns, bool Gradient) : KernelSpec
{
    private const int ChunkRows = 32;

    /// <summary>A panel is asked for so many panels before it is read: the processor itself does not look beyond a page.</summary>
    private const int PanelsAhead = 2;

    private static readonly Pointer Logits = new("logits"), Gradients = new("dlogits"), Largest = new("largest"), Sums = new("rowSums");

    private static readonly NamedInteger All = Integer.Count("all", Layout.Limits.MostRows);

    public override string Name => (Gradient ? "WideCrossEntropyWithGrad_" : "WideCrossEntropy_") + Columns;

    public override string Summary =>
        "returns the sum over t of -ln softmax(logits[t])[targets[t]] / all"
        + (Gradient ? $"; dlogits[t] = (softmax(logits[t]) - onehot(targets[t])) / all: [rows, {Columns}]" : "");

    public override ImmutableArray<KernelParameter> Parameters =>
    [
        In("logits"), Indices("targets"), .. Gradient ? [Out("dlogits")] : (KernelParameter[])[],
        new("sums", ParameterKind.Sums), new(All.Name, ParameterKind.AllRows), Panel, Rows, Part,
    ];

    public override bool ReturnsSum => true;

    /// <summary>Whether so many columns are too many for a row at a time.</summary>
    public static bool Suits(int columns) => columns >= 4096;

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        var share = Gradient ? body.Let("share", new Number(1) / Expr.Of(All)) : null;
        body.LetScratch(Largest.Name, ChunkRows * v.Lanes);
        body.LetScratch(Sums.Name, ChunkRows * v.Lanes);
        var chunks = Given.Rows.InPieces(ChunkRows);
        var sums = new Pointer("sums");
        body.ForPart("chunk", chunks, (b, chunk) => Chunk(b, v, chunk, share, sums));
        body.Add(new Wait());
        var loss = body.LetDouble("loss", new DoubleNumber(0));
        body.For("chunk", chunks, (b, chunk) => b.Assign(loss, loss + Expr.At(sums, chunk)));
        body.Add(new Return(loss / Expr.Of(All)));
        return body;
    }

    private void Chunk(Block b, VectorSet v, Integer chunk, Expr? share, Pointer sums)
    {
        var total = b.LetDouble("total", new DoubleNumber(0));
        var product = b.LetDouble("product", new DoubleNumber(1));
        var first = b.LetInteger("first", (chunk * ChunkRows).UpTo(Layout.Limits.MostRows));
        var count = b.LetInteger("count", Integer.Min(Given.Rows - first, ChunkRows).UpTo(ChunkRows));
        Address Row(Pointer scratch, Integer r) => scratch + (r * v.Lanes);

        b.For("r", count, (row, r) =>
        {
            row.Store(Row(Largest, r), Expr.Splat(double.NegativeInfinity));
            row.Store(Row(Sums, r), Expr.Zero);
        });
        Panels(b, v, count, first, (row, r, vectors) =>
        {
            row.Store(Row(Largest, r), vectors.Aggregate(
                Expr.Load(Row(Largest, r)),
                (most, x) => Expr.Max(most, Masked(v, Expr.Load(Logits + x.Offset), x.Lanes, double.NegativeInfinity))));
        });
        b.For("r", count, (row, r) =>
        {
            var most = row.Let("most", Expr.Largest(Expr.Load(Row(Largest, r))));
            row.Assign(total, total + (most - Expr.At(Logits, Target(row, v, first + r))));
            row.Store(Row(Largest, r), Expr.Splat(most));
        });
        Panels(b, v, count, first, (row, r, vectors) =>
        {
            var shift = row.Let("shift", Expr.Load(Row(Largest, r)));
            Names e = new("e");
            for (int i = 0; i < vectors.Count; i++)
            {
                row.Let(e[i], Masked(v, Expr.Exp(Expr.Load(Logits + vectors[i].Offset) - shift), vectors[i].Lanes, 0));
                if (Gradient)
                {
                    row.Store(Gradients + vectors[i].Offset, e[i]);
                }
            }

            row.Store(Row(Sums, r), Expr.Load(Row(Sums, r)) + Expr.Sum([.. e.First(vectors.Count)]));
        });
        b.For("r", count, (row, r) =>
        {
            var sum = row.Let("sum", Expr.Sum(Expr.Load(Row(Sums, r))));
            row.Assign(product, product * sum);
            if (share is not null)
            {
                row.Store(Row(Sums, r), Expr.Splat(share / sum));
            }
        });
        if (share is not null)
        {
            Panels(b, v, count, first, (row, r, vectors) =>
            {
                var scale = row.Let("scale", Expr.Load(Row(Sums, r)));
                foreach (var vector in vectors)
                {
                    row.Store(Gradients + vector.Offset, Expr.Load(Gradients + vector.Offset) * scale);
                }
            });
            b.For("r", count, (row, r) =>
            {
                var place = Target(row, v, first + r);
                row.StoreElement(Gradients, place, Expr.At(Gradients, place) - share);
            });
        }

        b.StoreElement(sums, chunk, total + new Call(Function.LogOfDouble, [product]));
    }

    /// <summary>Where the number of a row's target lies.</summary>
    private Integer Target(Block row, VectorSet v, Integer t)
    {
        var target = row.LetInteger("target", Integer.At(new Pointer("targets"), t, Columns - 1));
        return row.LetOffset("targetOffset", RowLoop.Column(v, target, t));
    }

    private static Expr Masked(VectorSet v, Expr value, int lanes, double rest) =>
        lanes == v.Lanes ? value : Expr.FirstLanes(value, lanes, rest);

    /// <summary>A vector of a row: its place in an activation, and how many of its lanes hold something.</summary>
    private sealed record RowVector(Integer Offset, int Lanes);

    /// <summary>The vectors of each panel in turn, for every row of the chunk; the last panel is cut to its columns.</summary>
    private void Panels(Block b, VectorSet v, Integer count, Integer first, Action<Block, Integer, IReadOnlyList<RowVector>> body)
    {
        int full = Columns / v.PanelWidth, rest = Columns % v.PanelWidth;
        void Rows(Block panel, Integer p, int columns) => panel.For("r", count, (row, r) =>
        {
            row.Add(new Prefetch(Logits + RowLoop.Offset(v, p + PanelsAhead, first + r, 0)));
            body(row, r,
            [
                .. Enumerable.Range(0, (columns + v.Lanes - 1) / v.Lanes)
                    .Select(i => new RowVector(RowLoop.Offset(v, p, first + r, i), Math.Min(v.Lanes, columns - (i * v.Lanes)))),
            ]);
        });

        b.ForPanels("p", full, (panel, p) => Rows(panel, p, v.PanelWidth));
        if (rest > 0)
        {
            Rows(b, full, rest);
        }
    }
}
