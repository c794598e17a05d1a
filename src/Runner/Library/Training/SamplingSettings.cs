namespace MicroGpt.Runner.Training;

/// <summary>How samples are drawn.</summary>
public sealed record SamplingSettings
{
    /// <summary>
    /// Below 1 the likely becomes likelier, above 1 the improbable gets a chance; 0 always takes the likeliest. A finite number of at least
    /// 0. Default: 0.5.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not such a number.</exception>
    public double Temperature
    {
        get;
        init => field = value is >= 0 and < double.PositiveInfinity
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Temperature), value, "Temperature is a finite number of at least 0.");
    } = 0.5;

    /// <summary>Only so many of the likeliest tokens are drawn from, at least 1; null for all.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int? TopK
    {
        get;
        init => field = value is null or >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(TopK), value, "TopK is at least 1, or null for all tokens.");
    }

    /// <summary>
    /// Only the likeliest tokens whose probabilities add up to this are drawn from (nucleus sampling, Holtzman et al., 2020): above 0 and
    /// at most 1; null for all.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside of that range.</exception>
    public double? TopP
    {
        get;
        init => field = value is null or (> 0 and <= 1)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(TopP), value, "TopP is above 0 and at most 1, or null for all tokens.");
    }

    /// <summary>The most tokens that are added to a prompt, at least 0; null for the block size.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int? MaxLength
    {
        get;
        init => field = value is null or >= 0
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MaxLength), value, "MaxLength is at least 0, or null for the block size.");
    }
}
