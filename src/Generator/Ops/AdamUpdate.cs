using System.Collections.Immutable;
using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Ops;

/// <summary>
/// Adam (Kingma and Ba, 2015), element by element: m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g²,
/// w ← w − lr (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε). Fused into the kernel that computes the gradient before code is made.
/// </summary>
internal sealed record AdamUpdate : Op
{
    /// <summary>β₁ of the course.</summary>
    public const double Beta1 = 0.85;

    /// <summary>β₂ of the course.</summary>
    public const double Beta2 = 0.99;

    /// <summary>ε, outside the root.</summary>
    public const double Epsilon = 1e-8;

    public override string Name => "AdamUpdate";

    public override bool UpdatesFirstInput => true;

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs[0].Shape.Equals(inputs[1].Shape), "the gradient must have the parameter's shape");
        return inputs[0].Shape;
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
        [Apply(run, node.Inputs[0], inputs[0], inputs[1], inputs[2][0])];

    /// <summary>One step on a parameter, from the moments that the evaluation holds; they are moved on.</summary>
    public static double[] Apply(Evaluation run, Node parameter, double[] w, double[] gradient, double learningRate)
    {
        var (m, v) = run.MomentsOf(((Parameter)parameter.Op).Canonical, w.Length);
        var updated = new double[w.Length];
        for (var i = 0; i < w.Length; i++)
        {
            m[i] = (Beta1 * m[i]) + ((1 - Beta1) * gradient[i]);
            v[i] = (Beta2 * v[i]) + ((1 - Beta2) * gradient[i] * gradient[i]);
            var mean = m[i] / (1 - Math.Pow(Beta1, run.Step));
            var variance = v[i] / (1 - Math.Pow(Beta2, run.Step));
            updated[i] = w[i] - (learningRate * mean / (Math.Sqrt(variance) + Epsilon));
        }

        return updated;
    }

    public override string Describe(Node node) => $"Adam: {node.Inputs[0].Name} by {node.Inputs[1].Name}: {node.Shape}";
}

/// <summary>Adam on a weight with the gradient dyᵀ x, which never leaves the first-level cache.</summary>
internal sealed record LinearAdam : Op
{
    public override string Name => "LinearAdam";

    public override bool UpdatesFirstInput => true;

    public override Shape Infer(ImmutableArray<Node> inputs) => new LinearSgd().Infer(inputs);

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
    [
        AdamUpdate.Apply(
            run, node.Inputs[0], inputs[0], new LinearWeightGrad().Evaluate(run, node, [inputs[1], inputs[2]])[0], inputs[3][0]),
    ];

    public override string Describe(Node node)
    {
        var (w, dy, x) = (node.Inputs[0], node.Inputs[1], node.Inputs[2]);
        return $"Adam: {w.Name} by {dy.Name}ᵀ {x.Name}: {w.Shape} = {dy.Shape}ᵀ {x.Shape}";
    }

    public override (long PerRow, long PerPair) Flops(Node node) => (2 * node.Shape.Elements, 0);
}

/// <summary>
/// Adam on an embedding table. The gradient of the rows that were read is gathered first; every row is then updated, since the
/// moments of a row that was not read move on too.
/// </summary>
internal sealed record EmbedAdam : Op
{
    public override string Name => "EmbedAdam";

    public override bool UpdatesFirstInput => true;

    public override Shape Infer(ImmutableArray<Node> inputs) => new EmbedSgd().Infer(inputs);

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
    [
        AdamUpdate.Apply(
            run, node.Inputs[0], inputs[0], new EmbedGrad(node.Shape.Outer.Count).Evaluate(run, node, [inputs[1], inputs[2]])[0], inputs[3][0]),
    ];

    public override string Describe(Node node) =>
        $"Adam: {node.Inputs[0].Name} by the sum over t of {node.Inputs[1].Name}[t] at {node.Inputs[2].Name}[t]: {node.Shape}";
}
