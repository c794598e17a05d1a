using MicroGpt.Runner.Randomness;

namespace MicroGpt.Runner.Gradients;

/// <summary>
/// How ill-conditioned the numbers of a model are: what weights that differ in their last bit alone change. A comparison that finds no
/// more than a multiple of it may have found rounding and nothing else.
/// </summary>
/// <param name="Change">The largest change, on the scale of the comparison's errors.</param>
/// <param name="LargestLogit">The largest absolute logit.</param>
internal sealed record Conditioning(double Change, double LargestLogit)
{
    // What is compared was rounded once, and nudged at random: errors of right models were up to one and a half times the change.
    private const double Multiple = 10;

    /// <summary>Whether an error that is more than the tolerance may be rounding.</summary>
    public bool MayExplain(double error, double tolerance) => error <= Multiple * Change && Change * Multiple > tolerance;

    /// <summary>What follows from it, in sentences.</summary>
    public string Advice(Precision precision)
    {
        string compare = precision == Precision.Single
            ? " Precision = Precision.Double in the spec shows whether the error shrinks with the rounding." : "";
        return FormattableString.Invariant(
            $"what is more than the tolerance may be rounding. Large logits (here up to {LargestLogit:0.0e+0}) or scores of attention ")
                + $"do that: smaller initial weights (InitStd) or a scale keep them small.{compare}";
    }

    /// <summary>The weights, each moved by its last bit, at random up or down.</summary>
    /// <param name="weights">The weights, as a precision stores them.</param>
    /// <param name="precision">The precision.</param>
    /// <param name="seed">Seed of the directions.</param>
    public static double[] Nudged(ReadOnlySpan<double> weights, Precision precision, long seed)
    {
        var random = new RandomStream(seed);
        double[] nudged = new double[weights.Length];
        for (int i = 0; i < nudged.Length; i++)
        {
            nudged[i] = (random.NextBelow(2) == 0, precision) switch
            {
                (true, Precision.Double) => Math.BitIncrement(weights[i]),
                (false, Precision.Double) => Math.BitDecrement(weights[i]),
                (true, _) => MathF.BitIncrement((float)weights[i]),
                (false, _) => MathF.BitDecrement((float)weights[i]),
            };
        }

        return nudged;
    }
}
