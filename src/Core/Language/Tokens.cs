using System.Diagnostics;

namespace MicroGpt;

/// <summary>The tokens that a forward pass reads, one at each row: <c>table[tokens]</c> is their rows of a table.</summary>
[DebuggerDisplay("{DebuggerDisplay,nq}")]
public sealed class Tokens
{
    internal Tokens(ForwardPass pass)
    {
        Pass = pass;
        Positions = new Positions(pass);
    }

    /// <summary>The place of each row in its document, from 0: <c>table[tokens.Positions]</c>.</summary>
    public Positions Positions { get; }

    internal ForwardPass Pass { get; }

    private string DebuggerDisplay => $"{Pass.Rows} tokens: {string.Join(' ', Pass.Tokens.Take(32))}{(Pass.Rows > 32 ? " ..." : "")}";
}

/// <summary>The places of the rows in their documents.</summary>
[DebuggerDisplay("{DebuggerDisplay,nq}")]
public sealed class Positions
{
    internal Positions(ForwardPass pass) => Pass = pass;

    internal ForwardPass Pass { get; }

    private string DebuggerDisplay =>
        $"{Pass.Rows} positions: {string.Join(' ', Pass.Positions.Take(32))}{(Pass.Rows > 32 ? " ..." : "")}";
}
