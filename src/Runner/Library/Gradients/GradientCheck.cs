using MicroGpt.Runner.Report;

namespace MicroGpt.Runner.Gradients;

/// <summary>How a difference of two losses stands in for a derivative.</summary>
public enum DifferenceMethod
{
    /// <summary><c>(L(w + h) − L(w)) / h</c>, off by a term that shrinks with h: the course's.</summary>
    Forward = 0,

    /// <summary><c>(L(w + h) − L(w − h)) / 2h</c>, off by a term that shrinks with h².</summary>
    Central = 1,
}

/// <summary>How a gradient is checked.</summary>
/// <param name="Method">The difference.</param>
/// <param name="Step">h, the change of a parameter.</param>
/// <param name="Tolerance">Largest absolute error allowed; elements that come near it are measured again with smaller steps.</param>
public sealed record GradientCheckSettings(DifferenceMethod Method, double Step, double Tolerance)
{
    /// <summary>The course's check: forward differences with h = 1e-5.</summary>
    public static GradientCheckSettings OfCourse { get; } = new(DifferenceMethod.Forward, 1e-5, double.PositiveInfinity);

    /// <summary>
    /// Central differences for a precision. In double h = 1e-5 balances h² against the rounding of a loss; in single, where a
    /// loss is known to some 3e-7 only, h has to be larger by far and leaves less certainty.
    /// </summary>
    public static GradientCheckSettings Central(Precision precision, double? tolerance = null) => precision == Precision.Double
        ? new(DifferenceMethod.Central, 1e-5, tolerance ?? 1e-7)
        : new(DifferenceMethod.Central, 1e-3, tolerance ?? 3e-4);
}

/// <summary>Compares the gradient that a model computes with differences of its loss.</summary>
public static class GradientCheck
{
    // Checking an element rewrites all parameters twice: a model of up to some 30,000 parameters is checked whole.
    private const long ParametersToWrite = 1_000_000_000;
    private const int LeastSample = 4;

    // ReLU has a kink: where a step crosses it no difference is the derivative. Smaller steps no longer cross it, whereas the
    // error of a wrong gradient stays.
    private const double Shrink = 4.0;
    private const int Attempts = 4;

    // The share of the tolerance from which on an element is measured again, so that the error shown is not the tolerance.
    private const double CloseEnough = 0.1;

    // Errors are relative to the larger of both values but for elements that are tiny beside the rest of their matrix.
    private const double TinyShare = 1e-3;

    // Half the distance from 1 to the next number.
    private const double OfSingle = 1.0 / (1 << 24);
    private const double OfDouble = 1.0 / (1L << 53);

    /// <summary>The number of elements of each matrix that a check looks at: all of a small model's, a sample of a large one's.</summary>
    /// <returns>[matrices] numbers of elements.</returns>
    public static int[] SampleSizes(ModelDescription model)
    {
        long perMatrix = Math.Max(LeastSample, ParametersToWrite / model.ParameterCount / model.Parameters.Count);
        bool whole = (long)model.ParameterCount * model.ParameterCount <= ParametersToWrite;
        return [.. model.Parameters.Select(matrix => whole ? matrix.Count : (int)Math.Min(matrix.Count, perMatrix))];
    }

    /// <summary>
    /// Checks the gradient on a batch. The model's parameters are as before afterwards; an optimizer's state is forgotten.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">The documents whose mean loss is differentiated.</param>
    /// <param name="settings">How to check.</param>
    /// <param name="cancellation">Looked at before every element.</param>
    /// <returns>One entry a matrix, with the elements looked at in ascending order.</returns>
    /// <exception cref="OperationCanceledException">The check was cancelled.</exception>
    public static IReadOnlyList<GradientCheckMatrix> Run(
        ICompiledModel model, in Batch batch, GradientCheckSettings settings, CancellationToken cancellation = default)
    {
        double[] original = new double[model.Description.ParameterCount];
        double[] gradient = new double[original.Length];
        model.CopyParametersTo(original);
        model.Gradient(batch, gradient);
        double loss = model.Loss(batch);
        int[] sizes = SampleSizes(model.Description);
        var result = new List<GradientCheckMatrix>();
        try
        {
            double[] parameters = [.. original];
            for (int m = 0; m < sizes.Length; m++)
            {
                ParameterInfo matrix = model.Description.Parameters[m];
                int[] elements = Sample(gradient.AsSpan(matrix.Offset, matrix.Count), sizes[m]);
                double[] compiled = new double[elements.Length];
                double[] numerical = new double[elements.Length];
                for (int i = 0; i < elements.Length; i++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    int index = matrix.Offset + elements[i];
                    compiled[i] = gradient[index];
                    numerical[i] = Nearest(model, batch, settings, parameters, index, loss, gradient[index]);
                }

                result.Add(Summarise(matrix.Name, compiled, numerical));
            }
        }
        finally
        {
            model.LoadParameters(original);
        }

        return result;
    }

    /// <summary>What weights that differ in their last bit change of the differences that a check is made with.</summary>
    /// <param name="model">The model; its parameters are as before afterwards.</param>
    /// <param name="batch">The documents.</param>
    /// <param name="settings">How it was checked.</param>
    internal static Conditioning Conditioning(ICompiledModel model, in Batch batch, GradientCheckSettings settings)
    {
        double[] original = new double[model.Description.ParameterCount];
        model.CopyParametersTo(original);
        double largest = LargestLogit(model, batch), loss = model.Loss(batch);
        model.LoadParameters(Gradients.Conditioning.Nudged(original, model.Description.Precision, seed: 0));
        double change = Math.Abs(model.Loss(batch) - loss);
        model.LoadParameters(original);

        // A loss is rounded itself, too.
        double rounding = Math.Abs(loss) * (model.Description.Precision == Precision.Double ? OfDouble : OfSingle);
        return new Conditioning(Math.Max(change, rounding) / settings.Step, largest);
    }

    private static double LargestLogit(ICompiledModel model, in Batch batch)
    {
        double[] logits = new double[model.Description.VocabSize];
        double largest = 0.0;
        for (int document = 0; document + 1 < batch.Starts.Length; document++)
        {
            int start = batch.Starts[document];
            for (int row = start; row < batch.Starts[document + 1]; row++)
            {
                model.Decode(batch.Tokens[row], row - start, logits);
                largest = Math.Max(largest, logits.Max(Math.Abs));
            }
        }

        return largest;
    }

    /// <summary>The largest absolute error of a check.</summary>
    public static double LargestError(IReadOnlyList<GradientCheckMatrix> check) => check.Max(matrix => matrix.LargestAbsoluteError);

    /// <summary>The largest errors of a matrix; infinite where a number is missing.</summary>
    private static GradientCheckMatrix Summarise(string name, double[] compiled, double[] numerical)
    {
        double scale = numerical.Max(Math.Abs) * TinyShare;
        double absolute = 0.0, relative = 0.0;
        for (int i = 0; i < compiled.Length; i++)
        {
            double error = Error(compiled[i], numerical[i]);
            absolute = Math.Max(absolute, error);
            relative =
                Math.Max(relative, error == 0.0 ? 0.0 : error / Math.Max(scale, Math.Max(Math.Abs(compiled[i]), Math.Abs(numerical[i]))));
        }

        return new GradientCheckMatrix(name, compiled, numerical, absolute, double.IsNaN(relative) ? double.PositiveInfinity : relative);
    }

    private static double Error(double compiled, double numerical)
    {
        double error = Math.Abs(compiled - numerical);
        return double.IsNaN(error) ? double.PositiveInfinity : error;
    }

    private static double Nearest(
        ICompiledModel model, in Batch batch, GradientCheckSettings settings, double[] parameters, int index, double loss, double compiled)
    {
        double nearest = double.NaN;
        double step = settings.Step;
        for (int attempt = 0; attempt < Attempts; attempt++, step /= Shrink)
        {
            double numerical = Difference(model, batch, settings.Method, step, parameters, index, loss);
            if (attempt == 0 || Error(compiled, numerical) < Error(compiled, nearest))
            {
                nearest = numerical;
            }

            if (Error(compiled, nearest) <= settings.Tolerance * CloseEnough)
            {
                break;
            }
        }

        return nearest;
    }

    private static double Difference(
        ICompiledModel model, in Batch batch, DifferenceMethod method, double step, double[] parameters, int index, double loss)
    {
        double value = parameters[index];

        // What the model stores, a float perhaps, decides how far the parameter was moved.
        bool single = model.Description.Precision == Precision.Single;
        double up = Stored(value + step, single);
        double down = method == DifferenceMethod.Central ? Stored(value - step, single) : value;
        double higher = LossAt(model, batch, parameters, index, up);
        double lower = method == DifferenceMethod.Central ? LossAt(model, batch, parameters, index, down) : loss;
        parameters[index] = value;
        return (higher - lower) / (up - down);
    }

    private static double Stored(double value, bool single) => single ? (float)value : value;

    private static double LossAt(ICompiledModel model, in Batch batch, double[] parameters, int index, double value)
    {
        parameters[index] = value;
        model.LoadParameters(parameters);
        return model.Loss(batch);
    }

    /// <summary>Evenly spaced elements, and the one with the largest gradient: a large table may have few that are not zero.</summary>
    private static int[] Sample(ReadOnlySpan<double> gradient, int size)
    {
        var elements = new SortedSet<int>();
        for (int i = 0; i < size; i++)
        {
            elements.Add((int)((long)i * gradient.Length / size));
        }

        int largest = 0;
        for (int i = 1; i < gradient.Length; i++)
        {
            largest = Math.Abs(gradient[i]) > Math.Abs(gradient[largest]) ? i : largest;
        }

        elements.Add(largest);
        return [.. elements];
    }
}
