using System.Collections.Immutable;

namespace MicroGpt.Generator.Kernels;

/// <summary>One vector of weights for Adam: where its gradient comes from, where it and its moments lie.</summary>
internal sealed record AdamTarget(Expr Gradient, string Weight, string Moment1, string Moment2)
{
    /// <summary>The same, further on.</summary>
    public static AdamTarget At(string offset, string gradient, string weight, string moment1, string moment2) => new(
        Expr.Load(Index.Plus(gradient, offset)), Index.Plus(weight, offset), Index.Plus(moment1, offset), Index.Plus(moment2, offset));
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

    /// <summary>Vectors that share a division, and that an iteration of a loop therefore takes.</summary>
    public const int Together = 2;

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
        b.Let("decay1", Expr.Splat(Ops.AdamUpdate.Beta1));
        b.Let("decay2", Expr.Splat(Ops.AdamUpdate.Beta2));
        b.Let("flush", Expr.Splat(Flush));
    }

    /// <summary>
    /// Updates vectors, two by two: with d₀ and d₁ their denominators and r = stepSize / (d₀ d₁), stepSize / d₀ is r d₁. A division
    /// takes as long as ten multiplications.
    /// </summary>
    public static void Update(Block b, params AdamTarget[] targets)
    {
        for (var i = 0; i < targets.Length; i++)
        {
            var target = targets[i];
            b.Together(line =>
            {
                var g = line.Let("g" + i, target.Gradient);
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

        for (var i = 0; i < targets.Length; i += Together)
        {
            if (i + 1 == targets.Length)
            {
                b.Store(targets[i].Weight, Expr.Fma((Expr)("m" + i) / ("d" + i), "step", Expr.Load(targets[i].Weight)));
                break;
            }

            b.Together(line =>
            {
                var r = line.Let("r" + i, (Expr)"step" / ((Expr)("d" + i) * ("d" + (i + 1))));
                line.Store(targets[i].Weight, Expr.Fma((Expr)("m" + i) * ("d" + (i + 1)), r, Expr.Load(targets[i].Weight)));
                line.Store(targets[i + 1].Weight, Expr.Fma((Expr)("m" + (i + 1)) * ("d" + i), r, Expr.Load(targets[i + 1].Weight)));
            });
        }
    }
}
