namespace MicroGpt.Generator.Graph;

/// <summary>What passes ask of the machine that a graph is compiled for. Everything else about a target is its own affair.</summary>
internal interface ITarget
{
    /// <summary>Elements that one result of a node takes in memory, a row.</summary>
    long StorageElements(Node node, int part);

    /// <summary>
    /// Whether a value whose channels are grouped in one way is, as it lies in memory, the same value grouped in another.
    /// </summary>
    bool IsView(Axis from, Axis to);

    /// <summary>Whether some channels of a value are, as they lie in memory, a value of their own.</summary>
    bool IsPart(Axis of, int from, int to);

    /// <summary>Whether a reduction over the channels of each group can be a step of a row program.</summary>
    bool ReducesInRow(Axis groups, bool isSum);

    /// <summary>
    /// Whether a product can compute a row program of its results, which is the program's first input, while it has them at hand.
    /// </summary>
    /// <param name="product">Shape of the product.</param>
    /// <param name="program">The row program, an operation of a room that this one does not know.</param>
    bool TakesEpilogue(Shape product, Op program);

    /// <summary>Most rows of which all logits exist at once; 0 where those of any batch may.</summary>
    int RowsAtOnce(Shape logits);
}
