namespace MicroGpt.Generator.Language;

/// <summary>A mistake in a model's text, said in its author's terms: what, with shapes, and what to do.</summary>
internal sealed class LanguageException(string message) : Exception(message);
