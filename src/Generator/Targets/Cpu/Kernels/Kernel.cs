using System.Collections.Immutable;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>What a parameter of a kernel is.</summary>
internal enum ParameterKind
{
    /// <summary>Address of numbers that are only read.</summary>
    Input,

    /// <summary>Address of numbers that are written (and perhaps read).</summary>
    Output,

    /// <summary>Address of integers.</summary>
    Indices,

    /// <summary>Elements between two panels of an activation.</summary>
    Panel,

    /// <summary>Number of rows.</summary>
    Rows,

    /// <summary>Number of rows of the batch, where a kernel works on some of them.</summary>
    AllRows,

    /// <summary>Number of segments.</summary>
    Segments,

    /// <summary>The share of one thread.</summary>
    Part,

    /// <summary>Address of double-precision sums.</summary>
    Sums,

    /// <summary>An integer of another meaning.</summary>
    Integer,

    /// <summary>A number of the model's precision.</summary>
    Real,

    /// <summary>A call of dropout, which knows what it drops.</summary>
    DropoutSite,
}

internal sealed record KernelParameter(string Name, ParameterKind Kind)
{
    /// <summary>The most that a whole number can be which the compiler passes; of others it is known without being looked at.</summary>
    public long Most { get; init; } = long.MaxValue;
}

/// <summary>
/// A kernel for one vector width: a function over memory in the small language of <see cref="Statement"/> and
/// <see cref="Expr"/>. A target prints it and decides nothing.
/// </summary>
/// <param name="Name">Unique in a model, such as <c>MatMul_Relu</c>.</param>
/// <param name="Summary">What it computes: a sentence.</param>
/// <param name="ReturnsSum">Whether it returns a double.</param>
internal sealed record Kernel(
    string Name, string Summary, ImmutableArray<KernelParameter> Parameters, Block Body, bool ReturnsSum);

/// <summary>
/// What a kernel computes, apart from the vector width. Equal specs are one kernel, however many layers call it.
/// </summary>
internal abstract record KernelSpec
{
    public abstract string Name { get; }

    /// <summary>What it computes: a sentence.</summary>
    public abstract string Summary { get; }

    public abstract ImmutableArray<KernelParameter> Parameters { get; }

    public virtual bool ReturnsSum => false;

    /// <summary>Kernels that this one calls for each vector width.</summary>
    public virtual ImmutableArray<KernelSpec> Parts(VectorSet v) => [];

    /// <summary>The body for one vector width.</summary>
    protected abstract Block Body(VectorSet v);

    public Kernel Build(VectorSet v) => new(Name, Summary, Parameters, Body(v), ReturnsSum);

    /// <summary>The end of a body: no thread goes on before all have done their part.</summary>
    protected static Block Finished(Block body)
    {
        body.Add(new Wait());
        return body;
    }

    protected static KernelParameter In(string name) => new(name, ParameterKind.Input);

    protected static KernelParameter Out(string name) => new(name, ParameterKind.Output);

    protected static KernelParameter Indices(string name) => new(name, ParameterKind.Indices);

    protected static KernelParameter Whole(NamedInteger number) => new(number.Name, ParameterKind.Integer) { Most = number.Bounds.Most };

    protected static KernelParameter Panel { get; } = new(Given.Panel.Name, ParameterKind.Panel);

    protected static KernelParameter Part { get; } = new("part", ParameterKind.Part);

    protected static KernelParameter Rows { get; } = new(Given.Rows.Name, ParameterKind.Rows);

    protected static KernelParameter Segments { get; } = new(Given.Segments.Name, ParameterKind.Segments);
}

/// <summary>One register file: the width of its vectors and how many there are. All that differs between printings.</summary>
internal sealed record VectorSet(int Bits, int ElementBytes)
{
    /// <summary>Numbers in a vector.</summary>
    public int Lanes => Bits / 8 / ElementBytes;

    /// <summary>Columns of a panel.</summary>
    public int PanelWidth => MemoryLayout.PanelBytes / ElementBytes;

    /// <summary>Vectors in a row of a panel.</summary>
    public int VectorsPerPanel => MemoryLayout.PanelBytes * 8 / Bits;

    /// <summary>
    /// Most rows of a tile of the matrix product, given its panels of columns: enough sums to hide the latency of a
    /// multiply-add, few enough to stay in registers, and fewer loads than the two a cycle that the processor can do.
    /// </summary>
    public int TileRows(int panels) => Bits switch { 512 => panels == 2 ? 6 : 8, 256 => panels == 2 ? 4 : 6, _ => 2 };

    /// <summary>Panels of columns of a tile of the matrix product, where there are so many.</summary>
    public int TilePanels => Bits == 512 ? 2 : 1;

    /// <summary>Rows of a tile of the weight gradient: it is one panel wide.</summary>
    public int GradTileRows => Bits switch { 512 => 16, 256 => 6, _ => 2 };

    /// <summary>Sums in flight that hide the latency of a multiply-add: two a cycle, four cycles.</summary>
    public int SumsInFlight => 8;

    /// <summary>Vector registers, apart from a few for operands.</summary>
    public int Accumulators => Bits == 512 ? 24 : 12;

    /// <summary>The vector widths that kernels are printed for.</summary>
    public static IEnumerable<VectorSet> All(int elementBytes) => [new(128, elementBytes), new(256, elementBytes), new(512, elementBytes)];
}
