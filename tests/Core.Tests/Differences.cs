using System.Globalization;

namespace MicroGpt.Core.Tests;

/// <summary>Compares the gradient of a model with central differences of its loss.</summary>
internal static class Differences
{
    private const double Step = 1e-5;

    /// <summary>Every element of every parameter; which must all, or nearly all, have a gradient.</summary>
    public static void Check(EagerModel model, Packed documents, double[] parameters, double tolerance = 1e-9)
    {
        model.LoadParameters(parameters);
        double[] gradient = new double[parameters.Length];
        double loss = model.Gradient(documents.Batch, gradient);
        Assert.Equal(loss, model.Loss(documents.Batch));
        Assert.Contains(gradient, g => g != 0);
        double[] changed = [.. parameters];
        foreach (ParameterInfo parameter in model.Parameters)
        {
            for (int i = parameter.Offset; i < parameter.Offset + parameter.Count; i++)
            {
                double numerical = (LossAt(parameters[i] + Step) - LossAt(parameters[i] - Step)) / (2 * Step);
                changed[i] = parameters[i];
                Assert.True(Math.Abs(numerical - gradient[i]) <= tolerance, string.Create(
                    CultureInfo.InvariantCulture,
                    $"{parameter.Name}, element {i - parameter.Offset}: gradient {gradient[i]:R}, difference {numerical:R}"));

                double LossAt(double value)
                {
                    changed[i] = value;
                    model.LoadParameters(changed);
                    return model.Loss(documents.Batch);
                }
            }
        }
    }

    /// <summary>Normally distributed numbers.</summary>
    public static double[] Numbers(Random random, int count, double std) =>
    [
        .. Enumerable.Range(0, count).Select(_ =>
            std * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())),
    ];
}
