using System.Collections.Immutable;
using System.Globalization;
using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Ops;

/// <summary>What attention, its gradient and its step when decoding have in common. The heads are the groups of the inputs.</summary>
/// <param name="BlockSize">Most keys a row can have: the size of a block, or of the window where documents have any length.</param>
internal abstract record AttentionOp(int BlockSize) : Op
{
    /// <summary>Factor of q·k; 1 / √D unless given.</summary>
    public double? Scale { get; init; }

    /// <summary>Each row sees the last so many positions, its own included; all unless given.</summary>
    public int? Window { get; init; }

    /// <summary>c where scores s become c tanh(s / c).</summary>
    public double? Softcap { get; init; }

    /// <summary>Whether documents have any length, so that what is kept of a row is a window of its keys and no more.</summary>
    public bool IsUnlimited => Window == BlockSize;

    protected override string Attributes
    {
        get
        {
            string[] given = [Text("scale", Scale), Text("window", Window), Text("softcap", Softcap)];
            return given.All(g => g.Length == 0) ? "" : $"<{string.Join(", ", given.Where(g => g.Length > 0))}>";
        }
    }

    private static string Text(string name, double? value) => value is { } number ? name + " " + Constant.Literal(number) : "";

    /// <summary>Checks queries, keys and values.</summary>
    protected static void RequireHeads(ImmutableArray<Node> inputs)
    {
        Shape q = inputs[0].Shape, k = inputs[1].Shape, v = inputs[2].Shape;
        Require(inputs.Take(3).All(i => i.Shape.Kind == ShapeKind.Rows), "q, k and v must be activations");
        Require(q.Inner.Size == k.Inner.Size, "q and k must have heads of the same size");
        Require(k.Inner.Groups == v.Inner.Groups, "k and v must have the same number of heads");
        Require(q.Inner.Groups % k.Inner.Groups == 0, "each key head must serve the same number of query heads");
    }

    /// <summary>The shape of the result: a head of q has as many channels as one of v.</summary>
    protected static Shape ResultOf(ImmutableArray<Node> inputs) =>
        Shape.Rows(new Axis(inputs[0].Shape.Inner.Groups, inputs[2].Shape.Inner.Size));

    protected double ScaleOf(Node q) => Scale ?? 1 / Math.Sqrt(q.Shape.Inner.Size);

    /// <summary>The first row that a row sees.</summary>
    protected int FirstKey(Evaluation run, int row) => Math.Max(run.SegmentStart(row), row - (Window ?? int.MaxValue - 1) + 1);

    /// <summary>Where the interpreter keeps the weight of a row for the n-th key that it sees.</summary>
    protected int PlaceOf(int row, int key, int head, int heads) => (((row * BlockSize) + key) * heads) + head;

    /// <summary>The score of a key, as it goes into the softmax.</summary>
    protected string DescribeScore(Node q, Node k, string query, string key)
    {
        string product = $"{q.Name}{query}·{k.Name}{key}";
        string scaled = Scale is { } scale
            ? $"{Constant.Literal(scale)} {product}"
            : $"{product} / sqrt({q.Shape.Inner.Size.ToString(CultureInfo.InvariantCulture)})";
        return Softcap is { } cap ? $"{Constant.Literal(cap)} tanh({scaled} / {Constant.Literal(cap)})" : scaled;
    }

    /// <summary>The keys that a row sees.</summary>
    protected string DescribeKeys() => Window is { } window ? $"t - {window} < s <= t" : "s <= t";

    protected static string DescribeHeads(Node q, Node k) => k.Shape.Inner.Groups == q.Shape.Inner.Groups
        ? $"{q.Shape.Inner.Groups} heads"
        : $"{q.Shape.Inner.Groups} heads (head h reads key head h / {q.Shape.Inner.Groups / k.Shape.Inner.Groups})";
}

/// <summary>
/// Causal multi-head attention within each document: for each head, p[t][s] = softmax over s ≤ t of q[t]·k[s] / √D and
/// y[t] = Σₛ p[t][s] v[s] (Vaswani et al., 2017). With fewer heads of keys than of queries, several of these share one
/// (Ainslie et al., 2023). Results: y, and p for the backward pass.
/// </summary>
internal sealed record Attention(int BlockSize) : AttentionOp(BlockSize)
{
    public override string Name => "Attention";

    public override ImmutableArray<OpAttribute> Data(Node node)
    {
        var data = ImmutableArray.CreateBuilder<OpAttribute>();
        data.Add(OpAttribute.Of("heads", node.Inputs[0].Shape.Inner.Groups));
        data.Add(OpAttribute.Of("key heads", node.Inputs[1].Shape.Inner.Groups));
        data.Add(OpAttribute.Of("scale", ScaleOf(node.Inputs[0])));
        if (Window is { } window)
        {
            data.Add(OpAttribute.Of("window", window));
        }

        if (Softcap is { } cap)
        {
            data.Add(OpAttribute.Of("softcap", cap));
        }

        return data.ToImmutable();
    }

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        RequireHeads(inputs);
        return Shape.Tuple(ResultOf(inputs), Shape.Attention(BlockSize, inputs[0].Shape.Inner.Groups));
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs)
    {
        var heads = new HeadReader(node.Inputs, inputs);
        double[] y = new double[run.Rows * heads.Count * heads.ValueSize];
        double[] p = new double[run.Rows * BlockSize * heads.Count];
        for (int t = 0; t < run.Rows; t++)
        {
            int first = FirstKey(run, t);
            for (int h = 0; h < heads.Count; h++)
            {
                double[] scores = [.. Enumerable.Range(first, t - first + 1).Select(s => heads.Score(t, s, h) * ScaleOf(node.Inputs[0]))];
                if (Softcap is { } cap)
                {
                    scores = [.. scores.Select(score => cap * Math.Tanh(score / cap))];
                }

                double largest = scores.Max();
                double sum = scores.Sum(score => Math.Exp(score - largest));
                for (int s = first; s <= t; s++)
                {
                    double weight = Math.Exp(scores[s - first] - largest) / sum;
                    p[PlaceOf(t, s - first, h, heads.Count)] = weight;
                    for (int d = 0; d < heads.ValueSize; d++)
                    {
                        y[heads.Result(t, h, d)] += weight * inputs[2][heads.Value(s, h, d)];
                    }
                }
            }
        }

        return [y, p];
    }

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients)
    {
        Node q = node.Inputs[0], k = node.Inputs[1], v = node.Inputs[2];
        var y = g.AddNamed(new Part(0), node, node.Local + "_y", node);
        var p = g.AddNamed(new Part(1), node, node.Local + "_p", node);
        var op = new AttentionGrad(BlockSize) { Scale = Scale, Window = Window, Softcap = Softcap };
        var gradient = g.Whole(op, node, q, k, v, y, p, gradients[0]!);
        return [
            g.Contribution(new Part(0), q, node, gradient),
            g.Contribution(new Part(1), k, node, gradient),
            g.Contribution(new Part(2), v, node, gradient),
        ];
    }

    public override string Describe(Node node)
    {
        var (q, k, v) = (node.Inputs[0], node.Inputs[1], node.Inputs[2]);
        return $"for each of {DescribeHeads(q, k)} and {DescribeKeys()}: "
            + $"p[t][s] = softmax({DescribeScore(q, k, "[t]", "[s]")}), {node.Name}_y[t] = Σ p[t][s] {v.Name}[s]: {node.Shape.Parts[0]}";
    }

    // q·k and p·v: two operations a channel each.
    public override (long PerRow, long PerPair) Flops(Node node) =>
        (0, 2L * (node.Inputs[0].Shape.Inner.Count + node.Shape.Parts[0].Inner.Count));
}

/// <summary>
/// The gradient of <see cref="Attention"/>. With dp[t][s] = dy[t]·v[s] and ds = p (dp − Σₛ p dp), where the sum equals dy[t]·y[t]:
/// dq[t] = Σₛ ds k[s] / √D, dk[s] = Σₜ ds q[t] / √D, dv[s] = Σₜ p dy[t]. Where scores s are capped, ds is further multiplied by
/// 1 − tanh²(s / c).
/// </summary>
internal sealed record AttentionGrad(int BlockSize) : AttentionOp(BlockSize)
{
    public override string Name => "AttentionGrad";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        RequireHeads(inputs);
        var y = ResultOf(inputs);
        Require(inputs[3].Shape.Equals(y) && inputs[5].Shape.Equals(y), "y and dy must have the shape of the result");
        Require(inputs[4].Shape.Equals(Shape.Attention(BlockSize, y.Inner.Groups)), "p must hold the attention weights");
        return Shape.Tuple([.. inputs.Take(3).Select(i => i.Shape)]);
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs)
    {
        double[] q = inputs[0], k = inputs[1], v = inputs[2], p = inputs[4], dy = inputs[5];
        var heads = new HeadReader(node.Inputs, inputs);
        double scale = ScaleOf(node.Inputs[0]);
        double[] dq = new double[q.Length], dk = new double[k.Length], dv = new double[v.Length];
        for (int t = 0; t < run.Rows; t++)
        {
            int first = FirstKey(run, t);
            for (int h = 0; h < heads.Count; h++)
            {
                double Weight(int s) => p[PlaceOf(t, s - first, h, heads.Count)];
                double WeightGradient(int s) =>
                    Enumerable.Range(0, heads.ValueSize).Sum(d => dy[heads.Result(t, h, d)] * v[heads.Value(s, h, d)]);

                double mean = Enumerable.Range(first, t - first + 1).Sum(s => Weight(s) * WeightGradient(s));
                for (int s = first; s <= t; s++)
                {
                    double ds = Weight(s) * (WeightGradient(s) - mean) * scale;
                    if (Softcap is { } cap)
                    {
                        double capped = Math.Tanh(heads.Score(t, s, h) * scale / cap);
                        ds *= 1 - (capped * capped);
                    }

                    for (int d = 0; d < heads.Size; d++)
                    {
                        dq[heads.Query(t, h, d)] += ds * k[heads.Key(s, h, d)];
                        dk[heads.Key(s, h, d)] += ds * q[heads.Query(t, h, d)];
                    }

                    for (int d = 0; d < heads.ValueSize; d++)
                    {
                        dv[heads.Value(s, h, d)] += Weight(s) * dy[heads.Result(t, h, d)];
                    }
                }
            }
        }

        return [dq, dk, dv];
    }

    public override string Describe(Node node)
    {
        var (q, k, v, y, dy) = (node.Inputs[0].Name, node.Inputs[1].Name, node.Inputs[2].Name, node.Inputs[3].Name, node.Inputs[5].Name);
        string d = node.Scope.Prefix + "_d";
        string factor = Scale is { } scale ? $" * {Constant.Literal(scale)}" : $" / sqrt({node.Inputs[0].Shape.Inner.Size})";
        string cap = Softcap is { } c ? $" * (1 - tanh²(score / {Constant.Literal(c)}))" : "";
        return $"for each head and {DescribeKeys()}: ds = p[t][s] ({dy}[t]·{v}[s] - {dy}[t]·{y}[t]){factor}{cap}; "
            + $"{d}q[t] += ds {k}[s], {d}k[s] += ds {q}[t], {d}v[s] += p[t][s] {dy}[t]";
    }

    // dy·v, p dy, ds k and ds q: two operations a channel each.
    public override (long PerRow, long PerPair) Flops(Node node) =>
        (0, 4L * (node.Inputs[0].Shape.Inner.Count + node.Inputs[3].Shape.Inner.Count));
}

/// <summary>
/// Attention of one new position when decoding: appends k and v to the layer's cache, then attends to everything cached.
/// </summary>
internal sealed record AttentionStep(int BlockSize) : AttentionOp(BlockSize)
{
    public override string Name => "AttentionStep";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        RequireHeads(inputs);
        return ResultOf(inputs);
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
        throw new GraphException("AttentionStep works on a cache that outlives the graph; its oracle is Attention over the whole document");

    public override string Describe(Node node)
    {
        var (q, k, v) = (node.Inputs[0], node.Inputs[1], node.Inputs[2]);
        string keys = Window is { } window ? $"each of the last {window} positions s" : "cached s";
        return $"append {k.Name} and {v.Name} to the cache; "
            + $"for each head and {keys}: p[s] = softmax({DescribeScore(q, k, "", "[s]")}), {node.Name} = Σ p[s] {v.Name}[s]: {node.Shape}";
    }
}

/// <summary>Where dense queries, keys, values and results lie in the interpreter.</summary>
internal sealed class HeadReader(ImmutableArray<Node> nodes, ImmutableArray<double[]> values)
{
    private readonly int _keyHeads = nodes[1].Shape.Inner.Groups;

    /// <summary>Heads of q.</summary>
    public int Count { get; } = nodes[0].Shape.Inner.Groups;

    /// <summary>Channels of a head of q and k.</summary>
    public int Size { get; } = nodes[0].Shape.Inner.Size;

    /// <summary>Channels of a head of v and of the result.</summary>
    public int ValueSize { get; } = nodes[2].Shape.Inner.Size;

    public int Query(int row, int head, int channel) => (((row * Count) + head) * Size) + channel;

    public int Key(int row, int head, int channel) => (((row * _keyHeads) + KeyHead(head)) * Size) + channel;

    public int Value(int row, int head, int channel) => (((row * _keyHeads) + KeyHead(head)) * ValueSize) + channel;

    public int Result(int row, int head, int channel) => (((row * Count) + head) * ValueSize) + channel;

    /// <summary>q[t]·k[s] of a head.</summary>
    public double Score(int t, int s, int head) =>
        Enumerable.Range(0, Size).Sum(d => values[0][Query(t, head, d)] * values[1][Key(s, head, d)]);

    private int KeyHead(int head) => head / (Count / _keyHeads);
}
