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
        if (Gradient)
        {
            body.Let("share", new Number(1) / "rows");
        }

        body.ForPart("chunk", $"(rows + {ChunkRows - 1}) / {ChunkRows}", chunk =>
        {
            chunk.Add(new LetDouble("total", "0"));
            chunk.Add(new LetDouble("product", "1"));
            chunk.LetInteger("last", $"Math.Min((chunk + 1) * {ChunkRows}, rows)");
            chunk.For("t", $"chunk * {ChunkRows}", "last", "1", row => Row(row, v));
            chunk.Assign("sums[chunk]", "total + Math.Log(product)");
        });
        body.Add(new Wait());
        body.Add(new LetDouble("loss", "0"));
        body.For("chunk", $"(rows + {ChunkRows - 1}) / {ChunkRows}", b => b.Assign("loss", "loss + sums[chunk]"));
        body.Add(new Return("loss / rows"));
        return body;
    }

    private void Row(Block row, VectorSet v)
    {
        var width = v.PanelWidth;

            row.LetInteger("target", "targets[t]");
            row.Add(new LetOffset("targetOffset", $"target / {width} * panel + t * {width} + target % {width}"));

            Lanes(row, v, i => $"largest{i}", _ => Expr.Splat(double.NegativeInfinity));
            Vectors(row, v, (b, i, _, offset, lanes) =>
                b.Assign($"largest{i}", Expr.Max($"largest{i}", Masked(v, Expr.Load(Index.Plus("logits", offset)), lanes, double.NegativeInfinity))));
            row.Let("largest", Expr.Largest(Combine(v, "largest", Expr.Max)));
            row.Let("shift", Expr.Splat("largest"));
            row.Assign("total", "total + (largest - logits[targetOffset])");

            Lanes(row, v, i => $"sum{i}", _ => Expr.Zero);
            Vectors(row, v, (b, i, tag, offset, lanes) => b.Together(line =>
            {
                var e = line.Let($"e{i}{tag}", Masked(v, Expr.Exp(Expr.Load(Index.Plus("logits", offset)) - "shift"), lanes, 0));
                line.Assign($"sum{i}", (Expr)$"sum{i}" + e);
                if (Gradient)
                {
                    line.Store(Index.Plus("dlogits", offset), e);
                }
            }));
            row.Let("sum", Expr.Sum(Combine(v, "sum", (a, b) => a + b)));
            row.Assign("product", "product * sum");

            if (Gradient)
            {
                row.Let("scale", Expr.Splat((Expr)"share" / "sum"));
                Vectors(row, v, (b, _, _, offset, _) =>
                    b.Store(Index.Plus("dlogits", offset), Expr.Load(Index.Plus("dlogits", offset)) * "scale"));
                row.StoreElement("dlogits", "targetOffset", Expr.At("dlogits", "targetOffset") - "share");
            }
    }

    private int VectorNames(VectorSet v) => RowLoop.VectorsInUse(v, Columns);

    private void Lanes(Block b, VectorSet v, Func<int, string> name, Func<int, Expr> value) => b.Together(line =>
    {
        for (var i = 0; i < VectorNames(v); i++)
        {
            line.Let(name(i), value(i));
        }
    });

    private Expr Combine(VectorSet v, string name, Func<Expr, Expr, Expr> combine) =>
        Enumerable.Range(0, VectorNames(v)).Select(i => (Expr)$"{name}{i}").Aggregate(combine);

    private static Expr Masked(VectorSet v, Expr value, int lanes, double rest) =>
        lanes == v.Lanes ? value : Expr.FirstLanes(value, lanes, rest);

    /// <summary>The vectors of the full panels, in a loop where there are several, then those of the last, cut to its columns.</summary>
    private void Vectors(Block b, VectorSet v, Action<Block, int, string, string, int> body)
    {
        int full = Columns / v.PanelWidth, rest = Columns % v.PanelWidth;
        if (full > 0)
        {
            b.ForPanels("p", full, (inner, p) =>
            {
                for (var i = 0; i < v.VectorsPerPanel; i++)
                {
                    body(inner, i, "", RowLoop.Offset(v, p, i), v.Lanes);
                }
            });
        }

        for (var i = 0; i * v.Lanes < rest; i++)
        {
            body(b, i, "_rest", RowLoop.Offset(v, Index.N(full), i), Math.Min(v.Lanes, rest - (i * v.Lanes)));
        }
    }
}
