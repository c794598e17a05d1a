using System.Collections.Immutable;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>Loops over the panels of a row and the vectors of a panel, for kernels that work row by row.</summary>
internal static class RowLoop
{
    /// <summary>
    /// The body for every vector of row t: once a vector of a panel, in a loop over panels where there are several. It gets
    /// the vector's number within the panel and its offset from the start of a tensor.
    /// </summary>
    public static void Vectors(Block b, VectorSet v, int columns, Action<Block, int, string> body)
    {
        var panels = (columns + v.PanelWidth - 1) / v.PanelWidth;
        b.ForPanels("p", panels, (inner, p) =>
        {
            for (var i = 0; i < v.VectorsPerPanel && (panels > 1 || i * v.Lanes < columns); i++)
            {
                body(inner, i, Offset(v, p, i));
            }
        });
    }

    public static int VectorsInUse(VectorSet v, int columns) =>
        columns >= v.PanelWidth ? v.VectorsPerPanel : (columns + v.Lanes - 1) / v.Lanes;

    public static string Offset(VectorSet v, string p, int vector) =>
        Index.Plus(Index.Plus(p == "0" ? "0" : p + " * panel", "t * " + Index.N(v.PanelWidth)), vector * v.Lanes);

    /// <summary>Zeros in so many panels of row t of y.</summary>
    public static void Clear(Block row, VectorSet v, int panels)
    {
        if (panels > 0)
        {
            row.ForPanels("z", panels, (b, z) =>
            {
                for (var i = 0; i < v.VectorsPerPanel; i++)
                {
                    b.Store(Index.Plus("y", Offset(v, z, i)), Expr.Zero);
                }
            });
        }
    }

    public static bool NeedsPanel(int columns, int panelWidth) => columns > panelWidth;
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
        body.ForPart("t", "rows", row =>
        {
            row.LetAddress("entry", $"table + (nint)index[t] * {v.PanelWidth}");
            if (Entries2 > 0)
            {
                row.LetAddress("entry2", $"table2 + (nint)index2[t] * {v.PanelWidth}");
            }

            var panels = (Columns + v.PanelWidth - 1) / v.PanelWidth;
            row.ForPanels("p", panels, (b, p) =>
            {
                for (var i = 0; i < RowLoop.VectorsInUse(v, Columns); i++)
                {
                    var value = Expr.Load(Entry("entry", Entries, p, i));
                    b.Store(
                        Index.Plus("y", RowLoop.Offset(v, p, i)),
                        Entries2 == 0 ? value : value + Expr.Load(Entry("entry2", Entries2, p, i)));
                }
            });
        });
        return Finished(body);

        string Entry(string address, int entries, string p, int vector) => EmbedGradKernel.Entry(v, address, entries, p, vector);
    }
}

/// <summary>Adds the rows of dy into the rows of a table that were read: the gradient, or at once the update.</summary>
internal sealed record EmbedGradKernel(int Columns, int Entries, WeightUpdate Update) : KernelSpec
{
    public override string Name => $"EmbedGrad_{Entries}x{Columns}" + (Update == WeightUpdate.Store ? "" : "_" + Update);

    public override string Summary => Update == WeightUpdate.Sgd
        ? $"table[index[t]] -= learningRate * dy[t]: [{Entries}, {Columns}] from [rows, {Columns}]"
        : $"{(Update == WeightUpdate.Accumulate ? "" : "dtable = 0, then ")}dtable[index[t]] += dy[t]: [{Entries}, {Columns}] from [rows, {Columns}]"
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

    /// <summary>Address of a vector of an entry, within a panel of all entries.</summary>
    public static string Entry(VectorSet v, string address, int entries, string p, int vector) => Index.Plus(
        Index.Plus(address, Index.Times(p, (long)MemoryLayout.RoundUp(entries, v.PanelWidth) * v.PanelWidth)), vector * v.Lanes);

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        var panels = (Columns + v.PanelWidth - 1) / v.PanelWidth;
        var target = Update == WeightUpdate.Sgd ? "table" : "dtable";
        var elements = (long)MemoryLayout.RoundUp(Entries, v.PanelWidth) * v.PanelWidth;
        if (Update == WeightUpdate.Sgd)
        {
            body.Let("step", Expr.Splat(Expr.Negate("learningRate")));
        }

        body.ForPart("p", Index.N(panels), b =>
        {
            b.Add(new LetOffset("place", $"p * (nint){elements}"));
            if (Update is not (WeightUpdate.Sgd or WeightUpdate.Accumulate))
            {
                b.For("z", "0", Index.N(elements), Index.N(v.Lanes), clear => clear.Store("dtable + place + z", Expr.Zero));
            }

            b.For("t", "rows", row =>
            {
                row.LetAddress("entry", $"{target} + place + index[t] * {v.PanelWidth}", writable: true);
                for (var i = 0; i < RowLoop.VectorsInUse(v, Columns); i++)
                {
                    var address = Index.Plus("entry", i * v.Lanes);
                    var dy = Expr.Load(Index.Plus("dy", RowLoop.Offset(v, "p", i)));
                    row.Store(address, Update == WeightUpdate.Sgd ? Expr.Fma("step", dy, Expr.Load(address)) : Expr.Load(address) + dy);
                }
            });
            if (Moves && Update != WeightUpdate.Sgd)
            {
                // Entries are padded to whole panels, so that after an odd one there is another.
                var used = MemoryLayout.RoundUp(Entries, 2) * v.PanelWidth;
                UpdateWriter.Of(Update).Loop(b, v, used, new UpdateTarget("dtable + place + a", "table + place + a", "m + place + a", "v + place + a"));
            }
        });
        return Finished(body);
    }
}

