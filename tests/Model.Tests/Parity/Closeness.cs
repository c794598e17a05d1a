using System.Globalization;

namespace MicroGpt.Model.Tests.Parity;

/// <summary>How far a compiled model may be from the reference, as a share of the largest number that is compared.</summary>
/// <param name="Loss">Losses of untouched parameters.</param>
/// <param name="Gradient">Gradients and logits.</param>
/// <param name="TrainedLoss">Losses in the course of training.</param>
/// <param name="TrainedParameters">Parameters after training.</param>
/// <param name="Extreme">Losses and gradients where logits are in the hundreds, and so are their rounding errors.</param>
/// <remarks>
/// In single precision a trained parameter can be off by far more than rounding: where a hidden unit is close to zero, ReLU's derivative
/// is 0 in one and 1 in the other.
/// </remarks>
internal sealed record Closeness(double Loss, double Gradient, double TrainedLoss, double TrainedParameters, double Extreme)
{
    private static readonly Closeness Double = new(1e-12, 1e-12, 1e-12, 1e-12, 1e-11);

    private static readonly Closeness Single = new(1e-6, 1e-5, 1e-4, 5e-3, 2e-3);

    public static Closeness For(Precision precision) => precision == Precision.Double ? Double : Single;

    public static void AssertClose(double expected, double actual, double tolerance, string what) =>
        AssertClose([expected], [actual], tolerance, what);

    public static void AssertClose(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double tolerance, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        double scale = 0;
        double worst = 0;
        int at = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            scale = Math.Max(scale, Math.Abs(expected[i]));
            double difference = Math.Abs(expected[i] - actual[i]);
            // Written so that a NaN counts as the worst.
            if (!(difference <= worst))
            {
                worst = difference;
                at = i;
                if (double.IsNaN(difference))
                {
                    break;
                }
            }
        }

        Assert.True(worst <= tolerance * scale, string.Create(
            CultureInfo.InvariantCulture,
            $"{what}: element {at} is {actual[at]:R}, expected {expected[at]:R}; off by {worst:e1}, allowed {tolerance * scale:e1}."));
    }
}
