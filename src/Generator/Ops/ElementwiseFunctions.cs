using System.Collections.Immutable;
using static MicroGpt.Generator.Ops.Term;

namespace MicroGpt.Generator.Ops;

/// <summary>
/// The elementwise functions, a line or a few each: name, formula, value, and the gradient that arrives at each input. At ties the
/// gradient is PyTorch's. The last group are those that derivatives need; they are constant piece by piece.
/// </summary>
internal static class ElementwiseFunctions
{
    public static ElementwiseFunction Add { get; } =
        Infix("Add", "+", Precedence.Sum, (a, b) => a + b, (dy, _, _, _) => dy, (dy, _, _, _) => dy);

    public static ElementwiseFunction Subtract { get; } =
        Infix("Subtract", "-", Precedence.Sum, (a, b) => a - b, (dy, _, _, _) => dy, (dy, _, _, _) => -dy);

    public static ElementwiseFunction Multiply { get; } =
        Infix("Multiply", "*", Precedence.Product, (a, b) => a * b, (dy, _, b, _) => dy * b, (dy, a, _, _) => dy * a);

    public static ElementwiseFunction Divide { get; } =
        Infix("Divide", "/", Precedence.Product, (a, b) => a / b, (dy, _, b, _) => dy / b, (dy, _, b, y) => -(dy * y / b));

    public static ElementwiseFunction Negate { get; } = new(
        "Negate", 1, x => new("-" + x[0].Within(Precedence.Atom), Precedence.Negation), x => -x[0], [(dy, _, _) => -dy]);

    public static ElementwiseFunction Exp { get; } = Call("Exp", Math.Exp, (dy, _, y) => dy * y);

    public static ElementwiseFunction Log { get; } = Call("Log", Math.Log, (dy, x, _) => dy / x);

    public static ElementwiseFunction Sqrt { get; } = Call("Sqrt", Math.Sqrt, (dy, _, y) => 0.5 * dy / y);

    /// <summary>1 / √x</summary>
    public static ElementwiseFunction Rsqrt { get; } = Call("Rsqrt", x => 1 / Math.Sqrt(x), (dy, _, y) => -0.5 * dy * (y * y * y));

    public static ElementwiseFunction Square { get; } = new(
        "Square", 1, x => Formula.Atom(x[0].Within(Precedence.Atom) + "²"), x => x[0] * x[0], [(dy, x, _) => 2 * dy * x[0]]);

    public static ElementwiseFunction Abs { get; } = Call("Abs", Math.Abs, (dy, x, _) => dy * Apply(Sign!, x));

    public static ElementwiseFunction Tanh { get; } = Call("Tanh", Math.Tanh, (dy, _, y) => dy * (1 - Apply(Square, y)));

    /// <summary>1 / (1 + exp(-x))</summary>
    public static ElementwiseFunction Sigmoid { get; } = Call("Sigmoid", ScalarFunctions.Sigmoid, (dy, _, y) => dy * (y * (1 - y)));

    /// <summary>The error function, 2 / √π times the integral of exp(-t²) from 0 to x.</summary>
    public static ElementwiseFunction Erf { get; } = Call(
        "Erf", ScalarFunctions.Erf, (dy, x, _) => dy * (2 / Math.Sqrt(Math.PI) * Apply(Exp, -Apply(Square, x))));

    /// <summary>max(x, 0). Its gradient looks at the result, which is positive where x is, so that x need not be kept.</summary>
    public static ElementwiseFunction Relu { get; } = Call("Relu", x => Math.Max(x, 0), (dy, _, y) => Apply(Gate!, dy, y));

    public static ElementwiseFunction Max { get; } =
        Call("Max", Math.Max, (dy, a, b) => dy * Apply(Exceeds!, a, b), (dy, a, b) => dy * Apply(Exceeds!, b, a));

    public static ElementwiseFunction Min { get; } =
        Call("Min", Math.Min, (dy, a, b) => dy * Apply(Exceeds!, b, a), (dy, a, b) => dy * Apply(Exceeds!, a, b));

    /// <summary>x, but at least the second and at most the third input.</summary>
    public static ElementwiseFunction Clamp { get; } = new(
        "Clamp", 3, Called("clamp"), x => Math.Min(Math.Max(x[0], x[1]), x[2]), [(dy, x, _) => dy * Apply(Within!, x), null, null]);

    /// <summary>1, 0 or -1 (NaN of NaN).</summary>
    public static ElementwiseFunction Sign { get; } = new("Sign", 1, Called("sign"), x => x[0] > 0 ? 1 : x[0] < 0 ? -1 : x[0] * 0, [null]);

    /// <summary>The first input where the second is positive, else 0.</summary>
    public static ElementwiseFunction Gate { get; } = new(
        "Gate",
        2,
        x => new($"{x[0].Within(Precedence.Sum)} where {x[1].Within(Precedence.Sum)} > 0, else 0", Precedence.Comparison),
        x => x[1] > 0 ? x[0] : 0,
        [(dy, x, _) => Apply(Gate!, dy, x[1]), null]);

    /// <summary>1 where the first input is larger, ½ where both are equal, else 0.</summary>
    public static ElementwiseFunction Exceeds { get; } = new(
        "Exceeds", 2, Called("exceeds"), x => x[0] > x[1] ? 1 : x[0] == x[1] ? 0.5 : 0, [null, null]);

    /// <summary>1 where both are equal, else 0.</summary>
    public static ElementwiseFunction EqualTo { get; } = new(
        "EqualTo", 2, x => new($"{x[0].Within(Precedence.Sum)} == {x[1].Within(Precedence.Sum)}", Precedence.Comparison),
        x => x[0] == x[1] ? 1 : 0, [null, null]);

    /// <summary>1 where the first input lies between the second and the third, these included, else 0.</summary>
    public static ElementwiseFunction Within { get; } = new(
        "Within", 3, Called("within"), x => x[1] <= x[0] && x[0] <= x[2] ? 1 : 0, [null, null, null]);

    /// <summary>All of them.</summary>
    public static ImmutableArray<ElementwiseFunction> All { get; } =
    [
        Add, Subtract, Multiply, Divide, Negate, Exp, Log, Sqrt, Rsqrt, Square, Abs, Tanh, Sigmoid, Erf, Relu, Max, Min, Clamp,
        Sign, Gate, Exceeds, EqualTo, Within,
    ];

    private static Func<Formula[], Formula> Called(string name) =>
        x => Formula.Atom($"{name}({string.Join(", ", x.Select(a => a.Text))})");

    private static ElementwiseFunction Call(string name, Func<double, double> evaluate, Func<Term, Term, Term, Term> derivative) => new(
        name, 1, Called(name.ToLowerInvariant()), x => evaluate(x[0]), [(dy, x, y) => derivative(dy, x[0], y)]);

    private static ElementwiseFunction Call(
        string name, Func<double, double, double> evaluate, Func<Term, Term, Term, Term> first, Func<Term, Term, Term, Term> second) => new(
        name,
        2,
        Called(name.ToLowerInvariant()),
        x => evaluate(x[0], x[1]),
        [(dy, x, _) => first(dy, x[0], x[1]), (dy, x, _) => second(dy, x[0], x[1])]);

    // a - (b - c) needs its parentheses and (a - b) - c does not; so do a + (b + c) and (a + b) + c, which are rounded differently.
    private static ElementwiseFunction Infix(
        string name,
        string symbol,
        Precedence precedence,
        Func<double, double, double> evaluate,
        Func<Term, Term, Term, Term, Term> first,
        Func<Term, Term, Term, Term, Term> second) => new(
        name,
        2,
        x => new($"{x[0].Within(precedence)} {symbol} {x[1].Within(precedence + 1)}", precedence),
        x => evaluate(x[0], x[1]),
        [(dy, x, y) => first(dy, x[0], x[1], y), (dy, x, y) => second(dy, x[0], x[1], y)]);
}
