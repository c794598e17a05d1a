namespace MicroGpt.Runner.Evaluation;

/// <summary>A loss on data that was not trained on, as sums, so that parts of it can be added up.</summary>
/// <param name="Nats">Sum of -ln p over all tokens that were predicted.</param>
/// <param name="Tokens">Number of tokens that were predicted, those that end documents included.</param>
/// <param name="Characters">Number of characters (code points) among them; an end adds nats, but no character.</param>
public readonly record struct HeldOutLoss(double Nats, long Tokens, long Characters)
{
    /// <summary>Mean loss a token, in nats; NaN where none was predicted.</summary>
    public double NatsPerToken => Tokens == 0 ? double.NaN : Nats / Tokens;

    /// <summary>The summed nats as bits, over the characters; NaN where there is none.</summary>
    public double BitsPerCharacter => Characters == 0 ? double.NaN : Nats / Math.Log(2.0) / Characters;

    /// <summary>exp of the mean loss: between how many equally probable tokens the model is undecided.</summary>
    public double Perplexity => Math.Exp(NatsPerToken);

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant(
        $"held-out {NatsPerToken:F4} nats a token, {BitsPerCharacter:F3} bits a character, perplexity {Perplexity:F2}");
}
