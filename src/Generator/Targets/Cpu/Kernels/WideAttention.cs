using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// Attention with heads of several panels, for one head and one segment, as products of matrices: S = Q Kᵀ, Y = P V and, in the
/// backward pass, dP = dY Vᵀ, dQ = dS K, dK = dSᵀ Q and dV = Pᵀ dY. All are tiles of the same kind as those of a linear layer.
/// </summary>
/// <remarks>
/// The weights of a head and row are consecutive, key by key, so that softmax works on whole vectors of keys. Keys (and values, backward)
/// are transposed a panel of positions at a time, into a block that stays in the first-level cache. Causality is a matter of
/// loop bounds, to a panel of positions exactly; within it, weights after a row's own position are zero.
/// </remarks>
internal sealed class WideAttention(HeadLayout heads, int blockSize, AttentionScores scores, VectorSet v)
{
    /// <summary>k and p are parameters.</summary>
    private static readonly (string, string) Loops = ("c", "i");

    // Blocks that keys are transposed in, and a number for each row.
    private static readonly Pointer Transposed = new("transposed"), Partial = new("partial"), Means = new("means");

    // Where the rows of the segment begin in the panels of the head.
    private static readonly Pointer Q = OfHead("q"), K = OfHead("k"), V = OfHead("v"), Y = OfHead("y"), P = OfHead("p"),
        Dy = OfHead("dy"), Dq = OfHead("dq"), Dk = OfHead("dk"), Dv = OfHead("dv");

    private readonly int _width = v.PanelWidth;

    private readonly int _panels = heads.Padded / v.PanelWidth;

    private readonly double _scale = scores.Scale;

    /// <summary>Elements a row of the weights of a head.</summary>
    private readonly long _stored = scores.IsUnlimited
        ? HeadLayout.BandRow(blockSize, v.PanelWidth) : HeadLayout.WeightRowStride(blockSize, v.PanelWidth);

    /// <summary>
    /// Elements from the weight of one row for a key to that of the next row for the same key. In a band around the row's own key that is
    /// one less than a row has, and nothing else is different.
    /// </summary>
    private readonly long _row = scores.IsUnlimited
        ? HeadLayout.BandRow(blockSize, v.PanelWidth) - 1 : HeadLayout.WeightRowStride(blockSize, v.PanelWidth);

    /// <summary>Declares, once a kernel, the blocks that keys are transposed in.</summary>
    public void Scratch(Block b)
    {
        b.LetScratch(Transposed.Name, heads.Padded * _width);
        b.LetScratch(Partial.Name, _width * _width);
    }

    /// <summary>
    /// Declares, once a kernel of the backward pass, room for a number a row; in documents of any length dq has it until it is computed.
    /// </summary>
    public void ScratchOfRows(Block b)
    {
        if (!scores.IsUnlimited)
        {
            b.LetScratch(Means.Name, MemoryLayout.RoundUp(blockSize, _width));
        }
    }

    /// <summary>Where the mean of a row is kept.</summary>
    private (Address Address, Integer Index) Mean(Integer row) => scores.IsUnlimited ? (Dq, row * _width) : (Means, row);

    /// <summary>y and the weights p of a head in a segment.</summary>
    public void Forward(Block b, Segment segment)
    {
        var length = Addresses(b, segment, ["q", "k", "v", "y"]);
        b.For("key", 0, length, _width, (keys, key) =>
        {
            TransposePanels(keys, K, key, length);
            keys.Comment($"Scores of these keys: {scores.Describe("q[t]·k[s]", heads.Size)}.");
            OfTransposed(Q, key, (row, vector, sum) =>
                new Store(Weight(row, vector), scores.Score(sum * Expr.Splat(scores.Factor)))).Rows(keys, key, LastQuery(key, length));
        });
        b.For("t", length, Softmax);
        b.For("query", 0, length, _width, (queries, query) => OverKeys(queries, query, length, V, Y, sum => sum));
    }

    /// <summary>dq, dk and dv of a head in a segment; ds takes the place of p.</summary>
    public void Backward(Block b, Segment segment)
    {
        var length = Addresses(b, segment, ["q", "k", "v", "y", "dy", "dq", "dk", "dv"]);
        b.Comment("dv[s] = Σ p[t][s] dy[t]");
        OverQueries(b, length, Dy, Dv, sum => sum);
        b.For("t", length, WriteMean);
        b.For("key", 0, length, _width, (keys, key) =>
        {
            TransposePanels(keys, V, key, length);
            keys.Comment("ds[t][s] = p[t][s] (dy[t]·v[s] - dy[t]·y[t]), in the place of p.");
            OfTransposed(Dy, key, (row, vector, sum) =>
            {
                var (place, mean) = (Weight(row, vector), Mean(TileProduct.Row + row));
                return new Store(place, Expr.Load(place) * (sum - Expr.Splat(Expr.At(mean.Address, mean.Index))));
            }).Rows(keys, key, LastQuery(key, length));
        });
        if (scores.Softcap is not null)
        {
            b.For("key", 0, length, _width, (keys, key) => Uncap(keys, key, length));
        }

        b.Comment("dq[t] = Σ ds[t][s] k[s] / √D");
        b.For("query", 0, length, _width, (queries, query) => OverKeys(queries, query, length, K, Dq, sum => sum * Expr.Splat(_scale)));
        b.Comment("dk[s] = Σ ds[t][s] q[t] / √D");
        OverQueries(b, length, Q, Dk, sum => sum * Expr.Splat(_scale));
    }

    /// <summary>After the last row that sees one of the keys from one on, a panel of them.</summary>
    private Integer LastQuery(Integer key, Integer length) =>
        scores.Window is { } window ? Integer.Min(key + (_width + window - 1), length) : length;

    /// <summary>result[t] = Σₛ p[t][s] of[s] for the rows from one on, a panel of them.</summary>
    private void OverKeys(Block queries, Integer query, Integer length, Address of, Address result, Func<Expr, Expr> finish)
    {
        var end = queries.LetInteger("end", Integer.Min(query + _width, length));
        Integer from = scores.Window is { } window ? queries.LetInteger("from", Integer.Max(0, query - (window - 1))) : 0;
        queries.For("j", _panels, (b, j) => new TileProduct(v)
        {
            X = t => P + (t * _row) + from,
            RowStride = _row,
            Depth = _ => end - from,
            Indices = Loops,
            W = of + (j * Given.Panel) + (from * _width),
            Y = t => result + (j * Given.Panel) + (t * _width),
            Finish = (row, vector, sum) => new Store(OfPanel(row, vector), finish(sum)),
        }.Rows(b, query, end));
    }

    /// <summary>result[s] = Σₜ p[t][s] of[t]: rows are keys, and what is summed over are the queries from them on.</summary>
    private void OverQueries(Block b, Integer length, Address of, Address result, Func<Expr, Expr> finish) =>
        b.For("key", 0, length, _width, (keys, key) =>
        {
            var end = keys.LetInteger("end", Integer.Min(key + _width, length));
            keys.For("j", _panels, (panel, j) => new TileProduct(v)
            {
                X = t => P + (key * _row) + t,
                RowStride = 1,
                DepthStride = _row,
                Depth = _ => LastQuery(key, length) - key,
                Indices = Loops,
                W = of + (j * Given.Panel) + (key * _width),
                Y = t => result + (j * Given.Panel) + (t * _width),
                Finish = (row, vector, sum) => new Store(OfPanel(row, vector), finish(sum)),
            }.Rows(panel, key, end));
        });

    /// <summary>ds of the keys from one on, a panel of them: times 1 − tanh²(score / c).</summary>
    private void Uncap(Block keys, Integer key, Integer length)
    {
        TransposePanels(keys, K, key, length);
        keys.Comment("ds[t][s] *= 1 - tanh²(score / c)");
        OfTransposed(Q, key, (row, vector, sum) =>
        {
            var place = Weight(row, vector);
            var capped = new Names($"capped{row}_")[vector];
            return new Together(
            [
                new Let(capped.Text, Expr.Tanh(sum * Expr.Splat(scores.Factor))),
                new Store(place, Expr.Load(place) * (Expr.Splat(1) - (capped * capped))),
            ]);
        }).Rows(keys, key, LastQuery(key, length));
    }

    /// <summary>
    /// The product of rows with the panel of keys, or values, that has been transposed; the results lie with the weights of these keys.
    /// </summary>
    private TileProduct OfTransposed(Address rows, Integer key, Func<int, int, Expr, Statement> finish) => new(v)
    {
        X = t => rows + (t * _width),
        RowStride = _width,
        DepthPanels = _panels,
        Depth = _ => _width,
        Indices = Loops,
        W = Transposed,
        Y = t => P + (t * _row) + key,
        Finish = finish,
    };

    // Where a vector of a tile goes: into rows of weights, or into rows of a panel.
    private Address Weight(int row, int vector) => TileProduct.Result + ((row * _row) + (vector * v.Lanes));

    private Address OfPanel(int row, int vector) => TileProduct.Result + ((row * _width) + (vector * v.Lanes));

    private static Pointer OfHead(string tensor) => new(tensor + "h");

    /// <summary>Declares where the rows of the segment begin in the panels of the head.</summary>
    /// <returns>The number of rows.</returns>
    private Integer Addresses(Block b, Segment segment, string[] tensors)
    {
        var length = b.LetInteger("length", (segment.Last - segment.First).UpTo(scores.IsUnlimited ? Limits.MostRows : blockSize));
        var head = b.LetOffset("head", (segment.Group * _panels * Given.Panel) + (segment.First * _width));
        foreach (var tensor in tensors)
        {
            b.LetAddress(OfHead(tensor).Name, new Pointer(tensor) + head);
        }

        var ofSegment = new Pointer("p") + (segment.Group * (_stored / _width) * Given.Panel) + (segment.First * _stored);
        b.LetAddress(P.Name, scores.IsUnlimited ? ofSegment + HeadLayout.BeforeInBand(blockSize, _width) : ofSegment);
        return length;
    }

    /// <summary>The rows from one on, of a head's panels, transposed: [channels of the head, keys]; zeros after the segment.</summary>
    private void TransposePanels(Block b, Address source, Integer key, Integer length)
    {
        b.For("c", _panels, (panels, c) =>
        {
            var block = panels.LetAddress("block", source + (c * Given.Panel) + (key * _width));
            panels.If(length - key < _width, partial =>
            {
                void Copy(Integer from, Integer to, Func<Address, Expr> value) => partial.For("r", from, to, 1, (row, r) =>
                {
                    for (var i = 0; i < v.VectorsPerPanel; i++)
                    {
                        row.Store(Partial + (r * _width) + (i * v.Lanes), value(block + (r * _width) + (i * v.Lanes)));
                    }
                });
                Copy(0, length - key, Expr.Load);
                Copy(length - key, _width, _ => Expr.Zero);
                partial.Assign(block, Partial);
            });
            panels.Add(new Transpose(block, Transposed + (c * (_width * _width))));
        });
    }

    /// <summary>The scores of a row become weights; those of later keys in its last panel become zeros.</summary>
    private void Softmax(Block row, Integer t)
    {
        var w = row.LetAddress("w", P + (t * _row));
        var keys = row.LetInteger("keys", ((t / _width) + 1) * _width);
        Integer from = 0;
        if (scores.Window is { } window)
        {
            // From here on all rows of the same panel of queries have weights, which are zero before their own windows.
            from = row.LetInteger("from", Integer.Max(0, (t / _width * _width) - (window - 1)) / _width * _width);
            row.For("s", from, t + (1 - window), 1, (before, s) => before.StoreElement(w, s, new Number(double.NegativeInfinity)));
        }

        row.For("s", t + 1, keys, 1, (later, s) => later.StoreElement(w, s, new Number(double.NegativeInfinity)));
        void Each(Action<Block, int, Address> body) => row.ForOffset("s", from, keys, _width, (loop, s) =>
        {
            for (var i = 0; i < v.VectorsPerPanel; i++)
            {
                var vector = i;
                loop.Together(line => body(line, vector, w + s + (vector * v.Lanes)));
            }
        });

        Names largest = new("largest"), sum = new("sum"), e = new("e");
        LetAll(row, largest, Expr.Splat(double.NegativeInfinity));
        Each((loop, i, at) => loop.Assign(largest[i], Expr.Max(largest[i], Expr.Load(at))));
        var shift = row.Let("shift", Expr.Splat(Expr.Largest(Pairwise(largest, Expr.Max))));
        LetAll(row, sum, Expr.Zero);
        Each((loop, i, at) =>
        {
            loop.Let(e[i], Expr.Exp(Expr.Load(at) - shift));
            loop.Store(at, e[i]);
            loop.Assign(sum[i], sum[i] + e[i]);
        });
        var inverse = row.Let("inverse", Expr.Splat(1) / Expr.Splat(Expr.Sum(Pairwise(sum, (a, b) => a + b))));
        Each((loop, _, at) => loop.Store(at, Expr.Load(at) * inverse));
    }

    /// <summary>Declares an accumulator for each vector of a panel.</summary>
    private void LetAll(Block row, Names accumulators, Expr start) => row.Together(line =>
    {
        for (var i = 0; i < v.VectorsPerPanel; i++)
        {
            line.Let(accumulators[i], start);
        }
    });

    private Expr Pairwise(Names names, Func<Expr, Expr, Expr> combine)
    {
        Expr[] terms = [.. names.First(v.VectorsPerPanel)];
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
    private void WriteMean(Block row, Integer t)
    {
        var sum = new Names("sum");
        for (var i = 0; i < v.VectorsPerPanel; i++)
        {
            row.Let(sum[i], Expr.Zero);
        }

        row.For("c", _panels, (panels, c) =>
        {
            for (var i = 0; i < v.VectorsPerPanel; i++)
            {
                Expr At(Address rows) => Expr.Load(rows + (c * Given.Panel) + (t * _width) + (i * v.Lanes));
                panels.Assign(sum[i], Expr.Fma(At(Dy), At(Y), sum[i]));
            }
        });
        var mean = Mean(t);
        row.StoreElement(mean.Address, mean.Index, Expr.Sum(Pairwise(sum, (a, b) => a + b)));
    }
}
