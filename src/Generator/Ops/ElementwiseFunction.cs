using System.Collections.Immutable;
using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Ops;

/// <summary>How tightly a formula binds, from loose to tight: whether it needs parentheses within another.</summary>
internal enum Precedence
{
    Comparison,
    Sum,
    Product,
    Negation,

    /// <summary>A name, a number, a call.</summary>
    Atom,
}

/// <summary>A formula as it stands in a comment, and how tightly it binds.</summary>
internal readonly record struct Formula(string Text, Precedence Precedence)
{
    /// <summary>A name or a number.</summary>
    public static Formula Atom(string text) => new(text, Precedence.Atom);

    /// <summary>The text, in parentheses unless it binds at least this tightly.</summary>
    public string Within(Precedence least) => Precedence < least ? "(" + Text + ")" : Text;

    public override string ToString() => Text;
}

/// <summary>
/// A function of one element of each input: its value, its derivatives and how it is written. All of them stand in
/// <see cref="ElementwiseFunctions"/>; two are equal when they are the same.
/// </summary>
/// <param name="name">Name in the printed graph.</param>
/// <param name="arity">Number of inputs.</param>
/// <param name="write">The formula, given those of the inputs.</param>
/// <param name="evaluate">The value in double.</param>
/// <param name="derivatives">
/// For each input, what of the gradient of the result arrives there, in terms of the gradient, the inputs and the result; null
/// where the function is constant in that input, piece by piece.
/// </param>
internal sealed class ElementwiseFunction(
    string name, int arity, Func<Formula[], Formula> write, Func<double[], double> evaluate,
    ImmutableArray<ElementwiseFunction.Derivative?> derivatives)
{
    /// <summary>The gradient that arrives at an input.</summary>
    /// <param name="dy">The gradient of the result.</param>
    /// <param name="x">The inputs.</param>
    /// <param name="y">The result.</param>
    public delegate Term Derivative(Term dy, Term[] x, Term y);

    public string Name { get; } = name;

    public int Arity { get; } = arity;

    public ImmutableArray<Derivative?> Derivatives { get; } = derivatives;

    public double Evaluate(params double[] x) => evaluate(x);

    /// <summary>The function written out, such as <c>a * (b + c)</c>.</summary>
    public Formula Write(params Formula[] x) => write(x);

    public override string ToString() => Name;
}

/// <summary>A formula over nodes, from which nodes are made: what derivatives are written in.</summary>
internal abstract record Term
{
    /// <summary>A value of the graph.</summary>
    public sealed record Value(Node Node) : Term;

    /// <summary>A number.</summary>
    public sealed record Number(double Constant) : Term;

    /// <summary>A function of others.</summary>
    public sealed record Applied(ElementwiseFunction Function, ImmutableArray<Term> Inputs) : Term;

    public static implicit operator Term(double constant) => new Number(constant);

    public static implicit operator Term(Node node) => new Value(node);

    public static Term operator +(Term a, Term b) => Apply(ElementwiseFunctions.Add, a, b);

    public static Term operator -(Term a, Term b) => Apply(ElementwiseFunctions.Subtract, a, b);

    public static Term operator *(Term a, Term b) => Apply(ElementwiseFunctions.Multiply, a, b);

    public static Term operator /(Term a, Term b) => Apply(ElementwiseFunctions.Divide, a, b);

    public static Term operator -(Term a) => Apply(ElementwiseFunctions.Negate, a);

    public static Term Apply(ElementwiseFunction function, params Term[] inputs) => new Applied(function, [.. inputs]);
}
