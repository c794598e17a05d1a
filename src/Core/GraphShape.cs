using System.Globalization;

namespace MicroGpt;

/// <summary>What kind of value a node of a <see cref="ModelGraph"/> has.</summary>
public enum GraphShapeKind
{
    /// <summary>One number.</summary>
    Scalar,

    /// <summary>[rows]: one integer a row, such as tokens or positions.</summary>
    Indices,

    /// <summary>[rows, channels]: an activation.</summary>
    Rows,

    /// <summary>[channels]: the same for every row.</summary>
    Vector,

    /// <summary>[out, in]: a parameter or its gradient; of an embedding table [entries, channels].</summary>
    Matrix,

    /// <summary>[rows, keys, heads]: attention weights.</summary>
    Attention,

    /// <summary>The results of one operation that has several; <c>Part</c> takes one of them.</summary>
    Tuple,
}

/// <summary>
/// One dimension: <paramref name="Groups"/> groups (attention heads) of <paramref name="Size"/> each. A plain dimension is one
/// group.
/// </summary>
/// <param name="Groups">Number of groups.</param>
/// <param name="Size">Elements of a group.</param>
public readonly record struct GraphAxis(int Groups, int Size)
{
    /// <summary>Number of elements.</summary>
    public int Count => Groups * Size;

    /// <summary>The size, such as <c>16</c> or <c>4·4</c>.</summary>
    public override string ToString() => Groups == 1
        ? Size.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{Groups}·{Size}");

    /// <summary>A plain dimension.</summary>
    public static implicit operator GraphAxis(int size) => new(1, size);

    /// <summary>Groups of a size each.</summary>
    public static implicit operator GraphAxis((int Groups, int Size) axis) => new(axis.Groups, axis.Size);
}

/// <summary>Shape of a node's value.</summary>
/// <param name="Kind">What kind of value it is.</param>
/// <param name="Outer">Rows of a matrix; keys of attention weights.</param>
/// <param name="Inner">Channels of an activation or a vector, columns of a matrix, heads of attention weights.</param>
public sealed record GraphShape(GraphShapeKind Kind, GraphAxis Outer, GraphAxis Inner)
{
    /// <summary>One number.</summary>
    public static GraphShape Scalar { get; } = new(GraphShapeKind.Scalar, default, default);

    /// <summary>[rows]</summary>
    public static GraphShape Indices { get; } = new(GraphShapeKind.Indices, default, default);

    /// <summary>Shapes of the results of an operation with several.</summary>
    public IReadOnlyList<GraphShape> Parts { get; init; } = [];

    /// <summary>[rows, channels]</summary>
    public static GraphShape Rows(GraphAxis channels) => new(GraphShapeKind.Rows, default, channels);

    /// <summary>[channels]</summary>
    public static GraphShape Vector(GraphAxis channels) => new(GraphShapeKind.Vector, default, channels);

    /// <summary>[outer, inner]</summary>
    public static GraphShape Matrix(GraphAxis outer, GraphAxis inner) => new(GraphShapeKind.Matrix, outer, inner);

    /// <summary>[rows, keys, heads]</summary>
    public static GraphShape Attention(GraphAxis keys, GraphAxis heads) => new(GraphShapeKind.Attention, keys, heads);

    /// <summary>Several results.</summary>
    public static GraphShape Tuple(params GraphShape[] parts) => new(GraphShapeKind.Tuple, default, default) { Parts = parts };

    /// <summary>As in the printed graph: <c>[rows, 4·4]</c>.</summary>
    public override string ToString() => Kind switch
    {
        GraphShapeKind.Scalar => "[]",
        GraphShapeKind.Indices => "[rows]",
        GraphShapeKind.Rows => $"[rows, {Inner}]",
        GraphShapeKind.Vector => $"[{Inner}]",
        GraphShapeKind.Matrix => $"[{Outer}, {Inner}]",
        GraphShapeKind.Attention => $"[rows, {Outer}, {Inner}]",
        _ => "(" + string.Join(", ", Parts) + ")",
    };
}
