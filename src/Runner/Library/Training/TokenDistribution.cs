using MicroGpt.Runner.Randomness;

namespace MicroGpt.Runner.Training;

/// <summary>The probabilities of the next token, from logits, a temperature and what is cut off.</summary>
/// <param name="count">Number of tokens that can be drawn; the model may have room for more.</param>
internal sealed class TokenDistribution(int count)
{
    private readonly double[] probabilities = new double[count];
    private readonly double[] cumulative = new double[count];
    private readonly int[] order = new int[count];

    /// <summary>[count] probabilities that the last token was drawn by.</summary>
    public ReadOnlySpan<double> Probabilities => probabilities;

    /// <summary>Computes the probabilities and draws a token; at a temperature of 0 the likeliest, without the random stream.</summary>
    /// <exception cref="RunnerException">The logits are not finite.</exception>
    public int Draw(ReadOnlySpan<double> logits, SamplingSettings settings, RandomStream random)
    {
        int likeliest = Likeliest(logits[..count]);
        if (settings.Temperature == 0)
        {
            probabilities.AsSpan().Clear();
            probabilities[likeliest] = 1.0;
            return likeliest;
        }

        // The maximum goes before the temperature divides: with a tiny temperature a quotient could overflow, a difference cannot.
        for (int token = 0; token < count; token++)
        {
            probabilities[token] = Math.Exp((logits[token] - logits[likeliest]) / settings.Temperature);
        }

        Normalize();
        if (settings.TopK < count || settings.TopP < 1.0)
        {
            CutOff(settings.TopK ?? count, settings.TopP ?? 1.0);
            Normalize();
        }

        double running = 0.0;
        for (int token = 0; token < count; token++)
        {
            running += probabilities[token];
            cumulative[token] = running;
        }

        return random.NextChoice(cumulative);
    }

    private static int Likeliest(ReadOnlySpan<double> logits)
    {
        int likeliest = 0;
        for (int token = 0; token < logits.Length; token++)
        {
            if (!double.IsFinite(logits[token]))
            {
                throw RunnerException.Failure("sampling: the model's logits are not finite; train with a lower learning rate.");
            }

            likeliest = logits[token] > logits[likeliest] ? token : likeliest;
        }

        return likeliest;
    }

    private void Normalize()
    {
        double sum = 0.0;
        foreach (double weight in probabilities)
        {
            sum += weight;
        }

        foreach (ref double weight in probabilities.AsSpan())
        {
            weight /= sum;
        }
    }

    /// <summary>Leaves the likeliest tokens, of equal ones the first: at most k, and no more than it takes to reach a sum of p.</summary>
    private void CutOff(int k, double p)
    {
        for (int token = 0; token < count; token++)
        {
            order[token] = token;
        }

        Array.Sort(order, (one, other) =>
            probabilities[one] != probabilities[other] ? probabilities[other].CompareTo(probabilities[one]) : one.CompareTo(other));
        double sum = 0.0;
        for (int rank = 0; rank < count; rank++)
        {
            double probability = probabilities[order[rank]];
            if (rank >= k || (rank > 0 && sum >= p))
            {
                probabilities[order[rank]] = 0.0;
            }

            sum += probability;
        }
    }
}
