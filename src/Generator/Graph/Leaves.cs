using System.Collections.Immutable;
using System.Globalization;

namespace MicroGpt.Generator.Graph;

/// <summary>A parameter: a matrix [out, in] or a vector.</summary>
/// <param name="Canonical">Name as in the reference's state dict, such as <c>layer0.attn_wq</c>.</param>
internal sealed record Parameter(string Canonical, Shape Shape) : Op
{
    public override string Name => "Parameter";

    public override ImmutableArray<OpAttribute> Data(Node node) => [OpAttribute.Of("parameter", Canonical)];

    public override Shape Infer(ImmutableArray<Node> inputs) => Shape;

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
        [run.Parameters[Canonical]];

    public override string Describe(Node node) => $"{node.Name} {node.Shape} is a parameter";
}

/// <summary>What a caller of the step provides.</summary>
internal enum InputKind
{
    /// <summary>[rows] the token read at each row.</summary>
    Tokens,

    /// <summary>[rows] the token to predict.</summary>
    Targets,

    /// <summary>[rows] the row's place in its document, from 0.</summary>
    Positions,

    /// <summary>The step's learning rate.</summary>
    LearningRate,
}

/// <summary>A value that the caller provides.</summary>
internal sealed record Input(InputKind Kind) : Op
{
    public override string Name => "Input";

    public override ImmutableArray<OpAttribute> Data(Node node) =>
    [
        OpAttribute.Of("value", Kind switch
        {
            InputKind.Tokens => "tokens",
            InputKind.Targets => "targets",
            InputKind.Positions => "positions",
            _ => "learning rate",
        }),
    ];

    public override Shape Infer(ImmutableArray<Node> inputs) => Kind == InputKind.LearningRate ? Shape.Scalar : Shape.Indices;

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
    [
        Kind switch
        {
            InputKind.Tokens => [.. run.Tokens.Select(t => (double)t)],
            InputKind.Targets => [.. run.Targets.Select(t => (double)t)],
            InputKind.Positions => [.. Enumerable.Range(0, run.Rows).Select(r => (double)(r - run.SegmentStart(r)))],
            _ => [run.LearningRate],
        },
    ];

    public override string Describe(Node node) => $"{node.Name} {node.Shape} is given";
}

/// <summary>A number known at compile time.</summary>
internal sealed record Constant(double Value) : Op
{
    /// <summary>A number as it is written in formulas, and the name of its node.</summary>
    public static string Literal(double constant) => IsNegativeZero(constant) ? "-0" : constant.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Equal are those that compute the same: 0 and -0, of which the inverses differ, do not.</summary>
    public bool Equals(Constant? other) =>
        other is not null && Value.Equals(other.Value) && IsNegativeZero(Value) == IsNegativeZero(other.Value);

    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>Whether a number is infinite in single precision.</summary>
    public static bool IsBeyondSingle(double x) => float.IsInfinity((float)x);

    private static bool IsNegativeZero(double x) => x == 0 && double.IsNegativeInfinity(1 / x);

    public override string Name => "Constant";

    public override ImmutableArray<OpAttribute> Data(Node node) => [OpAttribute.Of("value", Value)];

    protected override string Attributes => "<" + Literal(Value) + ">";

    public override Shape Infer(ImmutableArray<Node> inputs) => Shape.Scalar;

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) => [[Value]];

    public override string Describe(Node node) => $"{node.Name} = {Literal(Value)}";
}

/// <summary>One result of an op that has several.</summary>
internal sealed record Part(int Index) : Op
{
    public override string Name => "Part";

    public override ImmutableArray<OpAttribute> Data(Node node) => [OpAttribute.Of("index", Index)];

    protected override string Attributes => "<" + Index.ToString(CultureInfo.InvariantCulture) + ">";

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs[0].Shape.Kind == ShapeKind.Tuple && Index < inputs[0].Shape.Parts.Length, "there is no such part");
        return inputs[0].Shape.Parts[Index];
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
        throw new InvalidOperationException("the interpreter takes the part itself");

    public override string Describe(Node node) => $"{node.Name} is part {Index} of {node.Inputs[0].Name}";
}
