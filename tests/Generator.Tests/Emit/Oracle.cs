namespace MicroGpt.Generator.Tests.Emit;

using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Targets.Cpu.Lowering;

/// <summary>What a compiled model should compute: the interpreter on the graphs of the same compilation.</summary>
internal static class Oracle
{
    /// <summary>Normally distributed, with a spread that keeps activations near one; rounded to the model's precision.</summary>
    public static double[] RandomParameters(Random random, CompiledModel compiled)
    {
        double spread = 1 / Math.Sqrt(compiled.Spec.NEmbd);
        double[] parameters = new double[compiled.Training.Parameters.Sum(p => p.Shape.Elements)];
        for (int i = 0; i < parameters.Length; i++)
        {
            double value = spread * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            parameters[i] = compiled.Spec.Precision == Spec.Precision.Single ? (float)value : value;
        }

        return parameters;
    }

    public static Evaluation NewEvaluation(CompiledModel compiled, TestBatch batch, double[] parameters, double learningRate = 0)
    {
        var values = new Dictionary<string, double[]>();
        int offset = 0;
        foreach (Node parameter in compiled.Training.Parameters)
        {
            int count = (int)parameter.Shape.Elements;
            values.Add(((Parameter)parameter.Op).Canonical, parameters[offset..(offset + count)]);
            offset += count;
        }

        return new Evaluation(batch.Tokens, batch.Targets, batch.Starts, learningRate, values);
    }

    /// <summary>The loss and the gradient of every parameter, from the graph before it was rewritten.</summary>
    public static (double Loss, double[] Gradient) Gradient(CompiledModel compiled, Evaluation run)
    {
        Graph graph = compiled.After("Differentiate");
        var values = Interpreter.Evaluate(graph, run);
        return (values[graph.Outputs[0]][0][0], [.. graph.Outputs.Skip(1).SelectMany(o => values[o][0])]);
    }

    /// <summary>The loss and every parameter after one step, from the graph that the code was printed from.</summary>
    public static (double Loss, double[] Parameters) Step(CompiledModel compiled, Evaluation run)
    {
        Graph graph = compiled.Training;
        var values = Interpreter.Evaluate(graph, run);
        var updates = graph.Nodes.Where(n => n.Op.UpdatesFirstInput).ToDictionary(n => n.Inputs[0], n => values[n][0]);
        return (values[graph.Loss!][0][0], [.. graph.Parameters.SelectMany(p => updates[p])]);
    }
}

/// <summary>Compares numbers by their largest.</summary>
internal static class Closeness
{
    public static void AssertClose(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double tolerance, string what)
    {
        Xunit.Assert.Equal(expected.Length, actual.Length);
        double scale = 0;
        foreach (double element in expected)
        {
            scale = Math.Max(scale, Math.Abs(element));
        }

        for (int i = 0; i < expected.Length; i++)
        {
            // Written so that a NaN fails.
            if (!(Math.Abs(expected[i] - actual[i]) <= tolerance * scale))
            {
                Xunit.Assert.Fail(FormattableString.Invariant(
                    $"{what}: element {i} is {actual[i]:R}, expected {expected[i]:R}; allowed {tolerance * scale:e1}."));
            }
        }
    }
}
