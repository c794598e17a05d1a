using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using Xunit;

namespace MicroGpt.Generator.Tests.Emit;

/// <summary>Compiled code against the interpreter, which evaluates the same graph.</summary>
public sealed class CompiledCodeTests(AwkwardModels models) : IClassFixture<AwkwardModels>
{
    private const double LearningRate = 0.3;

    public static TheoryData<string> Names => new(AwkwardModels.All.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void ComputesWhatTheInterpreterComputes(string name)
    {
        (ModelSpec spec, int bits) = AwkwardModels.All[name];
        CompiledModel compiled = spec.RunPasses();
        int longest = spec.BlockSize == 0 ? 9 : spec.BlockSize;
        using ICompiledModel model = models.Create(name, rowCapacity: 4 * longest);
        Assert.Equal(bits, model.VectorBits);
        var random = new Random(17);
        double[] parameters = Oracle.RandomParameters(random, compiled);

        // A run that diverged: whatever it leaves behind in memory must not be seen by what follows.
        model.LoadParameters([.. parameters.Select(_ => double.NaN)]);
        Assert.True(double.IsNaN(model.TrainStep(TestBatch.Random(random, spec, longest, several: true).Batch, LearningRate)));

        model.LoadParameters(parameters);
        TestBatch[] batches =
        [
            TestBatch.Random(random, spec, longest, longest, longest, longest),
            TestBatch.Random(random, spec, 1),
            TestBatch.Random(random, spec, longest, several: true),
        ];
        foreach (TestBatch batch in batches)
        {
            AssertGradient(compiled, model, batch, parameters);
        }

        AssertAttention(compiled, model, batches[0], parameters);
        AssertDecoding(compiled, model, batches[0], parameters);
        AssertTraining(compiled, model, batches, parameters);
    }

    private static void AssertGradient(CompiledModel compiled, ICompiledModel model, TestBatch batch, double[] parameters)
    {
        string what = $"{compiled.Spec.Describe()}, {batch.Tokens.Length} rows";
        double tolerance = compiled.Spec.Precision == Spec.Precision.Double ? 1e-12 : 1e-4;
        (double loss, double[] expected) = Oracle.Gradient(compiled, Oracle.NewEvaluation(compiled, batch, parameters));
        double[] gradient = new double[expected.Length];
        Closeness.AssertClose([loss, loss], [model.Loss(batch.Batch), model.Gradient(batch.Batch, gradient)], tolerance, what + ": loss");
        Closeness.AssertClose(expected, gradient, tolerance, what + ": gradient");
    }

    /// <summary>The weights of every layer and head, which loading parameters forgets.</summary>
    private static void AssertAttention(CompiledModel compiled, ICompiledModel model, TestBatch batch, double[] parameters)
    {
        ModelSpec spec = compiled.Spec;
        Graph.Graph forward = compiled.After("Build");
        var values = Interpreter.Evaluate(forward, Oracle.NewEvaluation(compiled, batch, parameters));
        double[] actual = new double[batch.Tokens.Length * spec.BlockSize];
        model.Loss(batch.Batch);
        foreach (var (node, layer) in forward.Nodes.Where(n => n.Op is Attention).Select((n, i) => (n, i)))
        {
            for (int head = 0; head < spec.NHead; head++)
            {
                model.CopyAttentionTo(layer, head, actual);
                Closeness.AssertClose(
                    [.. Enumerable.Range(0, actual.Length).Select(i => values[node][1][(i * spec.NHead) + head])],
                    actual,
                    spec.Precision == Spec.Precision.Double ? 1e-12 : 1e-4,
                    $"{spec.Describe()}: weights of layer {layer}, head {head}");
            }
        }

        model.LoadParameters(parameters);
        if (spec.NLayer > 0)
        {
            Assert.Throws<InvalidOperationException>(() => model.CopyAttentionTo(0, 0, actual));
        }
    }

    /// <summary>Position by position, with a cache, against attention over the whole document.</summary>
    private static void AssertDecoding(CompiledModel compiled, ICompiledModel model, TestBatch batch, double[] parameters)
    {
        int vocabSize = compiled.Spec.VocabSize;
        Graph.Graph forward = compiled.After("Build");
        double[] expected = Interpreter.Evaluate(forward, Oracle.NewEvaluation(compiled, batch, parameters))[forward.Loss!.Inputs[0]][0];
        double[] logits = new double[vocabSize];
        foreach (var (first, end) in batch.Starts.Zip(batch.Starts.Skip(1)).Take(2))
        {
            for (int row = first; row < end; row++)
            {
                model.Decode(batch.Tokens[row], row - first, logits);
                Closeness.AssertClose(
                    expected.AsSpan(row * vocabSize, vocabSize),
                    logits,
                    compiled.Spec.Precision == Spec.Precision.Double ? 1e-12 : 1e-4,
                    $"{compiled.Spec.Describe()}: logits of row {row}");
            }
        }
    }

    private static void AssertTraining(CompiledModel compiled, ICompiledModel model, TestBatch[] batches, double[] parameters)
    {
        // Adam divides by the size of the gradient, rounding errors included.
        double tolerance = compiled.Spec.Precision == Spec.Precision.Single
            ? 1e-4 : compiled.Spec.Optimizer is Spec.Optimizer.Adam or Spec.Optimizer.AdamW ? 1e-8 : 1e-12;
        Evaluation run = Oracle.NewEvaluation(compiled, batches[0], parameters, LearningRate);
        double[] expected = parameters;
        for (int step = 1; step <= batches.Length; step++)
        {
            TestBatch batch = batches[step - 1];
            string what = $"{compiled.Spec.Describe()}, step {step}";

            // A copy with "with" keeps the moments of Adam.
            run = run with
            {
                Tokens = batch.Tokens,
                Targets = batch.Targets,
                Starts = batch.Starts,
                Parameters = Oracle.NewEvaluation(compiled, batch, expected).Parameters,
                Step = step,
            };
            (double loss, expected) = Oracle.Step(compiled, run);
            Closeness.AssertClose([loss], [model.TrainStep(batch.Batch, LearningRate)], tolerance, what + ": loss");
            double[] actual = new double[expected.Length];
            model.CopyParametersTo(actual);
            Closeness.AssertClose(expected, actual, tolerance, what + ": parameters");
        }
    }
}
