namespace MicroGpt.Runner.Training;

/// <summary>How samples are drawn.</summary>
public sealed record SamplingSettings
{
    /// <summary>Below 1 the likely becomes likelier, above 1 the improbable gets a chance; 0 always takes the likeliest.</summary>
    public double Temperature { get; init; } = 0.5;

    /// <summary>Only so many of the likeliest tokens are drawn from; null for all.</summary>
    public int? TopK { get; init; }

    /// <summary>
    /// Only the likeliest tokens whose probabilities add up to this are drawn from (nucleus sampling, Holtzman et al., 2020); null for all.
    /// </summary>
    public double? TopP { get; init; }

    /// <summary>The most tokens that are added to a prompt; null for the block size.</summary>
    public int? MaxLength { get; init; }
}
