using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Language;

/// <summary>The twin of the language's tokens: one at each row.</summary>
public sealed class Tokens
{
    internal Tokens(Node node, Node positions)
    {
        Node = node;
        Positions = new Positions(positions);
    }

    /// <summary>The place of each row in its document, from 0.</summary>
    public Positions Positions { get; }

    internal Node Node { get; }
}

/// <summary>The twin of the language's positions.</summary>
public sealed class Positions
{
    internal Positions(Node node) => Node = node;

    internal Node Node { get; }
}
