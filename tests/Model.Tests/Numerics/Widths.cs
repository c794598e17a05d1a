using System.Runtime.Intrinsics;
using MicroGpt.Numerics;
using Xunit;

namespace MicroGpt.Model.Tests.Numerics;

/// <summary>Calls the overload of one vector width on whole arrays, so that a test is written once for all three.</summary>
internal static class Widths
{
    public static TheoryData<int> All => new(128, 256, 512);

    public static float[] Exp(int bits, float[] x) => Map(
        bits, x, v => VectorMath.Exp(v), v => VectorMath.Exp(v), v => VectorMath.Exp(v));

    public static double[] Exp(int bits, double[] x) => Map(
        bits, x, v => VectorMath.Exp(v), v => VectorMath.Exp(v), v => VectorMath.Exp(v));

    public static float[] ReciprocalSqrt(int bits, float[] x) => Map(
        bits, x, v => VectorMath.ReciprocalSqrt(v), v => VectorMath.ReciprocalSqrt(v), v => VectorMath.ReciprocalSqrt(v));

    public static double[] ReciprocalSqrt(int bits, double[] x) => Map(
        bits, x, v => VectorMath.ReciprocalSqrt(v), v => VectorMath.ReciprocalSqrt(v), v => VectorMath.ReciprocalSqrt(v));

    public static float[] Apply(Activation function, int bits, float[] x) => function switch
    {
        Activation.Sigmoid => Map(bits, x, v => VectorMath.Sigmoid(v), v => VectorMath.Sigmoid(v), v => VectorMath.Sigmoid(v)),
        Activation.Tanh => Map(bits, x, v => VectorMath.Tanh(v), v => VectorMath.Tanh(v), v => VectorMath.Tanh(v)),
        Activation.Log => Map(bits, x, v => VectorMath.Log(v), v => VectorMath.Log(v), v => VectorMath.Log(v)),
        _ => Map(bits, x, v => VectorMath.Erf(v), v => VectorMath.Erf(v), v => VectorMath.Erf(v)),
    };

    public static double[] Apply(Activation function, int bits, double[] x) => function switch
    {
        Activation.Sigmoid => Map(bits, x, v => VectorMath.Sigmoid(v), v => VectorMath.Sigmoid(v), v => VectorMath.Sigmoid(v)),
        Activation.Tanh => Map(bits, x, v => VectorMath.Tanh(v), v => VectorMath.Tanh(v), v => VectorMath.Tanh(v)),
        Activation.Log => Map(bits, x, v => VectorMath.Log(v), v => VectorMath.Log(v), v => VectorMath.Log(v)),
        _ => Map(bits, x, v => VectorMath.Erf(v), v => VectorMath.Erf(v), v => VectorMath.Erf(v)),
    };

    /// <summary>Applies a function to whole vectors; the last one is filled up with ones.</summary>
    private static T[] Map<T>(
        int bits, T[] x, Func<Vector128<T>, Vector128<T>> f128, Func<Vector256<T>, Vector256<T>> f256,
        Func<Vector512<T>, Vector512<T>> f512)
        where T : System.Numerics.INumber<T>
    {
        int whole = (x.Length + 15) / 16 * 16;
        var input = new T[whole];
        var output = new T[whole];
        Array.Fill(input, T.One);
        x.CopyTo(input, 0);
        switch (bits)
        {
            case 128:
                for (int i = 0; i < whole; i += Vector128<T>.Count)
                {
                    f128(Vector128.Create(input, i)).CopyTo(output, i);
                }

                break;
            case 256:
                for (int i = 0; i < whole; i += Vector256<T>.Count)
                {
                    f256(Vector256.Create(input, i)).CopyTo(output, i);
                }

                break;
            default:
                for (int i = 0; i < whole; i += Vector512<T>.Count)
                {
                    f512(Vector512.Create(input, i)).CopyTo(output, i);
                }

                break;
        }

        return output[..x.Length];
    }
}
