namespace MicroGpt.Generator.Tests.Language;

using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Passes;
using Xunit;

/// <summary>Evaluates programs in the interpreter.</summary>
internal static class ProgramCheck
{
    /// <summary>A training step without the update: the outputs are the loss and the gradient of each parameter.</summary>
    public static Graph WithGradients(this Program program)
    {
        ForwardGraph forward = program.ToGraph();
        int count = forward.Builder.Nodes.Count;
        var gradients = Differentiate.Run(forward.Builder, forward.Parameters, forward.Loss);
        var graph = new Graph([.. forward.Builder.Nodes], [forward.Loss, .. gradients.Select(g => g.Gradient)])
        {
            Parameters = [.. forward.Parameters],
            Loss = forward.Loss,
            ForwardCount = count,
        };
        Verifier.Verify(graph);
        return graph;
    }

    /// <summary>Two documents of random tokens, and random parameters around their start.</summary>
    public static Evaluation NewEvaluation(this Program program, int seed = 3, double spread = 0.3)
    {
        var random = new Random(seed);
        int length = Math.Min(program.BlockSize == 0 ? 5 : program.BlockSize, 5);
        int[] Draw() => [.. Enumerable.Range(0, length + 2).Select(_ => random.Next(program.VocabSize))];
        double Normal() => spread * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return new Evaluation(Draw(), Draw(), [0, length, length + 2], 0.1, program.Parameters.ToDictionary(
            p => p.Name, p => Enumerable.Range(0, (int)p.Shape.Elements).Select(_ => p.Mean + Normal()).ToArray()));
    }

    /// <summary>Compares some elements of every gradient with central differences.</summary>
    public static void AssertMatchesDifferences(Program program, int elements = 4)
    {
        Graph graph = program.WithGradients();
        Evaluation run = program.NewEvaluation();
        var values = Interpreter.Evaluate(graph, run);
        Graph forward = graph with { Nodes = [.. graph.Nodes.Take(graph.ForwardCount)], Outputs = [graph.Loss!] };
        var random = new Random(4);
        foreach (var (parameter, gradient) in program.Parameters.Zip(graph.Outputs.Skip(1)))
        {
            double[] x = run.Parameters[parameter.Name];
            for (int n = 0; n < elements; n++)
            {
                int i = random.Next(x.Length);
                double before = x[i];
                double Loss(double element)
                {
                    x[i] = element;
                    return Interpreter.Evaluate(forward, run)[graph.Loss!][0][0];
                }

                double difference = (Loss(before + 1e-5) - Loss(before - 1e-5)) / 2e-5;
                x[i] = before;
                Assert.True(
                    Math.Abs(difference - values[gradient][0][i]) <= 1e-7,
                    FormattableString.Invariant($"{gradient.Name}[{i}] is {values[gradient][0][i]:R}, ")
                        + FormattableString.Invariant($"but the loss changes by {difference:R}.\n{GraphPrinter.Print(graph)}"));
            }
        }
    }
}
