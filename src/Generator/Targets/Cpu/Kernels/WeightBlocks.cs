using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>The blocks, a panel of inputs by a panel of outputs, of a weight that "inner" and "outer" say the size of.</summary>
internal sealed class WeightBlocks
{
    private readonly NamedInteger _innerPanels;
    private readonly NamedInteger _outerPanels;
    private readonly int _width;

    /// <summary>Declares the numbers of panels.</summary>
    public WeightBlocks(Block body, VectorSet v)
    {
        _width = v.PanelWidth;
        _innerPanels = body.LetInteger("innerPanels", Given.Inner.InPieces(_width));
        _outerPanels = body.LetInteger("outerPanels", Given.Outer.InPieces(_width));
    }

    /// <summary>
    /// How many there are. n elements in rows and columns take n / P² + (rows + columns) / P + 1 blocks at most; the padding of heads may
    /// double both.
    /// </summary>
    public Integer Number =>
        (_innerPanels * _outerPanels).UpTo((4L * Limits.MostElements / _width / _width) + (2L * Limits.MostChannels / _width) + 1);

    /// <summary>Declares which panels meet in a block.</summary>
    public (NamedInteger Inner, NamedInteger Outer) Of(Block b, Integer each)
    {
        var o = b.LetInteger("o", (each / _innerPanels).UpTo(_outerPanels.Bounds.Most - 1));
        var i = b.LetInteger("i", (each - (o * _innerPanels).UpTo(each.Bounds.Most)).UpTo(_innerPanels.Bounds.Most - 1));
        return (i, o);
    }

    /// <summary>Where a block begins: inputs are rows.</summary>
    public Integer Place(Integer inner, Integer outer) => ((outer * _innerPanels) + inner) * (_width * _width);

    /// <summary>Where it begins in the other order, in which outputs are rows.</summary>
    public Integer TransposedPlace(Integer inner, Integer outer) => ((inner * _outerPanels) + outer) * (_width * _width);
}
