namespace MicroGpt.Runner.Data;

/// <summary>What the kinds of documents and of tokenizers are called, on the command line and where a run is described.</summary>
internal static class KindName
{
    /// <summary>The kinds of documents, the default first.</summary>
    public static IReadOnlyList<(string Name, DocumentKind Kind)> Documents { get; } =
        [("line", DocumentKind.Line), ("paragraph", DocumentKind.Paragraph), ("file", DocumentKind.File), ("stream", DocumentKind.Stream)];

    /// <summary>The tokenizers, the default first.</summary>
    public static IReadOnlyList<(string Name, TokenizerKind Kind)> Tokenizers { get; } =
        [("characters", TokenizerKind.Characters), ("bytes", TokenizerKind.Bytes), ("gpt2", TokenizerKind.Gpt2)];

    /// <summary>How a kind of documents is called.</summary>
    public static string Of(DocumentKind kind) => Documents.First(known => known.Kind == kind).Name;

    /// <summary>How a tokenizer is called.</summary>
    public static string Of(TokenizerKind kind) => Tokenizers.First(known => known.Kind == kind).Name;
}
