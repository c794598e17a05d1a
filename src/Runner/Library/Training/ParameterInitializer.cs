using MicroGpt.Runner.Randomness;

namespace MicroGpt.Runner.Training;

/// <summary>Draws the initial parameters of a model.</summary>
public static class ParameterInitializer
{
    /// <summary>
    /// Every element normally distributed around its parameter's mean with its parameter's standard deviation, which is the model's
    /// <c>InitStd</c> unless the parameter says otherwise: parameter by parameter in the order of
    /// <see cref="ModelDescription.Parameters"/>, row by row. A parameter with a deviation of its own of 0 draws nothing.
    /// </summary>
    /// <returns>[<see cref="ModelDescription.ParameterCount"/>] parameters in canonical form.</returns>
    public static double[] Draw(ModelDescription model, RandomStream random) => Draw(model.Parameters, model.InitStd, random);

    /// <inheritdoc cref="Draw(ModelDescription, RandomStream)"/>
    /// <param name="parameters">In canonical order.</param>
    /// <param name="initStd">The deviation of parameters that have none of their own.</param>
    /// <param name="random">What is drawn from.</param>
    public static double[] Draw(IReadOnlyList<ParameterInfo> parameters, double initStd, RandomStream random)
    {
        double[] values = new double[parameters.Sum(p => p.Count)];
        foreach (ParameterInfo parameter in parameters)
        {
            Span<double> elements = values.AsSpan(parameter.Offset, parameter.Count);
            if (parameter.Std == 0)
            {
                elements.Fill(parameter.Mean);
                continue;
            }

            foreach (ref double element in elements)
            {
                element = random.NextGauss(parameter.Mean, parameter.Std ?? initStd);
            }
        }

        return values;
    }
}
