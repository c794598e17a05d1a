using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>A vector of weights to be moved: the addresses of its gradient, of itself and of what the rule keeps.</summary>
internal sealed record UpdateTarget(string Gradient, string Weight, string State1, string State2)
{
    /// <summary>The vector so many elements after this one.</summary>
    public UpdateTarget Plus(long elements) => new(
        Index.Plus(Gradient, elements), Index.Plus(Weight, elements), Index.Plus(State1, elements), Index.Plus(State2, elements));
}

/// <summary>
/// A rule on vectors. What it keeps is pushed through (x + c) − c, which rounds what has decayed far below anything that matters to zero:
/// numbers too small for a full mantissa would make the processor many times slower.
/// </summary>
internal abstract class UpdateWriter
{
    /// <summary>c = 2⁻⁸⁰: what is below c 2⁻²⁴ vanishes in single precision, below c 2⁻⁵³ in double.</summary>
    private const double Flush = 1.0 / (1L << 40) / (1L << 40);

    private static readonly UpdateWriter Sgd = new SgdWriter(), Momentum = new MomentumWriter(), Adam = new AdamWriter(decays: false), AdamW = new AdamWriter(decays: true);

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

    /// <summary>A loop over neighbouring vectors, two by two; "a" counts their elements, of which there is an even number of vectors.</summary>
    public void Loop(Block b, VectorSet v, long elements, UpdateTarget first)
    {
        Constants(b);
        b.ForOffset("a", "0", Index.N(elements), Index.N(2 * v.Lanes), pair => UpdatePair(pair, first, first.Plus(v.Lanes)));
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

        public override void Constants(Block b) => b.Let("step", Expr.Splat(Expr.Negate("learningRate")));

        public override void UpdateOne(Block b, int number, UpdateTarget target) =>
            b.Store(target.Weight, Expr.Fma("step", Expr.Load(target.Gradient), Expr.Load(target.Weight)));
    }

    /// <summary>m ← μ m + g, w −= learningRate m.</summary>
    private sealed class MomentumWriter : UpdateWriter
    {
        public override ImmutableArray<KernelParameter> Parameters { get; } = [new("m", ParameterKind.Output), new("learningRate", ParameterKind.Real)];

        public override string Summary => $"m = {OptimizerRule.Factor.ToString(System.Globalization.CultureInfo.InvariantCulture)} m + dw, w -= learningRate * m";

        public override void Constants(Block b)
        {
            b.Let("step", Expr.Splat(Expr.Negate("learningRate")));
            b.Let("factor", Expr.Splat(OptimizerRule.Factor));
            b.Let("flush", Expr.Splat(Flush));
        }

        public override void UpdateOne(Block b, int number, UpdateTarget target)
        {
            var name = "m" + Index.N(number);
            b.Together(line =>
            {
                line.Let(name, Expr.Fma(Expr.Load(target.State1), "factor", Expr.Load(target.Gradient)) + "flush" - "flush");
                line.Store(target.State1, name);
                line.Store(target.Weight, Expr.Fma("step", name, Expr.Load(target.Weight)));
            });
        }
    }

    /// <summary>
    /// Adam, with a decay of the weights where it is AdamW. m and v are kept without their factors 1 − β₁ and 1 − β₂, so that moving them on is
    /// one multiply-add each; these factors and both bias corrections are the same for all weights of a step and go into its size and ε:
    /// w −= stepSize m / (√v + ε′). "stepSize" is lr (1 − β₁) / (1 − β₁ᵗ) / s and "epsilon" is ε / s, where s = √((1 − β₂) / (1 − β₂ᵗ));
    /// "keep" is 1 − lr λ.
    /// </summary>
    private sealed class AdamWriter(bool decays) : UpdateWriter
    {
        public override ImmutableArray<KernelParameter> Parameters { get; } =
        [
            new("m", ParameterKind.Output), new("v", ParameterKind.Output),
            new("stepSize", ParameterKind.Real), new("epsilon", ParameterKind.Real), .. decays ? [new("keep", ParameterKind.Real)] : (KernelParameter[])[],
        ];

        public override string Summary => decays ? "AdamW on w by dw" : "Adam on w by dw";

        public override void Constants(Block b)
        {
            b.Let("step", Expr.Splat(Expr.Negate("stepSize")));
            b.Let("tiny", Expr.Splat("epsilon"));
            b.Let("decay1", Expr.Splat(OptimizerRule.AdamRule.Beta1));
            b.Let("decay2", Expr.Splat(OptimizerRule.AdamRule.Beta2));
            b.Let("flush", Expr.Splat(Flush));
            if (decays)
            {
                b.Let("kept", Expr.Splat("keep"));
            }
        }

        public override void UpdateOne(Block b, int number, UpdateTarget target)
        {
            var name = Index.N(number);
            MoveOn(b, name, target);
            b.Together(line =>
            {
                line.Store(target.State1, "m" + name);
                line.Store(target.State2, "v" + name);
                line.Store(target.Weight, Expr.Fma("m" + name, "step" / (Expr.Root("v" + name) + "tiny"), Kept(target)));
            });
        }

        /// <summary>
        /// With d₀ and d₁ the denominators of two vectors and r = stepSize / (d₀ d₁), stepSize / d₀ is r d₁: a division, which takes as
        /// long as ten multiplications, serves both.
        /// </summary>
        protected override void UpdatePair(Block b, UpdateTarget first, UpdateTarget second)
        {
            UpdateTarget[] pair = [first, second];
            for (var i = 0; i < pair.Length; i++)
            {
                var target = pair[i];
                MoveOn(b, Index.N(i), target);
                b.Together(line =>
                {
                    line.Store(target.State1, "m" + i);
                    line.Store(target.State2, "v" + i);
                    line.Let("d" + i, Expr.Root("v" + i) + "tiny");
                });
            }

            b.Together(line =>
            {
                line.Let("r", (Expr)"step" / ((Expr)"d0" * "d1"));
                line.Store(first.Weight, Expr.Fma((Expr)"m0" * "d1", "r", Kept(first)));
                line.Store(second.Weight, Expr.Fma((Expr)"m1" * "d0", "r", Kept(second)));
            });
        }

        private static void MoveOn(Block b, string name, UpdateTarget target) => b.Together(line =>
        {
            var g = line.Let("g" + name, Expr.Load(target.Gradient));
            line.Let("m" + name, Expr.Fma(Expr.Load(target.State1), "decay1", g) + "flush" - "flush");
            line.Let("v" + name, Expr.Fma(Expr.Load(target.State2), "decay2", g * g) + "flush" - "flush");
        });

        private Expr Kept(UpdateTarget target) => decays ? Expr.Load(target.Weight) * "kept" : Expr.Load(target.Weight);
    }
}
