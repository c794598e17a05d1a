using System.Collections.Immutable;

namespace MicroGpt.Generator.Ops;

/// <summary>
/// How a step turns a gradient into new weights, element by element: the one description of a rule that is compiled. It works on a stored
/// gradient; whether it is folded into the kernel that computes the gradient is a pass's affair.
/// </summary>
internal abstract record OptimizerRule
{
    public static OptimizerRule Sgd { get; } = new SgdRule();

    public static OptimizerRule Momentum { get; } = new MomentumRule();

    public static OptimizerRule Adam { get; } = new AdamRule(0);

    public static OptimizerRule AdamW { get; } = new AdamRule(AdamRule.Decay);

    /// <summary>Name in the printed graph.</summary>
    public abstract string Name { get; }

    /// <summary>Numbers that it keeps of each weight.</summary>
    public abstract int StateCount { get; }

    /// <summary>The rule for vectors (gains, biases), which do not decay.</summary>
    public virtual OptimizerRule ForVectors => this;

    /// <summary>A weight after a step.</summary>
    /// <param name="w">The weight.</param>
    /// <param name="gradient">Its gradient.</param>
    /// <param name="learningRate">The step's learning rate.</param>
    /// <param name="step">The step's number, from 1.</param>
    /// <param name="state">What is kept of it, moved on.</param>
    public abstract double Apply(double w, double gradient, double learningRate, int step, Span<double> state);

    /// <summary>What becomes of a weight, given the words for its gradient.</summary>
    public virtual string Describe(string weight, string gradient) => $"{Name}: {weight} by {gradient}";

    /// <summary>w ← w − lr g.</summary>
    private sealed record SgdRule : OptimizerRule
    {
        public override string Name => "Sgd";

        public override int StateCount => 0;

        public override double Apply(double w, double gradient, double learningRate, int step, Span<double> state) =>
            w - (learningRate * gradient);

        public override string Describe(string weight, string gradient) => $"{weight} -= learning_rate * {gradient}";
    }

    /// <summary>Heavy ball (Polyak, 1964): u ← μ u + g, w ← w − lr u.</summary>
    private sealed record MomentumRule : OptimizerRule
    {
        public override string Name => "Momentum";

        public override int StateCount => 1;

        public override double Apply(double w, double gradient, double learningRate, int step, Span<double> state) =>
            w - (learningRate * (state[0] = (Factor * state[0]) + gradient));
    }

    /// <summary>μ of <see cref="Momentum"/>.</summary>
    public const double Factor = 0.9;

    /// <summary>
    /// Adam (Kingma and Ba, 2015): m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g²,
    /// w ← w − lr (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε). AdamW (Loshchilov and Hutter, 2019) first takes the share lr λ off w.
    /// </summary>
    /// <param name="WeightDecay">λ; 0 for Adam.</param>
    internal sealed record AdamRule(double WeightDecay) : OptimizerRule
    {
        /// <summary>β₁ of the course.</summary>
        public const double Beta1 = 0.85;

        /// <summary>β₂ of the course.</summary>
        public const double Beta2 = 0.99;

        /// <summary>ε, outside the root.</summary>
        public const double Epsilon = 1e-8;

        /// <summary>λ of AdamW.</summary>
        public const double Decay = 0.01;

        public override string Name => WeightDecay == 0 ? "Adam" : "AdamW";

        public override int StateCount => 2;

        public override OptimizerRule ForVectors => Adam;

        public override double Apply(double w, double gradient, double learningRate, int step, Span<double> state)
        {
            state[0] = (Beta1 * state[0]) + ((1 - Beta1) * gradient);
            state[1] = (Beta2 * state[1]) + ((1 - Beta2) * gradient * gradient);
            double mean = state[0] / (1 - Math.Pow(Beta1, step));
            double variance = state[1] / (1 - Math.Pow(Beta2, step));
            return (w * (1 - (learningRate * WeightDecay))) - (learningRate * mean / (Math.Sqrt(variance) + Epsilon));
        }
    }
}

/// <summary>A gradient of a parameter that an update can be folded into: how its step is told.</summary>
internal interface IFoldableGradient
{
    /// <summary>The gradient, in words.</summary>
    string DescribeGradient(ImmutableArray<Graph.Node> inputs);

    /// <summary>The step of a rule without state, which needs no gradient but its terms.</summary>
    string DescribeStep(Graph.Node weight, ImmutableArray<Graph.Node> inputs);

    /// <summary>First word of the name of an update with this gradient.</summary>
    string Prefix { get; }
}
