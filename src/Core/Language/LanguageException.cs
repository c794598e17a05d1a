namespace MicroGpt;

/// <summary>
/// A mistake in a model, found while it runs: shapes that do not meet, a parameter made in the wrong place, a number read where there
/// is none. The message says what, with shapes, and what to do; the stack trace says where in the model's text.
/// </summary>
/// <param name="message">What is wrong.</param>
public sealed class LanguageException(string message) : Exception(message);
