namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// A whole number: how many, which one, how many elements to go. It knows the least and the most that it can be, and from that follows its
/// width: 32 bits where they hold it, else that of an address.
/// </summary>
internal abstract record Integer(Bounds Bounds)
{
    /// <summary>Whether it is as wide as an address; a number of 32 bits that meets a wide one is widened by the language.</summary>
    public abstract bool IsWide { get; }

    public static implicit operator Integer(long number) => new WholeNumber(number);

    public static Integer operator +(Integer a, Integer b) => (a, b) switch
    {
        (_, WholeNumber { Value: 0 }) => a,
        (WholeNumber { Value: 0 }, _) => b,
        (WholeNumber first, WholeNumber second) => first.Value + second.Value,

        // Sums grow on the left, so that they need no parentheses.
        (_, IntegerBinary { Operator: "+" } sum) => a + sum.Left + sum.Right,
        _ => new IntegerBinary("+", a, b, a.Bounds + b.Bounds),
    };

    public static Integer operator -(Integer a, Integer b) =>
        b is WholeNumber { Value: 0 } ? a : new IntegerBinary("-", a, b, a.Bounds - b.Bounds);

    public static Integer operator *(Integer a, Integer b) => (a, b) switch
    {
        (_, WholeNumber { Value: 1 }) or (WholeNumber { Value: 0 }, _) => a,
        (WholeNumber { Value: 1 }, _) or (_, WholeNumber { Value: 0 }) => b,
        (WholeNumber first, WholeNumber second) => first.Value * second.Value,
        _ => new IntegerBinary("*", a, b, a.Bounds * b.Bounds),
    };

    /// <summary>A quotient by something positive, rounded towards zero.</summary>
    public static Integer operator /(Integer a, Integer b) =>
        b is WholeNumber { Value: 1 } ? a : new IntegerBinary("/", a, b, a.Bounds / b.Bounds);

    /// <summary>What remains of a division by something positive.</summary>
    public static Integer operator %(Integer a, Integer b) => new IntegerBinary("%", a, b, a.Bounds % b.Bounds);

    public static Condition operator <(Integer a, Integer b) => new Comparison("<", a, b);

    public static Condition operator >(Integer a, Integer b) => new Comparison(">", a, b);

    public static Condition operator <=(Integer a, Integer b) => new Comparison("<=", a, b);

    public static Condition operator >=(Integer a, Integer b) => new Comparison(">=", a, b);

    public Condition Is(Integer other) => new Comparison("==", this, other);

    public Condition IsNot(Integer other) => new Comparison("!=", this, other);

    /// <summary>A name for a number that 32 bits hold: how many there are of something, or which one it is.</summary>
    public static NamedInteger Count(string name, long most) => new(name, new(0, most), IsOffset: false);

    /// <summary>
    /// A name for a distance in elements, which is always as wide as an address: with 32 bits each use would cost a widening of its own.
    /// </summary>
    public static NamedInteger Offset(string name, Bounds bounds) => new(name, bounds, IsOffset: true);

    /// <summary>One of the integers at an address, of which none is negative.</summary>
    public static Integer At(Address address, Integer index, long most) => new IntegerElement(address, index, new(0, most));

    public static Integer Min(Integer a, Integer b) => new IntegerCall(IntegerFunction.Min, [a, b], Bounds.Min(a.Bounds, b.Bounds));

    public static Integer Max(Integer a, Integer b) => new IntegerCall(IntegerFunction.Max, [a, b], Bounds.Max(a.Bounds, b.Bounds));

    /// <summary>The first of this thread's part of so many pieces.</summary>
    public static Integer PartFrom(Integer pieces) => new IntegerCall(IntegerFunction.PartFrom, [pieces], new(0, pieces.Bounds.Most));

    /// <summary>The first piece that is not this thread's any more.</summary>
    public static Integer PartTo(Integer pieces) => new IntegerCall(IntegerFunction.PartTo, [pieces], new(0, pieces.Bounds.Most));

    /// <summary>One number or the other.</summary>
    public static Integer Choose(Condition condition, Integer yes, Integer no) =>
        new IntegerChoice(condition, yes, no, Bounds.Either(yes.Bounds, no.Bounds));

    /// <summary>So many pieces of a size that hold a number of things.</summary>
    public Integer InPieces(int size) => (this + (size - 1)) / size;

    /// <summary>The same, where more is known of it than its terms say.</summary>
    public Integer Within(long least, long most) => this with { Bounds = new(least, most) };

    /// <summary>The same, where it is known to be no more than so much, and not negative.</summary>
    public Integer UpTo(long most) => Within(0, most);
}

internal sealed record WholeNumber(long Value) : Integer(new Bounds(Value, Value))
{
    public override bool IsWide => !Bounds.FitInt;
}

/// <summary>A local or a parameter.</summary>
internal sealed record NamedInteger(string Name, Bounds Bounds, bool IsOffset) : Integer(Bounds)
{
    public override bool IsWide => IsOffset || !Bounds.FitInt;
}

internal sealed record IntegerBinary(string Operator, Integer Left, Integer Right, Bounds Bounds) : Integer(Bounds)
{
    public override bool IsWide => Left.IsWide || Right.IsWide || !Bounds.FitInt;

    /// <summary>Whether two numbers of 32 bits have a result that needs more, so that one must be widened before.</summary>
    public bool Widens => !Left.IsWide && !Right.IsWide && !Bounds.FitInt;
}

internal sealed record IntegerElement(Address Address, Integer Index, Bounds Bounds) : Integer(Bounds)
{
    public override bool IsWide => false;
}

internal enum IntegerFunction
{
    Min,
    Max,
    PartFrom,
    PartTo,
}

internal sealed record IntegerCall(IntegerFunction Function, IReadOnlyList<Integer> Arguments, Bounds Bounds) : Integer(Bounds)
{
    public override bool IsWide => Arguments.Any(a => a.IsWide);
}

internal sealed record IntegerChoice(Condition Condition, Integer Yes, Integer No, Bounds Bounds) : Integer(Bounds)
{
    public override bool IsWide => Yes.IsWide || No.IsWide;
}

/// <summary>What may be true of whole numbers.</summary>
internal abstract record Condition
{
    public static Condition operator &(Condition a, Condition b) => new Both(a, b);
}

internal sealed record Comparison(string Operator, Integer Left, Integer Right) : Condition;

internal sealed record Both(Condition First, Condition Second) : Condition;
