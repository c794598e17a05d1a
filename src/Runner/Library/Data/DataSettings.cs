namespace MicroGpt.Runner.Data;

/// <summary>What a text is divided into.</summary>
public enum DocumentKind
{
    /// <summary>Every line is a document, blank ones excepted.</summary>
    Line = 0,

    /// <summary>Lines without a blank one between them are a document.</summary>
    Paragraph = 1,

    /// <summary>Every file is a document.</summary>
    File = 2,

    /// <summary>The whole text is one sequence without beginning or end; windows at random places are trained on.</summary>
    Stream = 3,
}

/// <summary>What the tokens are.</summary>
public enum TokenizerKind
{
    /// <summary>The different characters (code points) of the text.</summary>
    Characters = 0,

    /// <summary>The 256 bytes of UTF-8.</summary>
    Bytes = 1,

    /// <summary>The 50,257 byte pairs of GPT-2.</summary>
    Gpt2 = 2,
}

/// <summary>Where the text comes from, and how it becomes documents and tokens.</summary>
public sealed record DataSettings
{
    /// <summary>The path that stands for standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>A file, a folder of text files or <see cref="StandardInput"/>; null for the names that come with the program.</summary>
    public string? Path { get; init; }

    /// <summary>What the text is divided into.</summary>
    public DocumentKind Documents { get; init; }

    /// <summary>Whether white space goes at both ends of a document; else only its line ending does.</summary>
    public bool Trim { get; init; }

    /// <summary>What the tokens are.</summary>
    public TokenizerKind Tokenizer { get; init; }
}
