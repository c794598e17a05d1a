using System.Globalization;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// A number or a vector of numbers; for whole numbers and addresses there are <see cref="Integer"/> and <see cref="Address"/>.
/// </summary>
internal abstract record Expr
{
    public static Expr operator +(Expr a, Expr b) => new Binary("+", a, b);

    public static Expr operator -(Expr a, Expr b) => new Binary("-", a, b);

    public static Expr operator *(Expr a, Expr b) => new Binary("*", a, b);

    public static Expr operator /(Expr a, Expr b) => new Binary("/", a, b);

    /// <summary>A vector of numbers from memory, at an address.</summary>
    public static Expr Load(Address address) => new Load(address);

    /// <summary>One number from memory: <c>address[index]</c>.</summary>
    public static Expr At(Address address, Integer index) => new Element(address, index);

    /// <summary>A whole number as a number.</summary>
    public static Expr Of(NamedInteger number) => new OfInteger(number);

    /// <summary>A number in all lanes.</summary>
    public static Expr Splat(Expr number) => new Call(Function.Splat, [number]);

    /// <summary>A constant in all lanes.</summary>
    public static Expr Splat(double number) => Splat(new Number(number));

    public static Expr Zero { get; } = new Zero();

    /// <summary>Each lane's own number, from 0.</summary>
    public static Expr LaneNumbers { get; } = new LaneNumbers();

    /// <summary>A whole number converted to the kernel's precision.</summary>
    public static Expr Convert(Integer number) => new Converted(number);

    /// <summary>x where a ≥ b, else y.</summary>
    public static Expr AtLeast(Expr a, Expr b, Expr x, Expr y) => new Call(Function.AtLeast, [a, b, x, y]);

    /// <summary>a * b + c, rounded once where the hardware can.</summary>
    public static Expr Fma(Expr a, Expr b, Expr c) => new Call(Function.Fma, [a, b, c]);

    public static Expr Max(Expr a, Expr b) => new Call(Function.Max, [a, b]);

    public static Expr Tanh(Expr x) => new Call(Function.Tanh, [x]);

    public static Expr Exp(Expr x) => new Call(Function.Exp, [x]);

    /// <summary>The sum over the lanes: a number.</summary>
    public static Expr Sum(Expr x) => new Call(Function.Sum, [x]);

    /// <summary>The largest lane: a number.</summary>
    public static Expr Largest(Expr x) => new Call(Function.Largest, [x]);

    /// <summary>Lane 0: a number.</summary>
    public static Expr First(Expr x) => new Call(Function.First, [x]);

    /// <summary>In each aligned group of lanes, the group's sum in every lane.</summary>
    public static Expr SumGroups(Expr x, int lanes) => lanes == 1 ? x : new GroupSum(x, lanes);

    /// <summary>x where condition &gt; 0, else 0.</summary>
    public static Expr WherePositive(Expr condition, Expr x) => new Call(Function.WherePositive, [condition, x]);

    /// <summary>x in the first lanes, another constant in the rest.</summary>
    public static Expr FirstLanes(Expr x, int lanes, double rest) => new FirstLanes(x, lanes, rest);

    /// <summary>x in some of the lanes, another constant in the rest.</summary>
    public static Expr Select(Expr x, IReadOnlyList<bool> lanes, double rest) =>
        new SelectLanes(x, string.Concat(lanes.Select(l => l ? '1' : '0')), rest);

    /// <summary>The square root, lane by lane.</summary>
    public static Expr Root(Expr x) => new Call(Function.Root, [x]);

    /// <summary>1 / sqrt of a number, or lane by lane.</summary>
    public static Expr InverseRoot(Expr x) => new Call(Function.InverseRoot, [x]);

    public static Expr Negate(Expr x) => new Call(Function.Negate, [x]);

    /// <summary>Sum of several, pairwise.</summary>
    public static Expr Sum(IReadOnlyList<Expr> terms) => terms.Count switch
    {
        1 => terms[0],
        2 => terms[0] + terms[1],
        _ => Sum([.. terms.Take(terms.Count / 2)]) + Sum([.. terms.Skip(terms.Count / 2)]),
    };
}

internal enum Function
{
    Splat,
    Fma,
    Max,
    Exp,
    Sum,
    Largest,
    First,
    WherePositive,
    InverseRoot,
    Root,
    Negate,
    Log,
    Abs,
    Tanh,
    Sigmoid,
    Erf,
    Min,

    /// <summary>The third where the first is greater than the second, else 0.</summary>
    WhereGreater,

    /// <summary>The third where the first equals the second, else 0.</summary>
    WhereEqual,

    /// <summary>The third where the first is at least the second, else 0.</summary>
    WhereAtLeast,

    /// <summary>The third where the first is at least the second, else the fourth.</summary>
    AtLeast,

    /// <summary>Of a number in double precision, as are the next two; these two are rounded to the kernel's precision.</summary>
    Cosine,
    Sine,
    LogOfDouble,
}

/// <summary>A local or a parameter.</summary>
internal sealed record Name(string Text) : Expr;

/// <summary>Locals that are told apart by a number: <c>sum0</c>, <c>sum1</c>.</summary>
internal readonly record struct Names(string Stem, string Suffix = "")
{
    public Name this[int number] => new(Stem + number.ToString(CultureInfo.InvariantCulture) + Suffix);

    /// <summary>The first so many of them.</summary>
    public IEnumerable<Expr> First(int count)
    {
        var names = this;
        return Enumerable.Range(0, count).Select(i => (Expr)names[i]);
    }
}

/// <summary>A number of the kernel's precision.</summary>
internal sealed record Number(double Value) : Expr;

/// <summary>A number in double precision, whatever the kernel's.</summary>
internal sealed record DoubleNumber(double Value) : Expr;

internal sealed record OfInteger(NamedInteger Value) : Expr;

internal sealed record Zero : Expr;

internal sealed record LaneNumbers : Expr;

internal sealed record Converted(Integer Value) : Expr;

internal sealed record Load(Address Address) : Expr;

internal sealed record Element(Address Address, Integer Index) : Expr;

internal sealed record Binary(string Operator, Expr Left, Expr Right) : Expr;

internal sealed record Call(Function Function, IReadOnlyList<Expr> Arguments) : Expr;

internal sealed record GroupSum(Expr Value, int Lanes) : Expr;

/// <summary>Lanes are chosen by a text of zeros and ones.</summary>
internal sealed record SelectLanes(Expr Value, string Lanes, double Rest) : Expr;

internal sealed record FirstLanes(Expr Value, int Lanes, double Rest) : Expr;
