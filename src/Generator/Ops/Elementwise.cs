using System.Collections.Immutable;
using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Ops;

/// <summary>
/// A function of one element of each input, for all elements: inputs of one shape, of which the result is too. A constant may
/// stand for any of them.
/// </summary>
internal sealed record Elementwise(ElementwiseFunction Function) : Op
{
    public override string Name => Function.Name;

    public override int InPlaceInput => 0;

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs.Length == Function.Arity, $"it takes {Function.Arity} inputs");
        Require(inputs.All(i => i.Shape.Kind != ShapeKind.Scalar || i.Op is Constant), "a scalar must be a constant");
        Require(Function.Arity < 3 || inputs.Skip(1).All(i => i.Op is Constant), "bounds must be constants");
        Shape[] shapes = [.. inputs.Select(i => i.Shape).Where(s => s.Kind != ShapeKind.Scalar).Distinct()];
        Require(shapes.Length == 1, "all must have the same shape");
        Require(shapes[0].Kind is ShapeKind.Rows or ShapeKind.Vector or ShapeKind.Matrix, "it works on activations, vectors and matrices");
        return shapes[0];
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs)
    {
        double[] y = new double[inputs.Where((_, i) => node.Inputs[i].Shape.Kind != ShapeKind.Scalar).First().Length];
        double[] x = new double[inputs.Length];
        for (int e = 0; e < y.Length; e++)
        {
            for (int i = 0; i < x.Length; i++)
            {
                x[i] = inputs[i][node.Inputs[i].Shape.Kind == ShapeKind.Scalar ? 0 : e];
            }

            y[e] = Function.Evaluate(x);
        }

        return [y];
    }

    public override ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients)
    {
        Term[] x = [.. node.Inputs.Select(i => (Term)i)];
        return
        [
            .. node.Inputs.Select((input, i) => input.Shape.Kind == ShapeKind.Scalar || Function.Derivatives[i] is not { } derivative
                ? null
                : g.Contribution(derivative(gradients[0]!, x, node), input, node)),
        ];
    }

    /// <summary>The function over names, in which a number stands as it is.</summary>
    public static string Write(ElementwiseFunction function, IEnumerable<Node> inputs) =>
        function.Write([.. inputs.Select(Write)]).Text;

    private static Formula Write(Node input) =>
        input.Op is Constant { Value: < 0 } ? new(input.Name, Precedence.Negation) : Formula.Atom(input.Name);

    public override string Describe(Node node) => $"{node.Name} = {Write(Function, node.Inputs)}: {node.Shape}";
}
