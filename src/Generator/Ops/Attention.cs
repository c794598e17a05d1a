using System.Collections.Immutable;
using System.Globalization;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Kernels;

namespace MicroGpt.Generator.Ops;

/// <summary>
/// Causal multi-head attention within each document: for each head, p[t][s] = softmax over s ≤ t of q[t]·k[s] / √D and
/// y[t] = Σₛ p[t][s] v[s] (Vaswani et al., 2017). Results: y, and p for the backward pass.
/// </summary>
/// <param name="BlockSize">Most keys a row can have.</param>
internal sealed record Attention(int BlockSize) : Op
{
    public override string Name => "Attention";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        var q = inputs[0].Shape;
        Require(q.Kind == ShapeKind.Rows && inputs.All(i => i.Shape.Equals(q)), "q, k and v must have the same shape");
        return Shape.Tuple(q, Shape.Attention(BlockSize, q.Inner.Groups));
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs)
    {
        double[] q = inputs[0], k = inputs[1], v = inputs[2];
        var (heads, size) = (node.Inputs[0].Shape.Inner.Groups, node.Inputs[0].Shape.Inner.Size);
        var width = heads * size;
        var y = new double[run.Rows * width];
        var p = new double[run.Rows * BlockSize * heads];
        for (var t = 0; t < run.Rows; t++)
        {
            var start = run.SegmentStart(t);
            for (var h = 0; h < heads; h++)
            {
                var scores = new double[t - start + 1];
                for (var s = start; s <= t; s++)
                {
                    for (var d = 0; d < size; d++)
                    {
                        scores[s - start] += q[(t * width) + (h * size) + d] * k[(s * width) + (h * size) + d] / Math.Sqrt(size);
                    }
                }

                var largest = scores.Max();
                var sum = scores.Sum(score => Math.Exp(score - largest));
                for (var s = start; s <= t; s++)
                {
                    var weight = Math.Exp(scores[s - start] - largest) / sum;
                    p[PlaceOf(t, s - start, h, heads)] = weight;
                    for (var d = 0; d < size; d++)
                    {
                        y[(t * width) + (h * size) + d] += weight * v[(s * width) + (h * size) + d];
                    }
                }
            }
        }

        return [y, p];
    }

    /// <summary>Where the interpreter keeps the weight of a row for a key of its document.</summary>
    private int PlaceOf(int row, int key, int head, int heads) => (((row * BlockSize) + key) * heads) + head;

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients)
    {
        Node q = node.Inputs[0], k = node.Inputs[1], v = node.Inputs[2];
        var y = g.AddNamed(new Part(0), node, node.Local + "_y", node);
        var p = g.AddNamed(new Part(1), node, node.Local + "_p", node);
        var gradient = g.Whole(new AttentionGrad(BlockSize), node, q, k, v, y, p, gradients[0]!);
        return [
            g.Contribution(new Part(0), q, node, gradient),
            g.Contribution(new Part(1), k, node, gradient),
            g.Contribution(new Part(2), v, node, gradient),
        ];
    }

    public override string Describe(Node node)
    {
        var (q, k, v) = (node.Inputs[0], node.Inputs[1], node.Inputs[2]);
        var root = "sqrt(" + q.Shape.Inner.Size.ToString(CultureInfo.InvariantCulture) + ")";
        return $"for each of {q.Shape.Inner.Groups} heads and s <= t: p[t][s] = softmax({q.Name}[t]·{k.Name}[s] / {root}), {node.Name}_y[t] = Σ p[t][s] {v.Name}[s]: {q.Shape}";
    }

    public override KernelCall Lower(Node node, Lowering lowering) => new(
        new AttentionKernel(lowering.Heads(node.Inputs[0].Shape.Inner), BlockSize),
        [
            Argument.Value("q", node.Inputs[0]),
            Argument.Value("k", node.Inputs[1]),
            Argument.Value("v", node.Inputs[2]),
            Argument.Part("y", node, 0),
            Argument.Part("p", node, 1),
            Argument.Segments(),
        ]);

    // q·k and p·v: two operations a channel each.
    public override (long PerRow, long PerPair) Flops(Node node) => (0, 4L * node.Inputs[0].Shape.Inner.Count);
}

/// <summary>
/// The gradient of <see cref="Attention"/>. With dp[t][s] = dy[t]·v[s] and ds = p (dp − Σₛ p dp), where the sum equals dy[t]·y[t]:
/// dq[t] = Σₛ ds k[s] / √D, dk[s] = Σₜ ds q[t] / √D, dv[s] = Σₜ p dy[t].
/// </summary>
internal sealed record AttentionGrad(int BlockSize) : Op
{
    public override string Name => "AttentionGrad";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        var q = inputs[0].Shape;
        Require(inputs[3].Shape.Equals(q) && inputs[5].Shape.Equals(q), "y and dy must have the shape of q");
        Require(inputs[4].Shape.Equals(Shape.Attention(BlockSize, q.Inner.Groups)), "p must hold the attention weights");
        return Shape.Tuple(q, q, q);
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs)
    {
        double[] q = inputs[0], k = inputs[1], v = inputs[2], p = inputs[4], dy = inputs[5];
        var (heads, size) = (node.Inputs[0].Shape.Inner.Groups, node.Inputs[0].Shape.Inner.Size);
        var width = heads * size;
        double[] dq = new double[q.Length], dk = new double[q.Length], dv = new double[q.Length];
        for (var t = 0; t < run.Rows; t++)
        {
            var start = run.SegmentStart(t);
            for (var h = 0; h < heads; h++)
            {
                int Channel(int row, int d) => (row * width) + (h * size) + d;
                double Weight(int s) => p[(((t * BlockSize) + s - start) * heads) + h];
                double WeightGradient(int s) => Enumerable.Range(0, size).Sum(d => dy[Channel(t, d)] * v[Channel(s, d)]);

                var mean = Enumerable.Range(start, t - start + 1).Sum(s => Weight(s) * WeightGradient(s));
                for (var s = start; s <= t; s++)
                {
                    var ds = Weight(s) * (WeightGradient(s) - mean) / Math.Sqrt(size);
                    for (var d = 0; d < size; d++)
                    {
                        dq[Channel(t, d)] += ds * k[Channel(s, d)];
                        dk[Channel(s, d)] += ds * q[Channel(t, d)];
                        dv[Channel(s, d)] += Weight(s) * dy[Channel(t, d)];
                    }
                }
            }
        }

        return [dq, dk, dv];
    }

    public override string Describe(Node node)
    {
        var (q, k, v, y, dy) = (node.Inputs[0].Name, node.Inputs[1].Name, node.Inputs[2].Name, node.Inputs[3].Name, node.Inputs[5].Name);
        var d = node.Scope.Prefix + "_d";
        return $"for each head and s <= t: ds = p[t][s] ({dy}[t]·{v}[s] - {dy}[t]·{y}[t]) / sqrt({node.Inputs[0].Shape.Inner.Size}); "
            + $"{d}q[t] += ds {k}[s], {d}k[s] += ds {q}[t], {d}v[s] += p[t][s] {dy}[t]";
    }

    public override KernelCall Lower(Node node, Lowering lowering) => new(
        new AttentionGradKernel(lowering.Heads(node.Inputs[0].Shape.Inner), BlockSize),
        [
            Argument.Value("q", node.Inputs[0]),
            Argument.Value("k", node.Inputs[1]),
            Argument.Value("v", node.Inputs[2]),
            Argument.Value("y", node.Inputs[3]),
            Argument.Value("p", node.Inputs[4]),
            Argument.Value("dy", node.Inputs[5]),
            Argument.Part("dq", node, 0),
            Argument.Part("dk", node, 1),
            Argument.Part("dv", node, 2),
            Argument.Segments(),
        ]);

    // dy·v, p dy, ds k and ds q: two operations a channel each.
    public override (long PerRow, long PerPair) Flops(Node node) => (0, 8L * node.Inputs[0].Shape.Inner.Count);
}

/// <summary>
/// Attention of one new position when decoding: appends k and v to the layer's cache, then attends to everything cached.
/// </summary>
internal sealed record AttentionStep(int BlockSize) : Op
{
    public override string Name => "AttentionStep";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs.All(i => i.Shape.Equals(inputs[0].Shape)), "q, k and v must have the same shape");
        return inputs[0].Shape;
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
        throw new GraphException("AttentionStep works on a cache that outlives the graph; its oracle is Attention over the whole document");

    public override string Describe(Node node)
    {
        var (q, k, v) = (node.Inputs[0], node.Inputs[1], node.Inputs[2]);
        return $"append {k.Name} and {v.Name} to the cache; for each head and cached s: p[s] = softmax({q.Name}·k[s] / sqrt({q.Shape.Inner.Size})), {node.Name} = Σ p[s] v[s]: {node.Shape}";
    }

    public override KernelCall Lower(Node node, Lowering lowering) => new(
        new AttentionStepKernel(lowering.Heads(node.Inputs[0].Shape.Inner)),
        [
            Argument.Value("q", node.Inputs[0]),
            Argument.Value("key", node.Inputs[1]),
            Argument.Value("value", node.Inputs[2]),
            Argument.Cache("k", node, 0),
            Argument.Cache("v", node, 1),
            Argument.Value("y", node),
            Argument.Cache("weights", node, 2),
            Argument.Position("position"),
        ]);
}
