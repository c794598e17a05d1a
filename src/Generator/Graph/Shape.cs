using System.Collections.Immutable;
using System.Globalization;

namespace MicroGpt.Generator.Graph;

/// <summary>
/// One dimension of channels: <paramref name="Groups"/> groups (attention heads) of <paramref name="Size"/> each. A plain
/// dimension is one group. The split matters to the memory layout alone: each head begins at an aligned place.
/// </summary>
internal readonly record struct Axis(int Groups, int Size)
{
    /// <summary>Number of channels.</summary>
    public int Count => Groups * Size;

    public static implicit operator Axis(int size) => new(1, size);

    public override string ToString() => Groups == 1
        ? Size.ToString(CultureInfo.InvariantCulture)
        : Groups.ToString(CultureInfo.InvariantCulture) + "·" + Size.ToString(CultureInfo.InvariantCulture);
}

internal enum ShapeKind
{
    /// <summary>One number.</summary>
    Scalar,

    /// <summary>One integer a row: tokens, targets, positions.</summary>
    Indices,

    /// <summary>[rows, channels]: an activation.</summary>
    Rows,

    /// <summary>[channels]: the same for every row.</summary>
    Vector,

    /// <summary>[rows, keys, heads]: for each row, a weight for each head and each position up to its own.</summary>
    Attention,

    /// <summary>[out, in]: a parameter or its gradient.</summary>
    Matrix,

    /// <summary>Several results of one op; <c>Part</c> takes one of them.</summary>
    Tuple,
}

/// <summary>
/// Shape of a node's value. "rows" is the one dimension known only at run time: the positions of all the documents
/// of a batch, packed.
/// </summary>
internal sealed record Shape
{
    public ShapeKind Kind { get; private init; }

    /// <summary>Rows of a matrix (outputs of a linear layer); keys of attention weights.</summary>
    public Axis Outer { get; private init; }

    /// <summary>Channels of an activation or a vector, columns of a matrix, heads of attention weights.</summary>
    public Axis Inner { get; private init; }

    public ImmutableArray<Shape> Parts { get; private init; } = [];

    public static Shape Scalar { get; } = new() { Kind = ShapeKind.Scalar };

    public static Shape Indices { get; } = new() { Kind = ShapeKind.Indices };

    public static Shape Rows(Axis channels) => new() { Kind = ShapeKind.Rows, Inner = channels };

    public static Shape Vector(Axis channels) => new() { Kind = ShapeKind.Vector, Inner = channels };

    public static Shape Matrix(Axis outer, Axis inner) => new() { Kind = ShapeKind.Matrix, Outer = outer, Inner = inner };

    public static Shape Attention(int keys, int heads) => new() { Kind = ShapeKind.Attention, Outer = keys, Inner = heads };

    public static Shape Tuple(params Shape[] parts) => new() { Kind = ShapeKind.Tuple, Parts = [.. parts] };

    /// <summary>The same kind of value with other channels.</summary>
    public Shape WithChannels(Axis channels) => this with { Inner = channels };

    /// <summary>Elements: a row for activations, in all for a vector, matrix or scalar.</summary>
    public long Elements => Kind switch
    {
        ShapeKind.Rows or ShapeKind.Vector => Inner.Count,
        ShapeKind.Matrix or ShapeKind.Attention => (long)Outer.Count * Inner.Count,
        _ => 1,
    };

    public bool Equals(Shape? other) =>
        other is not null && Kind == other.Kind && Outer == other.Outer && Inner == other.Inner && Parts.SequenceEqual(other.Parts);

    public override int GetHashCode() => ((int)Kind * 397 + Outer.GetHashCode()) * 397 + Inner.GetHashCode();

    public override string ToString() => Kind switch
    {
        ShapeKind.Scalar => "[]",
        ShapeKind.Indices => "[rows]",
        ShapeKind.Rows => $"[rows, {Inner}]",
        ShapeKind.Vector => $"[{Inner}]",
        ShapeKind.Matrix => $"[{Outer}, {Inner}]",
        ShapeKind.Attention => $"[rows, {Outer}, {Inner}]",
        _ => "(" + string.Join(", ", Parts) + ")",
    };
}
