using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// How attention kernels see the channels of one "group": a panel that holds whole heads, or one head that takes several
/// panels. A score is kept in all lanes of its head, so softmax needs no transpose: for a head smaller than a vector the sum
/// over its channels is two or three permute-adds within the vector.
/// </summary>
internal sealed class HeadGroup(HeadLayout heads, VectorSet v)
{
    /// <summary>Elements between two panels of a row's own values (q, y).</summary>
    public Integer RowPanel { get; init; } = Given.Panel;

    /// <summary>Elements between two panels of keys and values.</summary>
    public Integer KeyPanel { get; init; } = Given.Panel;

    /// <summary>Whether a head takes several panels; its weights are then kept as one number a key.</summary>
    public bool IsWide { get; } = heads.Padded > v.PanelWidth;

    public int PanelsPerHead { get; } = Math.Max(1, heads.Padded / v.PanelWidth);

    public int Groups { get; } = heads.Padded > v.PanelWidth ? heads.Heads : heads.Width / v.PanelWidth;

    public int Vectors { get; } = v.VectorsPerPanel;

    /// <summary>Vectors that share a score: those of one head, or one vector with several heads.</summary>
    public int VectorsPerUnit { get; } = Math.Max(1, Math.Min(heads.Padded, v.PanelWidth) / v.Lanes);

    public int Units => Vectors / VectorsPerUnit;

    /// <summary>The vectors of a unit.</summary>
    public IEnumerable<int> VectorsOf(int unit) => Enumerable.Range(unit * VectorsPerUnit, VectorsPerUnit);

    /// <summary>Elements of the weights of one row for one key.</summary>
    public int WeightsPerKey { get; } = heads.Padded > v.PanelWidth ? heads.Heads : heads.Width;

    /// <summary>The sum of a product over the channels of each head, in all lanes of the head.</summary>
    public Expr SumHead(Expr product) => Expr.SumGroups(product, Math.Min(heads.Padded, v.Lanes));

    public int Offset(int vector) => vector * v.Lanes;

    /// <summary>Offset of a unit's weight within the weights of a key.</summary>
    public int WeightOffset(int unit) => unit * VectorsPerUnit * v.Lanes;

    /// <summary>First column of a group of a row's own values, as an offset from their start.</summary>
    public Integer RowBase(Integer group) => group * PanelsPerHead * RowPanel;

    /// <summary>First column of a group of keys or values, or of one panel of it.</summary>
    public Integer KeyBase(Integer group, Integer? panel = null) => ((group * PanelsPerHead) + (panel ?? 0)) * KeyPanel;

    /// <summary>Start of a group's weights within those of a key.</summary>
    public Integer WeightBase(Integer group) => IsWide ? group : group * v.PanelWidth;
}
