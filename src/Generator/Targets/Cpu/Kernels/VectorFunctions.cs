using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using F = MicroGpt.Generator.Ops.ElementwiseFunctions;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>The elementwise functions on vectors.</summary>
internal static class VectorFunctions
{
    /// <summary>Whether the expression of a function repeats its inputs, which then need names.</summary>
    public static bool UsesTwice(ElementwiseFunction function) => function == F.Square || function == F.Sign || function == F.Exceeds;

    /// <summary>Whether the expression of a function fits single numbers as it fits vectors.</summary>
    public static bool IsOfNumbers(ElementwiseFunction function) =>
        function == F.Add || function == F.Subtract || function == F.Multiply || function == F.Divide || function == F.Negate
        || function == F.Square || function == F.Rsqrt;

    /// <exception cref="GraphException">There is no such function for this target.</exception>
    public static Expr Of(ElementwiseFunction function, Expr[] x) =>
        function switch
        {
            _ when function == F.Add => x[0] + x[1],
            _ when function == F.Subtract => x[0] - x[1],
            _ when function == F.Multiply => x[0] * x[1],
            _ when function == F.Divide => x[0] / x[1],
            _ when function == F.Negate => Expr.Negate(x[0]),
            _ when function == F.Exp => Expr.Exp(x[0]),
            _ when function == F.Log => new Call(Function.Log, x),
            _ when function == F.Sqrt => Expr.Root(x[0]),
            _ when function == F.Rsqrt => Expr.InverseRoot(x[0]),
            _ when function == F.Square => x[0] * x[0],
            _ when function == F.Abs => new Call(Function.Abs, x),
            _ when function == F.Tanh => new Call(Function.Tanh, x),
            _ when function == F.Sigmoid => new Call(Function.Sigmoid, x),
            _ when function == F.Erf => new Call(Function.Erf, x),
            _ when function == F.Relu => Expr.Max(x[0], Expr.Zero),
            _ when function == F.Max => Expr.Max(x[0], x[1]),
            _ when function == F.Min => new Call(Function.Min, x),
            _ when function == F.Clamp => new Call(Function.Min, [Expr.Max(x[0], x[1]), x[2]]),
            _ when function == F.Sign => Expr.WherePositive(x[0], Expr.Splat(1)) - Expr.WherePositive(Expr.Negate(x[0]), Expr.Splat(1)),
            _ when function == F.Gate => Expr.WherePositive(x[1], x[0]),
            _ when function == F.Exceeds =>
                new Call(Function.WhereGreater, [x[0], x[1], Expr.Splat(1)]) + new Call(Function.WhereEqual, [x[0], x[1], Expr.Splat(0.5)]),
            _ when function == F.EqualTo => new Call(Function.WhereEqual, [x[0], x[1], Expr.Splat(1)]),
            _ when function == F.Within =>
                new Call(Function.WhereAtLeast, [x[0], x[1], new Call(Function.WhereAtLeast, [x[2], x[0], Expr.Splat(1)])]),
            _ => throw new GraphException($"there are no vectors for {function}"),
        };
}
