using MicroGpt.Runner.Randomness;

namespace MicroGpt.Runner.Training;

/// <summary>Draws the initial parameters of a model.</summary>
public static class ParameterInitializer
{
    /// <summary>
    /// Every element normally distributed with mean 0 and the model's <c>InitStd</c>, matrix by matrix in the order of
    /// <see cref="ModelDescription.Parameters"/>, row by row.
    /// </summary>
    /// <returns>[<see cref="ModelDescription.ParameterCount"/>] parameters in canonical form.</returns>
    public static double[] Draw(ModelDescription model, RandomStream random)
    {
        double[] parameters = new double[model.ParameterCount];
        foreach (ParameterInfo matrix in model.Parameters)
        {
            foreach (ref double element in parameters.AsSpan(matrix.Offset, matrix.Count))
            {
                element = random.NextGauss(0.0, model.InitStd);
            }
        }

        return parameters;
    }
}
