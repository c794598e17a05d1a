namespace MicroGpt.Generator.Language;

/// <summary>A mistake in a model's text, said in its author's terms: what, with shapes, and what to do.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="argument">Name of the function's parameter whose argument is at fault; null where none is more than another.</param>
internal sealed class LanguageException(string message, string? argument = null) : Exception(message)
{
    public string? Argument { get; } = argument;

    /// <summary>Whether a matrix stands where only a tensor can.</summary>
    public bool IsMisplacedMatrix { get; init; }

    /// <summary>Whether a number is larger than the model's precision holds.</summary>
    public bool IsTooLarge { get; init; }
}
