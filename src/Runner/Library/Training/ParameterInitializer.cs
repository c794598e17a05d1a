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
            Draw(parameter, initStd, random, values.AsSpan(parameter.Offset, parameter.Count));
        }

        return values;
    }

    /// <summary>
    /// Draws the same numbers for a model that loads its parameters one after the other
    /// (<see cref="ICompiledModel.LoadParameters(ParameterReader)"/>).
    /// </summary>
    public static ParameterReader Reader(ModelDescription model, RandomStream random) =>
        (parameter, values) => Draw(parameter, model.InitStd, random, values);

    private static void Draw(ParameterInfo parameter, double initStd, RandomStream random, Span<double> values)
    {
        if (parameter.Std == 0)
        {
            values.Fill(parameter.Mean);
            return;
        }

        foreach (ref double value in values)
        {
            value = random.NextGauss(parameter.Mean, parameter.Std ?? initStd);
        }
    }
}
