using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// Attention with heads of several panels, for one head and one segment, as products of matrices: S = Q Kᵀ, Y = P V and, in the
/// backward pass, dP = dY Vᵀ, dQ = dS K, dK = dSᵀ Q and dV = Pᵀ dY. All are tiles of the same kind as those of a linear layer.
/// </summary>
/// <remarks>
/// The weights of a head and row are consecutive, key by key, so that softmax works on whole vectors of keys. Keys (and values, backward) are
/// transposed a panel of positions at a time, into a block that stays in the first-level cache. Causality is a matter of
/// loop bounds, to a panel of positions exactly; within it, weights after a row's own position are zero.
/// </remarks>
internal sealed class WideAttention(HeadLayout heads, int blockSize, AttentionScores scores, VectorSet v)
{
    /// <summary>k and p are parameters.</summary>
    private static readonly (string, string) Loops = ("c", "i");

    private readonly int _width = v.PanelWidth;

    private readonly int _panels = heads.Padded / v.PanelWidth;

    private readonly double _scale = scores.Scale;

    /// <summary>Elements a row of the weights of a head.</summary>
    private readonly long _stored = scores.IsUnlimited ? HeadLayout.BandRow(blockSize, v.PanelWidth) : HeadLayout.WeightRowStride(blockSize, v.PanelWidth);

    /// <summary>
    /// Elements from the weight of one row for a key to that of the next row for the same key. In a band around the row's own key that is one
    /// less than a row has, and nothing else is different.
    /// </summary>
    private readonly long _row = scores.IsUnlimited ? HeadLayout.BandRow(blockSize, v.PanelWidth) - 1 : HeadLayout.WeightRowStride(blockSize, v.PanelWidth);

    /// <summary>Declares, once a kernel, the blocks that keys are transposed in.</summary>
    public void Scratch(Block b)
    {
        b.Add(new LetScratch("transposed", heads.Padded * _width));
        b.Add(new LetScratch("partial", _width * _width));
    }

    /// <summary>Declares, once a kernel of the backward pass, room for a number a row; in documents of any length dq has it until it is computed.</summary>
    public void ScratchOfRows(Block b)
    {
        if (!scores.IsUnlimited)
        {
            b.Add(new LetScratch("means", MemoryLayout.RoundUp(blockSize, _width)));
        }
    }

    /// <summary>Where the mean of a row is kept: an address and an index.</summary>
    private (string Address, string Index) Mean(string row) =>
        scores.IsUnlimited ? ("dqh", Index.Times(row, _width)) : ("means", row);

    /// <summary>y and the weights p of a head in the segment of rows "first" to "last" - 1.</summary>
    public void Forward(Block b, string g)
    {
        Addresses(b, g, ["q", "k", "v"], ["y"]);
        b.For("key", "0", "length", Index.N(_width), keys =>
        {
            TransposePanels(keys, "kh");
            keys.Comment($"Scores of these keys: {scores.Describe("q[t]·k[s]", heads.Size)}.");
            Product(
                "qh + t * " + Index.N(_width), _width, 1, "transposed", $"ph + t * (nint){_row} + key", _row, sum => scores.Score(sum * Expr.Splat(scores.Factor)), overPanels: true)
                .Rows(keys, "key", LastQuery());
        });
        b.For("t", "length", Softmax);
        b.For("query", "0", "length", Index.N(_width), queries =>
        {
            OverKeys(queries, "vh", "yh", sum => sum);
        });
    }

    /// <summary>dq, dk and dv of a head in the segment of rows "first" to "last" - 1; ds takes the place of p.</summary>
    public void Backward(Block b, string g)
    {
        Addresses(b, g, ["q", "k", "v", "y", "dy"], ["dq", "dk", "dv"]);
        b.Comment("dv[s] = Σ p[t][s] dy[t]");
        OverQueries(b, "dyh", "dvh", sum => sum);
        b.For("t", "length", Mean);
        b.For("key", "0", "length", Index.N(_width), keys =>
        {
            TransposePanels(keys, "vh");
            keys.Comment("ds[t][s] = p[t][s] (dy[t]·v[s] - dy[t]·y[t]), in the place of p.");
            new TileProduct(v)
            {
                X = "dyh + t * " + Index.N(_width),
                RowStride = _width,
                DepthPanels = Index.N(_panels),
                Depth = Index.N(_width),
                Indices = Loops,
                W = "transposed",
                Y = $"ph + t * (nint){_row} + key",
                Finish = (row, vector, sum) =>
                {
                    var place = Index.Plus("yt", (row * _row) + (vector * v.Lanes));
                    var mean = Mean(Index.Plus("t", row));
                    return new Store(place, Expr.Load(place) * (sum - Expr.Splat(Expr.At(mean.Address, mean.Index))));
                },
            }.Rows(keys, "key", LastQuery());
        });
        if (scores.Softcap is not null)
        {
            b.For("key", "0", "length", Index.N(_width), Uncap);
        }

        b.Comment("dq[t] = Σ ds[t][s] k[s] / √D");
        b.For("query", "0", "length", Index.N(_width), queries =>
        {
            OverKeys(queries, "kh", "dqh", sum => sum * Expr.Splat(_scale));
        });
        b.Comment("dk[s] = Σ ds[t][s] q[t] / √D");
        OverQueries(b, "qh", "dkh", sum => sum * Expr.Splat(_scale));
    }

    /// <summary>After the last row that sees one of the keys from "key" on, a panel of them.</summary>
    private string LastQuery() => scores.Window is { } window ? $"Math.Min(key + {_width + window - 1}, length)" : "length";

    /// <summary>result[t] = Σₛ p[t][s] of[s] for the rows from "query" on, a panel of them.</summary>
    private void OverKeys(Block queries, string of, string result, Func<Expr, Expr> finish)
    {
        queries.LetInteger("end", $"Math.Min(query + {_width}, length)");
        string weights = $"ph + t * (nint){_row}", values = of + " + j * panel", depth = "end";
        if (scores.Window is { } window)
        {
            queries.LetInteger("from", $"Math.Max(0, query - {window - 1})");
            (weights, values, depth) = (weights + " + from", values + $" + from * {_width}", "end - from");
        }

        ForPanelsOfHead(queries, b => Product(weights, _row, 1, values, Row(result), _width, finish, depth: depth).Rows(b, "query", "end"));
    }

    /// <summary>ds of the keys from "key" on, a panel of them: times 1 − tanh²(score / c).</summary>
    private void Uncap(Block keys)
    {
        TransposePanels(keys, "kh");
        keys.Comment("ds[t][s] *= 1 - tanh²(score / c)");
        new TileProduct(v)
        {
            X = "qh + t * " + Index.N(_width),
            RowStride = _width,
            DepthPanels = Index.N(_panels),
            Depth = Index.N(_width),
            Indices = Loops,
            W = "transposed",
            Y = $"ph + t * (nint){_row} + key",
            Finish = (row, vector, sum) =>
            {
                var place = Index.Plus("yt", (row * _row) + (vector * v.Lanes));
                var capped = $"capped{row}_{vector}";
                return new Together(
                [
                    new Let(capped, Expr.Tanh(sum * Expr.Splat(scores.Factor))),
                    new Store(place, Expr.Load(place) * (Expr.Splat(1) - ((Expr)capped * capped))),
                ]);
            },
        }.Rows(keys, "key", LastQuery());
    }

    /// <summary>Where the rows of the segment begin in the panels of the head: "qh" for q, and so on.</summary>
    private void Addresses(Block b, string g, string[] inputs, string[] outputs)
    {
        b.LetInteger("length", "last - first");
        b.Add(new LetOffset("head", Index.Plus(Panels(g, _panels), $"first * {_width}")));
        foreach (var name in inputs)
        {
            b.LetAddress(name + "h", name + " + head");
        }

        foreach (var name in outputs)
        {
            b.LetAddress(name + "h", name + " + head", writable: true);
        }

        static string Panels(string g, long panels) => g == "0" ? "0" : $"{g} * {panels} * panel";
        var ofSegment = Index.Plus(Index.Plus("p", Panels(g, _stored / _width)), $"first * (nint){_stored}");
        b.LetAddress("ph", scores.IsUnlimited ? Index.Plus(ofSegment, HeadLayout.BeforeInBand(blockSize, _width)) : ofSegment, writable: true);
    }

    /// <summary>The rows "key" and following of a head's panels, transposed: [channels of the head, keys]; zeros after the segment.</summary>
    private void TransposePanels(Block b, string source)
    {
        b.For("c", Index.N(_panels), panels =>
        {
            panels.LetAddress("block", $"{source} + c * panel + key * {_width}");
            panels.If($"length - key < {_width}", partial =>
            {
                void Copy(string from, string to, Func<string, Expr> value) => partial.For("r", from, to, "1", row =>
                {
                    for (var i = 0; i < v.VectorsPerPanel; i++)
                    {
                        row.Store(Index.Plus($"partial + r * {_width}", i * v.Lanes), value(Index.Plus($"block + r * {_width}", i * v.Lanes)));
                    }
                });
                Copy("0", "length - key", Expr.Load);
                Copy("length - key", Index.N(_width), _ => Expr.Zero);
                partial.Assign("block", "partial");
            });
            panels.Add(new Transpose("block", $"transposed + c * {_width * _width}"));
        });
    }

    /// <summary>The scores of row "t" become weights; those of later keys in its last panel become zeros.</summary>
    private void Softmax(Block row)
    {
        row.LetAddress("w", $"ph + t * (nint){_row}", writable: true);
        row.LetInteger("keys", $"(t / {_width} + 1) * {_width}");
        if (scores.Window is { } window)
        {
            // From here on all rows of the same panel of queries have weights, which are zero before their own windows.
            row.LetInteger("from", $"Math.Max(0, t / {_width} * {_width} - {window - 1}) / {_width} * {_width}");
            row.For("s", "from", Index.Plus("t", 1 - window), "1", before => before.StoreElement("w", "s", new Number(double.NegativeInfinity)));
        }

        row.For("s", "t + 1", "keys", "1", later => later.StoreElement("w", "s", new Number(double.NegativeInfinity)));
        Vectors(row, "largest", Expr.Splat(double.NegativeInfinity), (loop, i, at) => loop.Assign("largest" + i, Expr.Max("largest" + i, Expr.Load(at))));
        row.Let("shift", Expr.Splat(Expr.Largest(Pairwise("largest", Expr.Max))));
        Vectors(row, "sum", Expr.Zero, (loop, i, at) =>
        {
            loop.Let("e" + i, Expr.Exp(Expr.Load(at) - "shift"));
            loop.Store(at, "e" + i);
            loop.Assign("sum" + i, (Expr)("sum" + i) + ("e" + i));
        });
        row.Let("inverse", Expr.Splat(1) / Expr.Splat(Expr.Sum(Pairwise("sum", (a, b) => a + b))));
        Vectors(row, null, Expr.Zero, (loop, i, at) => loop.Store(at, Expr.Load(at) * "inverse"));
    }

    /// <summary>A loop over the vectors of the row's weights, with an accumulator for each vector of a panel.</summary>
    private void Vectors(Block row, string? accumulator, Expr start, Action<Block, int, string> body)
    {
        if (accumulator is not null)
        {
            row.Together(line =>
            {
                for (var i = 0; i < v.VectorsPerPanel; i++)
                {
                    line.Let(accumulator + i, start);
                }
            });
        }

        row.ForOffset("s", scores.Window is null ? "0" : "from", "keys", Index.N(_width), loop =>
        {
            for (var i = 0; i < v.VectorsPerPanel; i++)
            {
                var vector = i;
                loop.Together(line => body(line, vector, Index.Plus("w + s", vector * v.Lanes)));
            }
        });
    }

    private Expr Pairwise(string name, Func<Expr, Expr, Expr> combine)
    {
        Expr[] terms = [.. Enumerable.Range(0, v.VectorsPerPanel).Select(i => (Expr)(name + i))];
        for (var step = 1; step < terms.Length; step *= 2)
        {
            for (var i = 0; i + step < terms.Length; i += 2 * step)
            {
                terms[i] = combine(terms[i], terms[i + step]);
            }
        }

        return terms[0];
    }

    /// <summary>means[t] = dy[t]·y[t], which equals Σₛ p[t][s] dp[t][s].</summary>
    private void Mean(Block row)
    {
        for (var i = 0; i < v.VectorsPerPanel; i++)
        {
            row.Let("sum" + i, Expr.Zero);
        }

        row.For("c", Index.N(_panels), panels =>
        {
            for (var i = 0; i < v.VectorsPerPanel; i++)
            {
                string At(string name) => Index.Plus($"{name} + c * panel + t * {_width}", i * v.Lanes);
                panels.Assign("sum" + i, Expr.Fma(Expr.Load(At("dyh")), Expr.Load(At("yh")), "sum" + i));
            }
        });
        var mean = Mean("t");
        row.StoreElement(mean.Address, mean.Index, Expr.Sum(Pairwise("sum", (a, b) => a + b)));
    }

    /// <summary>result[s] = Σₜ p[t][s] of[t]: rows are keys, and what is summed over are the queries from them on.</summary>
    private void OverQueries(Block b, string of, string result, Func<Expr, Expr> finish) =>
        b.For("key", "0", "length", Index.N(_width), keys =>
        {
            keys.LetInteger("end", $"Math.Min(key + {_width}, length)");
            ForPanelsOfHead(keys, panel => Product(
                $"ph + key * (nint){_row} + t", 1, _row, $"{of} + j * panel + key * {_width}", Row(result), _width, finish, depth: LastQuery() + " - key")
                .Rows(panel, "key", "end"));
        });

    private void ForPanelsOfHead(Block b, Action<Block> body) => b.For("j", Index.N(_panels), body);

    private string Row(string address) => $"{address} + j * panel + t * {_width}";

    private TileProduct Product(
        string x, long rowStride, long depthStride, string w, string y, long yStride, Func<Expr, Expr> finish, string depth = "", bool overPanels = false) => new(v)
    {
        X = x,
        RowStride = rowStride,
        DepthStride = depthStride,
        DepthPanels = overPanels ? Index.N(_panels) : null,
        Depth = overPanels ? Index.N(_width) : depth,
        Indices = Loops,
        W = w,
        Y = y,
        Finish = (row, vector, sum) => new Store(Index.Plus("yt", (row * yStride) + (vector * v.Lanes)), finish(sum)),
    };
}
