using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>A vector of weights to be moved: the addresses of its gradient, of itself and of what the rule keeps.</summary>
internal sealed record UpdateTarget(Address Gradient, Address Weight, Address State1, Address State2)
{
    /// <summary>The vector so many elements after this one.</summary>
    public UpdateTarget Plus(Integer elements) => new(Gradient + elements, Weight + elements, State1 + elements, State2 + elements);
}

/// <summary>
/// A rule on vectors. What it keeps is pushed through (x + c) − c, which rounds what has decayed far below anything that matters to zero:
/// numbers too small for a full mantissa would make the processor many times slower.
/// </summary>
internal abstract class UpdateWriter
{
    /// <summary>c = 2⁻⁸⁰: what is below c 2⁻²⁴ vanishes in single precision, below c 2⁻⁵³ in double.</summary>
    private const double Flush = 1.0 / (1L << 40) / (1L << 40);

    private static readonly UpdateWriter Sgd = new SgdWriter(),
        Momentum = new MomentumWriter(), Adam = new AdamWriter(decays: false), AdamW = new AdamWriter(decays: true);

    // What a rule is given and what all vectors share, then what is kept of each of them.
    private static readonly Name LearningRate = new("learningRate"), Step = new("step"), Factor = new("factor"), Flushed = new("flush");
    private static readonly Names M = new("m"), V = new("v");

    /// <summary>What the kernel takes beside the weight and its gradient.</summary>
    public abstract ImmutableArray<KernelParameter> Parameters { get; }

    /// <summary>What becomes of the weight, for summaries.</summary>
    public abstract string Summary { get; }

    /// <summary>The writer of a rule.</summary>
    /// <exception cref="GraphException">It is no rule but says where a gradient goes.</exception>
    public static UpdateWriter Of(WeightUpdate update) => update switch
    {
        WeightUpdate.Sgd => Sgd,
        WeightUpdate.Momentum => Momentum,
        WeightUpdate.Adam => Adam,
        WeightUpdate.AdamW => AdamW,
        _ => throw new GraphException($"{update} moves no weight"),
    };

    /// <summary>The kind of a rule.</summary>
    public static WeightUpdate KindOf(OptimizerRule rule) => (WeightUpdate)Enum.Parse(typeof(WeightUpdate), rule.Name);

    /// <summary>Declares what all vectors share; close to their loop, so that it occupies registers no longer than that.</summary>
    public abstract void Constants(Block b);

    /// <summary>One vector alone; the constants have been declared.</summary>
    public abstract void UpdateOne(Block b, int number, UpdateTarget target);

    /// <summary>A loop over neighbouring vectors, two by two, of which there is an even number.</summary>
    public void Loop(Block b, VectorSet v, long elements, UpdateTarget first)
    {
        Constants(b);
        b.ForOffset("a", 0, elements, 2 * v.Lanes, (pair, a) => UpdatePair(pair, first.Plus(a), first.Plus(a).Plus(v.Lanes)));
    }

    /// <summary>Two vectors.</summary>
    protected virtual void UpdatePair(Block b, UpdateTarget first, UpdateTarget second)
    {
        UpdateOne(b, 0, first);
        UpdateOne(b, 1, second);
    }

    private sealed class SgdWriter : UpdateWriter
    {
        public override ImmutableArray<KernelParameter> Parameters { get; } = [new("learningRate", ParameterKind.Real)];

        public override string Summary => "w -= learningRate * dw";

        public override void Constants(Block b) => b.Let(Step, Expr.Splat(Expr.Negate(LearningRate)));

        public override void UpdateOne(Block b, int number, UpdateTarget target) =>
            b.Store(target.Weight, Expr.Fma(Step, Expr.Load(target.Gradient), Expr.Load(target.Weight)));
    }

    /// <summary>m ← μ m + g, w −= learningRate m.</summary>
    private sealed class MomentumWriter : UpdateWriter
    {
        public override ImmutableArray<KernelParameter> Parameters { get; } =
        [
            new("m", ParameterKind.Output), new("learningRate", ParameterKind.Real),
        ];

        public override string Summary =>
            $"m = {OptimizerRule.Factor.ToString(System.Globalization.CultureInfo.InvariantCulture)} m + dw, w -= learningRate * m";

        public override void Constants(Block b)
        {
            b.Let(Step, Expr.Splat(Expr.Negate(LearningRate)));
            b.Let(Factor, Expr.Splat(OptimizerRule.Factor));
            b.Let(Flushed, Expr.Splat(Flush));
        }

        public override void UpdateOne(Block b, int number, UpdateTarget target)
        {
            b.Together(line =>
            {
                var m = line.Let(M[number], Expr.Fma(Expr.Load(target.State1), Factor, Expr.Load(target.Gradient)) + Flushed - Flushed);
                line.Store(target.State1, m);
                line.Store(target.Weight, Expr.Fma(Step, m, Expr.Load(target.Weight)));
            });
        }
    }

    /// <summary>
    /// Adam, with a decay of the weights where it is AdamW. m and v are kept without their factors 1 − β₁ and 1 − β₂, so that moving them
    /// on is one multiply-add each; these factors and both bias corrections are the same for all weights of a step and go into its size and
    /// ε: w −= stepSize m / (√v + ε′). "stepSize" is lr (1 − β₁) / (1 − β₁ᵗ) / s and "epsilon" is ε / s, where s = √((1 − β₂) / (1 − β₂ᵗ));
    /// "keep" is 1 − lr λ.
    /// </summary>
    private sealed class AdamWriter(bool decays) : UpdateWriter
    {
        public override ImmutableArray<KernelParameter> Parameters { get; } =
        [
            new("m", ParameterKind.Output), new("v", ParameterKind.Output),
            new("stepSize", ParameterKind.Real), new("epsilon", ParameterKind.Real),
            .. decays ? [new("keep", ParameterKind.Real)] : (KernelParameter[])[],
        ];

        public override string Summary => decays ? "AdamW on w by dw" : "Adam on w by dw";

        private static readonly Name Tiny = new("tiny"), Decay1 = new("decay1"), Decay2 = new("decay2"), KeptShare = new("kept");

        public override void Constants(Block b)
        {
            b.Let(Step, Expr.Splat(Expr.Negate(new Name("stepSize"))));
            b.Let(Tiny, Expr.Splat(new Name("epsilon")));
            b.Let(Decay1, Expr.Splat(OptimizerRule.AdamRule.Beta1));
            b.Let(Decay2, Expr.Splat(OptimizerRule.AdamRule.Beta2));
            b.Let(Flushed, Expr.Splat(Flush));
            if (decays)
            {
                b.Let(KeptShare, Expr.Splat(new Name("keep")));
            }
        }

        public override void UpdateOne(Block b, int number, UpdateTarget target)
        {
            MoveOn(b, number, target);
            b.Together(line =>
            {
                line.Store(target.State1, M[number]);
                line.Store(target.State2, V[number]);
                line.Store(target.Weight, Expr.Fma(M[number], Step / (Expr.Root(V[number]) + Tiny), Kept(target)));
            });
        }

        /// <summary>
        /// With d₀ and d₁ the denominators of two vectors and r = stepSize / (d₀ d₁), stepSize / d₀ is r d₁: a division, which takes as
        /// long as ten multiplications, serves both.
        /// </summary>
        protected override void UpdatePair(Block b, UpdateTarget first, UpdateTarget second)
        {
            UpdateTarget[] pair = [first, second];
            var d = new Names("d");
            for (int i = 0; i < pair.Length; i++)
            {
                var (target, number) = (pair[i], i);
                MoveOn(b, number, target);
                b.Together(line =>
                {
                    line.Store(target.State1, M[number]);
                    line.Store(target.State2, V[number]);
                    line.Let(d[number], Expr.Root(V[number]) + Tiny);
                });
            }

            b.Together(line =>
            {
                var r = line.Let("r", Step / (d[0] * d[1]));
                line.Store(first.Weight, Expr.Fma(M[0] * d[1], r, Kept(first)));
                line.Store(second.Weight, Expr.Fma(M[1] * d[0], r, Kept(second)));
            });
        }

        private static void MoveOn(Block b, int number, UpdateTarget target) => b.Together(line =>
        {
            var g = line.Let(new Names("g")[number], Expr.Load(target.Gradient));
            line.Let(M[number], Expr.Fma(Expr.Load(target.State1), Decay1, g) + Flushed - Flushed);
            line.Let(V[number], Expr.Fma(Expr.Load(target.State2), Decay2, g * g) + Flushed - Flushed);
        });

        private Expr Kept(UpdateTarget target) => decays ? Expr.Load(target.Weight) * KeptShare : Expr.Load(target.Weight);
    }
}
