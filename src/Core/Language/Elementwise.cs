using MicroGpt.Numerics;

namespace MicroGpt;

/// <summary>A function of one number: its value, and its derivative as a function of x and the value y.</summary>
internal sealed record UnaryFunction(string Name, Func<double, double> Value, Func<double, double, double> Derivative);

/// <summary>A function of two numbers: its value, and its derivatives with respect to each as functions of both.</summary>
/// <param name="Name">Name of its result.</param>
/// <param name="Write">The formula, given what stands for both.</param>
/// <param name="Value">The value.</param>
/// <param name="First">Derivative with respect to the first.</param>
/// <param name="Second">Derivative with respect to the second.</param>
internal sealed record BinaryFunction(
    string Name,
    Func<string, string, string> Write,
    Func<double, double, double> Value,
    Func<double, double, double> First,
    Func<double, double, double> Second);

/// <summary>
/// The elementwise functions, a line each, and how they work on tensors: a number, a vector and a tensor of one channel repeat over
/// what they lack, one channel a group within its group, a vector as long as a group for each group. At ties the gradient is PyTorch's.
/// </summary>
internal static class Elementwise
{
    public static readonly BinaryFunction
        Add = Infix("Add", "+", (a, b) => a + b, (_, _) => 1, (_, _) => 1),
        Subtract = Infix("Subtract", "-", (a, b) => a - b, (_, _) => 1, (_, _) => -1),
        Multiply = Infix("Multiply", "*", (a, b) => a * b, (_, b) => b, (a, _) => a),
        Divide = Infix("Divide", "/", (a, b) => a / b, (_, b) => 1 / b, (a, b) => -(a / b / b)),
        Max = new("Max", (a, b) => $"max({a}, {b})", Math.Max, Exceeds, (a, b) => Exceeds(b, a)),
        Min = new("Min", (a, b) => $"min({a}, {b})", Math.Min, (a, b) => Exceeds(b, a), Exceeds);

    public static readonly UnaryFunction
        Negate = new("Negate", x => -x, (_, _) => -1),
        Exp = new("Exp", Math.Exp, (_, y) => y),
        Log = new("Log", Math.Log, (x, _) => 1 / x),
        Sqrt = new("Sqrt", Math.Sqrt, (_, y) => 0.5 / y),
        Rsqrt = new("Rsqrt", x => 1 / Math.Sqrt(x), (_, y) => -0.5 * y * y * y),
        Square = new("Square", x => x * x, (x, _) => 2 * x),
        Abs = new("Abs", Math.Abs, (x, _) => x > 0 ? 1 : x < 0 ? -1 : x * 0),
        Tanh = new("Tanh", Math.Tanh, (_, y) => 1 - (y * y)),
        Sigmoid = new("Sigmoid", ScalarFunctions.Sigmoid, (_, y) => y * (1 - y)),
        Erf = new("Erf", ScalarFunctions.Erf, (x, _) => 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x)),
        Relu = new("Relu", x => Math.Max(x, 0), (_, y) => y > 0 ? 1 : 0);

    /// <summary>x, but at least <paramref name="low"/> and at most <paramref name="high"/>.</summary>
    public static UnaryFunction Clamp(double low, double high) =>
        new("Clamp", x => Math.Min(Math.Max(x, low), high), (x, _) => low <= x && x <= high ? 1 : 0);

    public static Tensor Apply(UnaryFunction function, Tensor tensor)
    {
        var x = tensor.Operand();
        var y = new Tensor(x.Pass, x.IsVector, x.Axis, Array.ConvertAll(x.Values, v => function.Value(v)), function.Name)
        {
            NeedsGradient = x.NeedsGradient,
        };
        y.Backpropagate = !y.NeedsGradient ? null : () =>
        {
            double[] dx = x.AddressGradient();
            for (int i = 0; i < dx.Length; i++)
            {
                dx[i] += y.Gradient![i] * function.Derivative(x.Values[i], y.Values[i]);
            }
        };
        return y;
    }

    public static Tensor Apply(BinaryFunction function, Tensor first, Tensor second)
    {
        Tensor a = first.Operand(), b = second.Operand();
        var axis = Common(a, b) ?? throw new LanguageException(Mismatch(function, a, b));
        var pass = ForwardPass.Common(a, b);
        int[] channelsOfA = Repeat(a, axis), channelsOfB = Repeat(b, axis);
        bool isVector = a.IsVector && b.IsVector;
        double[] values = new double[isVector ? axis.Count : pass!.Rows * axis.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = function.Value(a.Values[Place(a, channelsOfA, i)], b.Values[Place(b, channelsOfB, i)]);
        }

        var y = new Tensor(pass, isVector, axis, values, function.Name) { NeedsGradient = a.NeedsGradient || b.NeedsGradient };
        y.Backpropagate = !y.NeedsGradient ? null : () =>
        {
            for (int i = 0; i < values.Length; i++)
            {
                int placeOfA = Place(a, channelsOfA, i), placeOfB = Place(b, channelsOfB, i);
                double valueOfA = a.Values[placeOfA], valueOfB = b.Values[placeOfB], dy = y.Gradient![i];
                if (a.NeedsGradient)
                {
                    a.AddressGradient()[placeOfA] += dy * function.First(valueOfA, valueOfB);
                }

                if (b.NeedsGradient)
                {
                    b.AddressGradient()[placeOfB] += dy * function.Second(valueOfA, valueOfB);
                }
            }
        };
        return y;
    }

    /// <summary>The channels of the result, or null where those of the operands do not meet.</summary>
    private static Axis? Common(Tensor a, Tensor b)
    {
        Axis x = a.Axis, y = b.Axis;
        if (x.Count == y.Count)
        {
            return x.Groups == y.Groups || y.Groups == 1 ? x : x.Groups == 1 ? y : null;
        }

        return Fits(a, y) ? y : Fits(b, x) ? x : null;
    }

    /// <summary>Whether fewer channels repeat over those of another tensor.</summary>
    private static bool Fits(Tensor narrow, Axis wide) =>
        narrow.Axis.Count == 1
        || (narrow.Axis.Groups == wide.Groups && narrow.Axis.Size == 1)
        || (narrow.IsVector && narrow.Axis.Groups == 1 && narrow.Axis.Size == wide.Size);

    /// <summary>[channels of the result] the channel of an operand that stands there.</summary>
    private static int[] Repeat(Tensor operand, Axis wide)
    {
        int[] channels = new int[wide.Count];
        for (int c = 0; c < channels.Length; c++)
        {
            channels[c] = operand.Axis.Count == wide.Count ? c
                : operand.Axis.Count == 1 ? 0
                : operand.Axis.Size == 1 ? c / wide.Size
                : c % wide.Size;
        }

        return channels;
    }

    /// <summary>Where an operand has what element i of the result is made of.</summary>
    private static int Place(Tensor operand, int[] channels, int i)
    {
        int row = operand.IsVector ? 0 : i / channels.Length;
        return (row * operand.Axis.Count) + channels[i % channels.Length];
    }

    private static string Mismatch(BinaryFunction function, Tensor a, Tensor b)
    {
        string meets = function.Write(a.ToString(), b.ToString()) + ": ";
        return a.Axis.Groups > 1 && b.Axis.Groups > 1 && a.Axis.Groups != b.Axis.Groups
            ? meets + $"{a.Axis.Groups} heads do not meet {b.Axis.Groups}; Heads(1) ungroups"
            : meets + $"{a.Channels} channels do not meet {b.Channels}; both must have as many, or one of them one";
    }

    /// <summary>1 where a is larger, ½ where both are equal, else 0.</summary>
    private static double Exceeds(double a, double b) => a > b ? 1 : a == b ? 0.5 : 0;

    private static BinaryFunction Infix(
        string name,
        string symbol,
        Func<double, double, double> value,
        Func<double, double, double> first,
        Func<double, double, double> second) => new(name, (a, b) => $"{a} {symbol} {b}", value, first, second);
}
