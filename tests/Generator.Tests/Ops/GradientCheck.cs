namespace MicroGpt.Generator.Tests.Ops;

using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using Xunit;

/// <summary>Compares symbolic gradients with central differences of the interpreter's forward evaluation.</summary>
internal static class GradientCheck
{
    // The error of a central difference is about Step² from the series and 1e-16 / Step from rounding.
    private const double Step = 1e-5;
    private const double Tolerance = 1e-7;
    private const int MostElements = 24;

    /// <summary>Checks the gradient of the loss with respect to every parameter of the graph.</summary>
    public static void AssertMatchesDifferences(SmallGraph small, Node loss)
    {
        Graph forward = small.Forward(loss);
        Graph graph = small.WithGradients(loss);
        Verifier.Verify(graph);
        Evaluation run = small.NewEvaluation();
        var values = Interpreter.Evaluate(graph, run);
        var random = new Random(5);
        double largest = 0;

        foreach (var (parameter, gradient) in graph.Parameters.Zip(graph.Outputs.Skip(1)))
        {
            Assert.Equal(parameter.Shape, gradient.Shape);
            double[] symbolic = values[gradient][0];
            double[] elements = run.Parameters[((Parameter)parameter.Op).Canonical];
            Assert.Equal(elements.Length, symbolic.Length);
            int[] chosen = [.. Enumerable.Range(0, elements.Length)];
            random.Shuffle(chosen);
            foreach (int i in chosen.Take(MostElements))
            {
                double difference = Difference(forward, run, elements, i);
                Assert.True(
                    Math.Abs(difference - symbolic[i]) <= Tolerance,
                    FormattableString.Invariant($"{small.Shape}: {gradient.Name}[{i}] is {symbolic[i]:R}, ")
                        + FormattableString.Invariant($"but the loss changes by {difference:R}.\n{GraphPrinter.Print(graph)}"));
                largest = Math.Max(largest, Math.Abs(symbolic[i]));
            }
        }

        Assert.True(largest > 1e-3, $"{small.Shape}: all gradients are so small that nothing was tested.");
    }

    private static double Difference(Graph forward, Evaluation run, double[] elements, int i)
    {
        double Loss(double element)
        {
            elements[i] = element;
            return Interpreter.Evaluate(forward, run)[forward.Loss!][0][0];
        }

        double before = elements[i];
        double difference = (Loss(before + Step) - Loss(before - Step)) / (2 * Step);
        elements[i] = before;
        return difference;
    }
}
