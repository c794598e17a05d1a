using System.Collections.Immutable;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// The mean of −ln softmax(logits[t])[target[t]], which is ln Σ exp(logits − largest) + largest − logits[target], and, if asked
/// for, its gradient. The sums of up to 32 rows are multiplied in double before one logarithm is taken: each is between 1 and
/// the vocabulary, so the product stays far from overflow.
/// </summary>
internal sealed record CrossEntropyKernel(int Columns, bool Gradient) : KernelSpec
{
    public override string Name => Gradient ? $"CrossEntropyWithGrad_{Columns}" : $"CrossEntropy_{Columns}";

    public override string Summary =>
        "returns the mean over t of -ln softmax(logits[t])[targets[t]]"
        + (Gradient ? $"; dlogits[t] = (softmax(logits[t]) - onehot(targets[t])) / rows: [rows, {Columns}]" : "");

    public override ImmutableArray<KernelParameter> Parameters => Gradient
        ? [In("logits"), Indices("targets"), Out("dlogits"), Sums, Panel, Rows, Part]
        : [In("logits"), Indices("targets"), Sums, Panel, Rows, Part];

    private static KernelParameter Sums { get; } = new("sums", ParameterKind.Sums);

    public override bool ReturnsSum => true;

    /// <summary>Rows whose logarithm is taken together.</summary>
    private const int ChunkRows = 32;

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        var share = Gradient ? body.Let("share", new Number(1) / Expr.Of(Given.Rows)) : null;
        var chunks = Given.Rows.InPieces(ChunkRows);
        var sums = new Pointer(Sums.Name);
        body.ForPart("chunk", chunks, (b, chunk) =>
        {
            var total = b.LetDouble("total", new DoubleNumber(0));
            var product = b.LetDouble("product", new DoubleNumber(1));
            var last = b.LetInteger("last", Integer.Min((chunk + 1) * ChunkRows, Given.Rows));
            b.For("t", chunk * ChunkRows, last, 1, (row, t) => Row(row, v, t, total, product, share));
            b.StoreElement(sums, chunk, total + new Call(Function.LogOfDouble, [product]));
        });
        body.Add(new Wait());
        var loss = body.LetDouble("loss", new DoubleNumber(0));
        body.For("chunk", chunks, (b, chunk) => b.Assign(loss, loss + Expr.At(sums, chunk)));
        body.Add(new Return(loss / Expr.Of(Given.Rows)));
        return body;
    }

    private void Row(Block row, VectorSet v, Integer t, Name total, Name product, Expr? share)
    {
        int width = v.PanelWidth;
        Pointer logits = new("logits"), gradient = new("dlogits");
        var target = row.LetInteger("target", Integer.At(new Pointer("targets"), t, Columns - 1));
        var targetOffset = row.LetOffset("targetOffset", (target / width * Given.Panel) + (t * width) + (target % width));

        Names largest = new("largest"), sum = new("sum");
        LetAll(row, v, largest, Expr.Splat(double.NegativeInfinity));
        Vectors(row, v, t, (b, vector) => b.Assign(
            largest[vector.Number],
            Expr.Max(largest[vector.Number], Masked(v, Expr.Load(logits + vector.Offset), vector.Lanes, double.NegativeInfinity))));
        var most = row.Let("largest", Expr.Largest(largest.First(VectorNames(v)).Aggregate(Expr.Max)));
        var shift = row.Let("shift", Expr.Splat(most));
        row.Assign(total, total + (most - Expr.At(logits, targetOffset)));

        LetAll(row, v, sum, Expr.Zero);
        Vectors(row, v, t, (b, vector) => b.Together(line =>
        {
            var e = line.Let(new Names("e", vector.Suffix)[vector.Number], Masked(
                v, Expr.Exp(Expr.Load(logits + vector.Offset) - shift), vector.Lanes, 0));
            line.Assign(sum[vector.Number], sum[vector.Number] + e);
            if (Gradient)
            {
                line.Store(gradient + vector.Offset, e);
            }
        }));
        var all = row.Let("sum", Expr.Sum(sum.First(VectorNames(v)).Aggregate((a, b) => a + b)));
        row.Assign(product, product * all);

        if (share is not null)
        {
            var scale = row.Let("scale", Expr.Splat(share / all));
            Vectors(row, v, t, (b, vector) => b.Store(gradient + vector.Offset, Expr.Load(gradient + vector.Offset) * scale));
            row.StoreElement(gradient, targetOffset, Expr.At(gradient, targetOffset) - share);
        }
    }

    private int VectorNames(VectorSet v) => RowLoop.VectorsInUse(v, Columns);

    private void LetAll(Block b, VectorSet v, Names names, Expr value) => b.Together(line =>
    {
        for (int i = 0; i < VectorNames(v); i++)
        {
            line.Let(names[i], value);
        }
    });

    private static Expr Masked(VectorSet v, Expr value, int lanes, double rest) =>
        lanes == v.Lanes ? value : Expr.FirstLanes(value, lanes, rest);

    /// <summary>A vector of a row.</summary>
    /// <param name="Number">Which of its panel.</param>
    /// <param name="Suffix">Of names that would else be taken.</param>
    /// <param name="Offset">From the start of an activation.</param>
    /// <param name="Lanes">How many of its lanes hold something.</param>
    private sealed record RowVector(int Number, string Suffix, Integer Offset, int Lanes);

    /// <summary>The vectors of the full panels, in a loop where there are several, then those of the last, cut to its columns.</summary>
    private void Vectors(Block b, VectorSet v, Integer t, Action<Block, RowVector> body)
    {
        int full = Columns / v.PanelWidth, rest = Columns % v.PanelWidth;
        if (full > 0)
        {
            b.ForPanels("p", full, (inner, p) =>
            {
                for (int i = 0; i < v.VectorsPerPanel; i++)
                {
                    body(inner, new(i, "", RowLoop.Offset(v, p, t, i), v.Lanes));
                }
            });
        }

        for (int i = 0; i * v.Lanes < rest; i++)
        {
            body(b, new(i, "_rest", RowLoop.Offset(v, full, t, i), Math.Min(v.Lanes, rest - (i * v.Lanes))));
        }
    }
}
