using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Spec;

namespace MicroGpt.Generator.Targets.Cpu.Layout;

/// <summary>In which order a weight [out, in] lies in memory; either way in panels (see <see cref="MemoryLayout"/>).</summary>
internal enum Orientation
{
    /// <summary>Rows are inputs, columns outputs: what y = x Wᵀ streams through.</summary>
    InMajor,

    /// <summary>Rows are outputs (entries of an embedding table), columns inputs: what dx = dy W streams through.</summary>
    OutMajor,
}

/// <summary>A head as attention kernels see it.</summary>
/// <param name="Heads">Number of heads.</param>
/// <param name="Size">Channels of a head.</param>
/// <param name="Padded">Channels a head takes in memory.</param>
/// <param name="Width">Channels a row takes in memory.</param>
internal sealed record HeadLayout(int Heads, int Size, int Padded, int Width)
{
    /// <summary>
    /// Whether the backward pass finds the attention weights in memory, one for each channel of the head, rather than compute them again:
    /// where rows have few keys and heads are so narrow that several share a panel, or one fills it.
    /// </summary>
    /// <param name="blockSize">Most keys of a row.</param>
    /// <param name="panelWidth">Columns of a panel.</param>
    public bool KeepsWeights(int blockSize, int panelWidth) => Padded <= panelWidth && blockSize < BufferSizes.FewKeys;

    /// <summary>Elements a row of the attention weights, where they are kept.</summary>
    /// <param name="blockSize">Most keys of a row.</param>
    public long WeightElements(int blockSize) => (long)Width * blockSize;

    /// <summary>
    /// Elements a row of what weights are computed from again: for each head the largest score and the inverse of the sum.
    /// </summary>
    /// <param name="panelWidth">Columns of a panel.</param>
    public int SoftmaxElements(int panelWidth) => MemoryLayout.RoundUp(2 * Heads, panelWidth);

    /// <summary>Elements of the weights of the one row that is decoded.</summary>
    /// <param name="keys">Most keys of a row.</param>
    /// <param name="panelWidth">Columns of a panel.</param>
    public long DecodedWeightElements(int keys, int panelWidth) => Padded > panelWidth ? (long)Heads * keys : WeightElements(keys);
}

/// <summary>
/// The memory layout, one rule for everything: a tensor of R rows and C columns is ceil(C / P) panels of R rows of P columns
/// each, where P columns are one cache line of 64 bytes. A panel of an activation is P channels of all positions; a panel
/// of a weight is what a tile of the matrix product streams through. Beyond C, weights are zero and activations finite, so what a tile
/// reads there adds nothing. Each head of an axis with several begins at a multiple of a power of two, so that a head never straddles a
/// vector.
/// </summary>
internal sealed class MemoryLayout(Precision precision)
{
    /// <summary>Bytes of a cache line, and of a row of a panel.</summary>
    public const int PanelBytes = 64;

    public Precision Precision { get; } = precision;

    /// <summary>Columns of a panel: 16 in single, 8 in double precision.</summary>
    public int PanelWidth { get; } = PanelBytes / (precision == Precision.Single ? 4 : 8);

    /// <summary>Columns that hold something, the padding within heads included.</summary>
    public int Extent(Axis axis) => axis.Groups == 1 ? axis.Size : axis.Groups * PaddedHead(axis);

    /// <summary>
    /// Whether a product saves something by passing over what the panels of each head have empty at their end: where that is a quarter of
    /// a panel or more.
    /// </summary>
    public bool HasGaps(Axis axis) =>
        axis.Groups > 1 && PaddedHead(axis) % PanelWidth == 0 && 4 * (PaddedHead(axis) - axis.Size) >= PanelWidth;

    /// <summary>Whether half of the last panel of an axis is empty, or more.</summary>
    public bool IsUneven(Axis axis) => 2 * (Physical(axis) - Extent(axis)) >= PanelWidth;

    /// <summary>The same of an axis of a matrix.</summary>
    public bool IsUneven(Shape matrix) => IsUneven(matrix.Inner) || IsUneven(matrix.Outer);

    /// <summary>Columns of an activation that hold something.</summary>
    public int Extent(Node node) => Extent(node.Shape.Inner);

    /// <summary>Columns in memory: whole panels.</summary>
    public int Physical(Axis axis) => RoundUp(Extent(axis), PanelWidth);

    public HeadLayout Heads(Axis axis) => new(
        axis.Groups, axis.Size, axis.Groups == 1 ? Physical(axis) : PaddedHead(axis), Physical(axis));

    /// <summary>Elements a row of a result: of an activation, or of attention weights.</summary>
    public long StorageElements(Node node, int part)
    {
        var shape = node.Shape.Kind == ShapeKind.Tuple ? node.Shape.Parts[part] : node.Shape;
        if (shape.Kind != ShapeKind.Attention)
        {
            return Physical(shape.Inner);
        }

        var heads = Heads(node.Inputs[0].Shape.Inner);
        int blockSize = shape.Outer.Count;
        return heads.KeepsWeights(blockSize, PanelWidth) ? heads.WeightElements(blockSize) : heads.SoftmaxElements(PanelWidth);
    }

    /// <summary>Whether channels that are grouped in two ways lie at the same places: no group is padded.</summary>
    public bool IsView(Axis from, Axis to) => from.Count == to.Count && IsDense(from) && IsDense(to);

    private bool IsDense(Axis axis) => axis.Groups == 1 || PaddedHead(axis) == axis.Size;

    public static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;

    private int PaddedHead(Axis axis)
    {
        if (axis.Size > PanelWidth)
        {
            return RoundUp(axis.Size, PanelWidth);
        }

        int power = 1;
        while (power < axis.Size)
        {
            power *= 2;
        }

        return power;
    }
}
