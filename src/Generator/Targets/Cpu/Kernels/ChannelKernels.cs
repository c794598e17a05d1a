using System.Collections.Immutable;
using System.Globalization;
using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>Channels that go from one place to another.</summary>
/// <param name="Input">Of which input; -1 for zeros.</param>
/// <param name="From">The first of them in a group of the input.</param>
/// <param name="Step">1 for channels that follow one another, 0 for one channel again and again.</param>
/// <param name="To">The first of them in a group of the result.</param>
/// <param name="Count">How many.</param>
internal sealed record ChannelRun(int Input, int From, int Step, int To, int Count);

/// <summary>
/// Slices, concatenations and the like: moves channels within each row. Whole panels go in vectors, all else one by one.
/// </summary>
/// <param name="Title">What it does, for its name.</param>
/// <param name="Runs">Of one group.</param>
/// <param name="Groups">Number of groups.</param>
/// <param name="Strides">From one group to the next in each input.</param>
/// <param name="Packed">For each input, whether it is a vector parameter.</param>
/// <param name="Vectors">For each input, whether it is the same for every row.</param>
/// <param name="ResultStride">From one group to the next in the result.</param>
/// <param name="ClearedPanels">Panels of the result in which columns hold nothing and must be zero; 0 where there are none.</param>
internal sealed record MoveKernel(
    string Title,
    EquatableArray<ChannelRun> Runs,
    int Groups,
    EquatableArray<int> Strides,
    EquatableArray<bool> Packed,
    EquatableArray<bool> Vectors,
    int ResultStride,
    int ClearedPanels) : KernelSpec
{
    public override string Name =>
        $"{Title}_{Groups}x{string.Join("_", Runs.Select(NameOf))}_{string.Join("_", Strides)}_{ResultStride}"
        + Those("_packed", Packed) + Those("_vector", Vectors);

    // Where it is some inputs only, which.
    private static string Those(string title, EquatableArray<bool> inputs) => !inputs.Any(i => i) ? ""
        : title + (inputs.All(i => i) ? "" : string.Join("_", Enumerable.Range(0, inputs.Count).Where(i => inputs[i])));

    private static string NameOf(ChannelRun r) =>
        (r.Input < 0 ? "z" : r.Input.ToString(CultureInfo.InvariantCulture)) + $"{r.From}{(r.Step == 0 ? "r" : "")}to{r.To}n{r.Count}";

    public override string Summary => $"y = {Title.ToLowerInvariant()} of channels, row by row: "
        + string.Join(", ", Runs.Select(
            r => $"{r.To}..{r.To + r.Count} from "
                + $"{(r.Input < 0 ? "0" : $"{Operand(r.Input)}[{r.From}{(r.Step == 0 ? "" : $"..{r.From + r.Count}")}]")}"))
        + (Groups > 1 ? $", in each of {Groups} groups" : "");

    public override ImmutableArray<KernelParameter> Parameters =>
        [.. Enumerable.Range(0, Strides.Count).Select(i => In(Operand(i))), Out("y"), Panel, Rows, Part];

    public static string Operand(int index) => "x" + index.ToString(CultureInfo.InvariantCulture);

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        body.ForPart("t", Given.Rows, (row, t) =>
        {
            RowLoop.Clear(row, v, ClearedPanels, t);
            if (Groups == 1)
            {
                Group(row, v, 0, t);
            }
            else
            {
                row.For("g", Groups, (group, g) => Group(group, v, g, t));
            }
        });
        return Finished(body);
    }

    private void Group(Block b, VectorSet v, Integer g, Integer t)
    {
        int width = v.PanelWidth;
        int number = 0;
        foreach (var run in Runs)
        {
            string name = "c" + (number++).ToString(CultureInfo.InvariantCulture);
            int stride = run.Input < 0 ? 0 : Strides[run.Input];
            bool aligned = run.To % width == 0 && (run.Input < 0 || run.From % width == 0)
                && (Groups == 1 || (ResultStride % width == 0 && stride % width == 0));
            int whole = aligned && (run.Step == 1 || run.Input < 0) ? run.Count / width * width : 0;
            if (whole > 0)
            {
                b.ForPanels(name + "p", whole / width, (panel, p) =>
                {
                    var from = (g * (stride / width)) + (run.From / width) + p;
                    var to = (g * (ResultStride / width)) + (run.To / width) + p;
                    for (int i = 0; i < v.VectorsPerPanel; i++)
                    {
                        panel.Store(
                            new Pointer("y") + RowLoop.Offset(v, to, t, i),
                            run.Input < 0 ? Expr.Zero : Expr.Load(Vector(v, run.Input, from, t, i)));
                    }
                });
            }

            if (whole < run.Count)
            {
                b.For(name, whole, run.Count, 1, (one, c) =>
                {
                    var to = one.LetInteger(name + "to", (g * ResultStride) + run.To + c);
                    Expr value = Expr.First(Expr.Zero);
                    if (run.Input >= 0)
                    {
                        var from = one.LetInteger(name + "from", (g * stride) + run.From + (run.Step == 0 ? 0 : c));
                        value = Expr.At(new Pointer(Operand(run.Input)), Packed[run.Input] ? from : Column(v, from, t, Vectors[run.Input]));
                    }

                    one.StoreElement(new Pointer("y"), RowLoop.Column(v, to, t), value);
                });
            }
        }
    }

    private Address Vector(VectorSet v, int input, Integer panel, Integer t, int vector) => new Pointer(Operand(input))
        + (panel * (Packed[input] ? (Integer)v.PanelWidth : Given.Panel)) + (Vectors[input] ? 0 : t * v.PanelWidth) + (vector * v.Lanes);

    private static Integer Column(VectorSet v, Integer column, Integer t, bool isVector) =>
        (column / v.PanelWidth * Given.Panel) + (column % v.PanelWidth) + (isVector ? 0 : t * v.PanelWidth);
}

/// <summary>Several channels of each row become one: sums over groups, or the largest of a group.</summary>
/// <param name="IsSum">Whether they are added; else the largest counts.</param>
/// <param name="Results">Number of results, each of so many channels.</param>
/// <param name="Terms">Number of channels that become one.</param>
/// <param name="ResultStride">From the first of one result to the first of the next.</param>
/// <param name="TermStride">From one of them to the next.</param>
/// <param name="ClearedPanels">Panels of the result, unless all their columns hold something.</param>
internal sealed record CollectKernel(bool IsSum, int Results, int Terms, int ResultStride, int TermStride, int ClearedPanels) : KernelSpec
{
    /// <summary>Whether the input is a vector parameter, whose panels lie one after the other.</summary>
    public bool Packed { get; init; }

    public override string Name =>
        $"{(IsSum ? "SumOf" : "LargestOf")}_{Results}x{Terms}_{ResultStride}_{TermStride}{(Packed ? "_packed" : "")}";

    public override string Summary =>
        $"y[t][i] = {(IsSum ? "Σ" : "the largest")} over j of x[t][{ResultStride} i + {TermStride} j]: {Results} of {Terms}";

    public override ImmutableArray<KernelParameter> Parameters => [In("x"), Out("y"), Panel, Rows, Part];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        body.ForPart("t", Given.Rows, (row, t) =>
        {
            RowLoop.Clear(row, v, ClearedPanels, t);
            row.For("i", Results, (result, i) => Result(result, v, i, t));
        });
        return Finished(body);
    }

    private void Result(Block result, VectorSet v, Integer i, Integer t)
    {
        var all = result.Let("all", IsSum ? Expr.First(Expr.Zero) : Expr.First(Expr.Splat(double.NegativeInfinity)));
        result.For("j", Terms, (term, j) =>
        {
            var from = term.LetInteger("from", (i * ResultStride) + (j * TermStride));
            var x = Expr.At(new Pointer("x"), Packed ? from : RowLoop.Column(v, from, t));
            term.Assign(all, IsSum ? all + x : Expr.First(Expr.Max(Expr.Splat(all), Expr.Splat(x))));
        });
        result.StoreElement(new Pointer("y"), RowLoop.Column(v, i, t), all);
    }
}

/// <summary>y = Σₜ x[t]: the gradient of what every row reads. The rows are added in order, whoever adds them.</summary>
internal sealed record SumRowsKernel(int Columns) : KernelSpec
{
    public override string Name => $"SumRows_{Columns}";

    public override string Summary => $"y = Σ over t of x[t]: [{Columns}] from [rows, {Columns}]";

    public override ImmutableArray<KernelParameter> Parameters => [In("x"), Out("y"), Panel, Rows, Part];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        int width = v.PanelWidth;
        if (Columns >= width)
        {
            body.ForPart("p", Columns / width, (panel, p) => SumPanel(panel, v, p, width));
        }

        // Beyond the last channel an activation holds anything, but what is made of a vector counts on zeros there.
        if (Columns % width > 0)
        {
            body.ForPart("last", 1, (panel, last) => SumPanel(panel, v, last + (Columns / width), Columns % width));
        }

        return Finished(body);
    }

    private static void SumPanel(Block panel, VectorSet v, Integer p, int columns)
    {
        var sums = new Names("sum");
        for (int i = 0; i < v.VectorsPerPanel; i++)
        {
            panel.Let(sums[i], Expr.Zero);
        }

        panel.For("t", Given.Rows, (row, t) =>
        {
            for (int i = 0; i < v.VectorsPerPanel; i++)
            {
                row.Assign(sums[i], sums[i] + Expr.Load(new Pointer("x") + RowLoop.Offset(v, p, t, i)));
            }
        });
        for (int i = 0; i < v.VectorsPerPanel; i++)
        {
            int used = columns - (i * v.Lanes);
            var sum = used <= 0 ? Expr.Zero : used < v.Lanes ? Expr.FirstLanes(sums[i], used, 0) : sums[i];
            panel.Store(new Pointer("y") + (p * Given.Panel) + (i * v.Lanes), sum);
        }
    }
}
