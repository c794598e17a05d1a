using System.Collections.Immutable;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>A vector of weights for Adam: the addresses of its gradient, of itself and of its moments.</summary>
internal sealed record AdamTarget(string Gradient, string Weight, string Moment1, string Moment2)
{
    /// <summary>The vector so many elements after this one.</summary>
    public AdamTarget Plus(long elements) => new(
        Index.Plus(Gradient, elements), Index.Plus(Weight, elements), Index.Plus(Moment1, elements), Index.Plus(Moment2, elements));
}

/// <summary>
/// Adam on vectors. m and v are kept without their factors 1 − β₁ and 1 − β₂, so that moving them on is one multiply-add each;
/// these factors and both bias corrections are the same for all weights of a step and go into its size and ε:
/// w −= stepSize m / (√v + ε′). m and v are then pushed through (x + c) − c, which rounds what has decayed far below
/// anything that matters to zero: numbers too small for a full mantissa would make the processor many times slower.
/// </summary>
internal static class AdamUpdater
{
    /// <summary>c = 2⁻⁸⁰: what is below c 2⁻²⁴ vanishes in single precision, below c 2⁻⁵³ in double.</summary>
    private const double Flush = 1.0 / (1L << 40) / (1L << 40);

    /// <summary>"stepSize" is lr (1 − β₁) / (1 − β₁ᵗ) / s and "epsilon" is ε / s, where s = √((1 − β₂) / (1 − β₂ᵗ)).</summary>
    public static ImmutableArray<KernelParameter> Parameters { get; } =
    [
        new("m", ParameterKind.Output), new("v", ParameterKind.Output),
        new("stepSize", ParameterKind.Real), new("epsilon", ParameterKind.Real),
    ];

    /// <summary>Declares what all vectors share; close to their loop, so that it occupies registers no longer than that.</summary>
    public static void Constants(Block b)
    {
        b.Let("step", Expr.Splat(Expr.Negate("stepSize")));
        b.Let("tiny", Expr.Splat("epsilon"));
        b.Let("decay1", Expr.Splat(AdamUpdate.Beta1));
        b.Let("decay2", Expr.Splat(AdamUpdate.Beta2));
        b.Let("flush", Expr.Splat(Flush));
    }

    /// <summary>A loop over neighbouring vectors, two by two; "a" counts their elements, of which there is an even number of vectors.</summary>
    public static void Loop(Block b, VectorSet v, long elements, AdamTarget first)
    {
        Constants(b);
        b.ForOffset("a", "0", Index.N(elements), Index.N(2 * v.Lanes), pair => Update(pair, first, first.Plus(v.Lanes)));
    }

    /// <summary>One vector alone; the constants have been declared.</summary>
    public static void UpdateOne(Block b, int number, AdamTarget target)
    {
        var name = Index.N(number);
        b.Together(line =>
        {
            var g = line.Let("g" + name, Expr.Load(target.Gradient));
            line.Let("m" + name, Expr.Fma(Expr.Load(target.Moment1), "decay1", g) + "flush" - "flush");
            line.Let("v" + name, Expr.Fma(Expr.Load(target.Moment2), "decay2", g * g) + "flush" - "flush");
        });
        b.Together(line =>
        {
            line.Store(target.Moment1, "m" + name);
            line.Store(target.Moment2, "v" + name);
            line.Store(target.Weight, Expr.Fma("m" + name, "step" / (Expr.Root("v" + name) + "tiny"), Expr.Load(target.Weight)));
        });
    }

    /// <summary>
    /// With d₀ and d₁ the denominators of two vectors and r = stepSize / (d₀ d₁), stepSize / d₀ is r d₁: a division, which takes as
    /// long as ten multiplications, serves both.
    /// </summary>
    private static void Update(Block b, params AdamTarget[] pair)
    {
        for (var i = 0; i < pair.Length; i++)
        {
            var target = pair[i];
            b.Together(line =>
            {
                var g = line.Let("g" + i, Expr.Load(target.Gradient));
                line.Let("m" + i, Expr.Fma(Expr.Load(target.Moment1), "decay1", g) + "flush" - "flush");
                line.Let("v" + i, Expr.Fma(Expr.Load(target.Moment2), "decay2", g * g) + "flush" - "flush");
            });
            b.Together(line =>
            {
                line.Store(target.Moment1, "m" + i);
                line.Store(target.Moment2, "v" + i);
                line.Let("d" + i, Expr.Root("v" + i) + "tiny");
            });
        }

        b.Together(line =>
        {
            line.Let("r", (Expr)"step" / ((Expr)"d0" * "d1"));
            line.Store(pair[0].Weight, Expr.Fma((Expr)"m0" * "d1", "r", Expr.Load(pair[0].Weight)));
            line.Store(pair[1].Weight, Expr.Fma((Expr)"m1" * "d0", "r", Expr.Load(pair[1].Weight)));
        });
    }
}
