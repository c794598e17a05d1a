using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Language;

/// <summary>
/// The twin of the language's parameter: a matrix [rows, columns] or a vector [length] of the graph that is being recorded.
/// </summary>
public sealed class Parameter : Tensor
{
    internal Parameter(Node node)
        : base(node)
    {
    }

    /// <summary>The parameter as a tensor, which only a vector is.</summary>
    internal override Node Node => AnyNode.Shape.Kind == ShapeKind.Vector
        ? AnyNode
        : throw new LanguageException(
            $"{Recording.Describe(this)} is a matrix: it stands only in Linear's second argument and before [tokens] "
                + "or [tokens.Positions]") { IsMisplacedMatrix = true };

    /// <summary>The row of each token.</summary>
    public Tensor this[Tokens tokens] => Read(tokens.Node, Recording.Current.VocabSize, "tokens", "vocabulary");

    /// <summary>The row of each position.</summary>
    public Tensor this[Positions positions]
    {
        get
        {
            if (Recording.Current.BlockSize == 0)
            {
                throw new LanguageException(
                    $"{Recording.Describe(this)} is read by positions, of which there is no limit where BlockSize is 0: give a BlockSize");
            }

            return Read(positions.Node, Recording.Current.BlockSize, "positions", "block");
        }
    }

    private Tensor Read(Node indices, int needed, string by, string of)
    {
        if (AnyNode.Shape.Kind != ShapeKind.Matrix)
        {
            throw new LanguageException($"{Recording.Describe(this)} is a vector: only a matrix has rows to read by {by}");
        }

        if (AnyNode.Shape.Outer.Count < needed)
        {
            throw new LanguageException($"{Recording.Describe(this)} has {AnyNode.Shape.Outer.Count} rows, but the {of} has {needed} {by}");
        }

        return Recording.Current.AddNode(new Ops.Embed(), AnyNode, indices);
    }
}
