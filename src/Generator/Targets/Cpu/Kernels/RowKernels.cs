using System.Collections.Immutable;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>Rows in panels, for kernels that work row by row.</summary>
internal static class RowLoop
{
    public static int VectorsInUse(VectorSet v, int columns) =>
        columns >= v.PanelWidth ? v.VectorsPerPanel : (columns + v.Lanes - 1) / v.Lanes;

    /// <summary>From the start of an activation to a vector of a row's panel.</summary>
    public static Integer Offset(VectorSet v, Integer panel, Integer row, int vector) =>
        (panel * Given.Panel) + (row * v.PanelWidth) + (vector * v.Lanes);

    /// <summary>The same to a single column.</summary>
    public static Integer Column(VectorSet v, Integer column, Integer row) =>
        (column / v.PanelWidth * Given.Panel) + (row * v.PanelWidth) + (column % v.PanelWidth);

    /// <summary>Zeros in so many panels of a row of y.</summary>
    public static void Clear(Block b, VectorSet v, int panels, Integer row)
    {
        if (panels > 0)
        {
            b.ForPanels("z", panels, (panel, z) =>
            {
                for (int i = 0; i < v.VectorsPerPanel; i++)
                {
                    panel.Store(new Pointer("y") + Offset(v, z, row, i), Expr.Zero);
                }
            });
        }
    }
}

/// <summary>Rows from an activation to another whose panels are a different distance apart.</summary>
internal sealed record CopyRowsKernel : KernelSpec
{
    private static readonly NamedInteger From = Integer.Offset("xPanel", Given.Panel.Bounds);

    private static readonly NamedInteger To = Integer.Offset("yPanel", Given.Panel.Bounds);

    public override string Name => "CopyRows";

    public override string Summary => "y = x, whose panels are xPanel apart and those of y yPanel: [rows, outer]";

    public override ImmutableArray<KernelParameter> Parameters =>
        [In("x"), Out("y"), new(From.Name, ParameterKind.Panel), new(To.Name, ParameterKind.Panel), Whole(Given.Outer), Rows, Part];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        body.ForPart("p", Given.Outer.InPieces(v.PanelWidth), (panel, p) => panel.For("t", Given.Rows, (row, t) =>
        {
            for (int i = 0; i < v.VectorsPerPanel; i++)
            {
                var place = (t * v.PanelWidth) + (i * v.Lanes);
                row.Store(new Pointer("y") + (p * To) + place, Expr.Load(new Pointer("x") + (p * From) + place));
            }
        }));
        return Finished(body);
    }
}

/// <summary>y[t] = table[index[t]], or the sum of two such embeddings.</summary>
/// <param name="Entries">Rows of the table.</param>
/// <param name="Entries2">Rows of a second table; 0 for none.</param>
internal sealed record EmbedKernel(int Columns, int Entries, int Entries2) : KernelSpec
{
    public override string Name => Entries2 == 0 ? $"Embed_{Entries}x{Columns}" : $"EmbedSum_{Entries}x{Columns}_{Entries2}x{Columns}";

    public override string Summary => Entries2 == 0
        ? $"y[t] = table[index[t]]: [rows, {Columns}] from [{Entries}, {Columns}]"
        : $"y[t] = table[index[t]] + table2[index2[t]]: [rows, {Columns}] from [{Entries}, {Columns}] and [{Entries2}, {Columns}]";

    public override ImmutableArray<KernelParameter> Parameters => Entries2 == 0
        ? [In("table"), Indices("index"), Out("y"), Panel, Rows, Part]
        : [In("table"), Indices("index"), In("table2"), Indices("index2"), Out("y"), Panel, Rows, Part];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        body.ForPart("t", Given.Rows, (row, t) =>
        {
            var entry = row.LetAddress("entry", new Pointer("table") + (Index("index", Entries, t) * v.PanelWidth));
            var entry2 = Entries2 > 0
                ? row.LetAddress("entry2", new Pointer("table2") + (Index("index2", Entries2, t) * v.PanelWidth)) : null;
            int panels = (Columns + v.PanelWidth - 1) / v.PanelWidth;
            row.ForPanels("p", panels, (b, p) =>
            {
                // The vectors of a panel that a narrow table leaves empty are zero too, whatever was in that memory.
                for (int i = 0; i < v.VectorsPerPanel; i++)
                {
                    var value = i < RowLoop.VectorsInUse(v, Columns) ? Expr.Load(Entry(v, entry, Entries, p, i)) : Expr.Zero;
                    b.Store(
                        new Pointer("y") + RowLoop.Offset(v, p, t, i),
                        entry2 is null || value == Expr.Zero ? value : value + Expr.Load(Entry(v, entry2, Entries2, p, i)));
                }
            });
        });
        return Finished(body);
    }

    /// <summary>The entry that is read at a row.</summary>
    public static Integer Index(string indices, int entries, Integer row) => Integer.At(new Pointer(indices), row, entries - 1);

    /// <summary>A vector of an entry, within a panel of all entries.</summary>
    private static Address Entry(VectorSet v, Address address, int entries, Integer panel, int vector) =>
        address + (panel * PanelElements(v, entries)) + (vector * v.Lanes);

    /// <summary>Elements of a panel of a table.</summary>
    public static long PanelElements(VectorSet v, int entries) => (long)MemoryLayout.RoundUp(entries, v.PanelWidth) * v.PanelWidth;
}

/// <summary>Adds the rows of dy into the rows of a table that were read: the gradient, or at once the update.</summary>
internal sealed record EmbedGradKernel(int Columns, int Entries, WeightUpdate Update) : KernelSpec
{
    public override string Name => $"EmbedGrad_{Entries}x{Columns}" + (Update == WeightUpdate.Store ? "" : "_" + Update);

    public override string Summary => Update == WeightUpdate.Sgd
        ? $"table[index[t]] -= learningRate * dy[t]: [{Entries}, {Columns}] from [rows, {Columns}]"
        : $"{(Update == WeightUpdate.Accumulate ? "" : "dtable = 0, then ")}dtable[index[t]] += dy[t]: "
            + $"[{Entries}, {Columns}] from [rows, {Columns}]"
            + (Moves ? "; " + UpdateWriter.Of(Update).Summary.Replace("dw", "dtable").Replace("w ", "table ") : "");

    public override ImmutableArray<KernelParameter> Parameters =>
    [
        In("dy"), Indices("index"),
        .. Update == WeightUpdate.Sgd ? (KernelParameter[])[] : [Out("dtable")],
        .. Moves ? (KernelParameter[])[Out("table"), .. UpdateWriter.Of(Update).Parameters] : [],
        Panel, Rows, Part,
    ];

    /// <summary>Whether the table is changed.</summary>
    private bool Moves => Update is not (WeightUpdate.Store or WeightUpdate.Accumulate);

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        int panels = (Columns + v.PanelWidth - 1) / v.PanelWidth;
        long elements = EmbedKernel.PanelElements(v, Entries);
        Address table = new Pointer("table"), gradient = new Pointer("dtable");
        var step = Update == WeightUpdate.Sgd ? body.Let("step", Expr.Splat(Expr.Negate(new Name("learningRate")))) : null;
        body.ForPart("p", panels, (b, p) =>
        {
            var place = b.LetOffset("place", p * elements);
            if (Update is not (WeightUpdate.Sgd or WeightUpdate.Accumulate))
            {
                b.For("z", 0, elements, v.Lanes, (clear, z) => clear.Store(gradient + place + z, Expr.Zero));
            }

            b.For("t", Given.Rows, (row, t) =>
            {
                var entry = row.LetAddress(
                    "entry", (step is null ? gradient : table) + place + (EmbedKernel.Index("index", Entries, t) * v.PanelWidth));
                for (int i = 0; i < RowLoop.VectorsInUse(v, Columns); i++)
                {
                    var address = entry + (i * v.Lanes);
                    var dy = Expr.Load(new Pointer("dy") + RowLoop.Offset(v, p, t, i));
                    row.Store(address, step is null ? Expr.Load(address) + dy : Expr.Fma(step, dy, Expr.Load(address)));
                }
            });
            if (Moves && Update != WeightUpdate.Sgd)
            {
                // Entries are padded to whole panels, so that after an odd one there is another.
                long used = (long)MemoryLayout.RoundUp(Entries, 2) * v.PanelWidth;
                UpdateWriter.Of(Update).Loop(b, v, used, new UpdateTarget(gradient, table, new Pointer("m"), new Pointer("v")).Plus(place));
            }
        });
        return Finished(body);
    }
}
