namespace MicroGpt.Generator.Tests.Emit;

using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using Xunit;

/// <summary>Forward passes made of primitives: compiled code against the interpreter, at every vector width.</summary>
public sealed class ProgramTests(ProgramModels models) : IClassFixture<ProgramModels>
{
    private const double LearningRate = 0.1;

    public static TheoryData<string> Names => new(ProgramModels.All.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void ComputesWhatTheInterpreterComputes(string name)
    {
        using ICompiledModel model = models.Create(name);
        Check(name, ProgramModels.All[name].Plan.Value, model, [5, 9, 1]);
    }

    /// <summary>Weights so deep that what is transposed of them at once is not all.</summary>
    [Fact]
    public void LargeWeightsAreTransposedInParts()
    {
        using ICompiledModel model = models.Create("Deep_256", DeepProgram.Rows);
        CompiledModel plan = ProgramModels.All["Deep_256"].Plan.Value;
        double[] parameters = Oracle.RandomParameters(new Random(5), plan);
        TestBatch batch = TestBatch.Random(new Random(6), plan.Spec, DeepProgram.Rows);
        (double loss, double[] expected) = Oracle.Gradient(plan, Oracle.NewEvaluation(plan, batch, parameters));
        model.LoadParameters(parameters);
        double[] gradient = new double[expected.Length], again = new double[expected.Length];
        UsedMemory.Fill(model);
        Closeness.AssertClose([loss], [model.Gradient(batch.Batch, gradient)], 1e-12, "loss");
        Closeness.AssertClose(expected, gradient, 1e-12, "gradient");
        foreach (int threads in new[] { 2, 3 })
        {
            model.Threads = threads;
            model.Gradient(batch.Batch, again);
            Assert.Equal(gradient, again);
        }
    }

    /// <summary>Loss, gradient, decoding and training of a model, on documents of these lengths and on single ones.</summary>
    internal static void Check(string name, CompiledModel compiled, ICompiledModel model, int[] lengths)
    {
        var random = new Random(3);
        double[] parameters = Oracle.RandomParameters(random, compiled);
        bool isDouble = compiled.Spec.Precision == Spec.Precision.Double;
        double tolerance = isDouble ? 1e-12 : 1e-4;
        TestBatch[] batches =
        [
            TestBatch.Random(random, compiled.Spec, lengths),
            TestBatch.Random(random, compiled.Spec, 1),
            TestBatch.Random(random, compiled.Spec, 7),
        ];

        model.LoadParameters(parameters);
        foreach (TestBatch batch in batches)
        {
            (double loss, double[] expected) = Oracle.Gradient(compiled, Oracle.NewEvaluation(compiled, batch, parameters));
            double[] gradient = new double[expected.Length];
            UsedMemory.Fill(model);
            Closeness.AssertClose(
                [loss, loss], [model.Loss(batch.Batch), model.Gradient(batch.Batch, gradient)], tolerance, name + ": loss");
            Closeness.AssertClose(expected, gradient, tolerance, name + ": gradient");
            model.Threads = 2;
            double[] again = new double[expected.Length];
            UsedMemory.Fill(model);
            model.Gradient(batch.Batch, again);
            Assert.Equal(gradient, again);
            model.Threads = 1;
            if (model is not IModelDropout dropping)
            {
                AssertNorm(model, batch, expected, tolerance, name);
                model.LoadParameters(parameters);
            }
            else
            {
                Evaluation run =
                    Oracle.NewEvaluation(compiled, batch, parameters) with { Dropout = new Generator.Graph.DropoutDraw(7, 3, 40) };
                (loss, expected) = Oracle.Gradient(compiled, run);
                double drawn = dropping.Gradient(batch.Batch, gradient, new MicroGpt.DropoutDraw(7, 3, 40));
                Closeness.AssertClose([loss], [drawn], tolerance, name + ": loss under a draw");
                Closeness.AssertClose(expected, gradient, tolerance, name + ": gradient under a draw");
            }
        }

        AssertDecoding(compiled, model, batches[2], parameters, tolerance, name);
        AssertTraining(compiled, model, batches, parameters, isDouble, name);
    }

    /// <summary>The norm is that of all memory of the gradient: what lies beyond the last channel must be zero.</summary>
    private static void AssertNorm(ICompiledModel model, TestBatch batch, double[] gradient, double tolerance, string name)
    {
        double norm = Math.Sqrt(gradient.Sum(g => g * g));
        using var optimizer = new GradientOptimizer(UpdateRule.Sgd with { ClipNorm = 0.5 * norm });
        model.TrainStep(batch.Batch, 0.1, optimizer);
        Closeness.AssertClose([norm], [optimizer.GradientNorm], tolerance, name + ": norm of the gradient");
    }

    private static void AssertDecoding(
        CompiledModel compiled, ICompiledModel model, TestBatch batch, double[] parameters, double tolerance, string name)
    {
        Graph forward = compiled.After("Build");
        double[] expected = Interpreter.Evaluate(forward, Oracle.NewEvaluation(compiled, batch, parameters))[forward.Loss!.Inputs[0]][0];
        double[] logits = new double[compiled.Spec.VocabSize];
        UsedMemory.Fill(model);
        for (int row = 0; row < batch.Tokens.Length; row++)
        {
            model.Decode(batch.Tokens[row], row, logits);
            Closeness.AssertClose(expected.AsSpan(row * logits.Length, logits.Length), logits, tolerance, $"{name}: logits of row {row}");
        }

        // The rows before each at once, in a session.
        using IModelSession session = model.OpenSession();
        for (int row = 1; row < batch.Tokens.Length; row++)
        {
            session.Prefill(batch.Tokens.AsSpan(0, row));
            session.Decode(batch.Tokens[row], row, logits);
            Closeness.AssertClose(
                expected.AsSpan(row * logits.Length, logits.Length), logits, tolerance,
                $"{name}: logits of row {row} after those before it at once");
        }
    }

    private static void AssertTraining(
        CompiledModel compiled, ICompiledModel model, TestBatch[] batches, double[] parameters, bool isDouble, string name)
    {
        // Adam divides by the size of the gradient, rounding errors included.
        double tolerance = !isDouble ? 1e-3 : compiled.Spec.Optimizer is Spec.Optimizer.Adam or Spec.Optimizer.AdamW ? 1e-8 : 1e-12;
        Evaluation run = Oracle.NewEvaluation(compiled, batches[0], parameters, LearningRate);
        double[] expected = parameters;
        for (int step = 1; step <= (isDouble ? batches.Length : 1); step++)
        {
            TestBatch batch = batches[step - 1];
            run = run with
            {
                Tokens = batch.Tokens,
                Targets = batch.Targets,
                Starts = batch.Starts,
                Parameters = Oracle.NewEvaluation(compiled, batch, expected).Parameters,
                Step = step,

                // What a model starts from that was just loaded.
                Dropout = new Generator.Graph.DropoutDraw(0, (uint)(step - 1)),
            };
            (double loss, expected) = Oracle.Step(compiled, run);
            Closeness.AssertClose([loss], [model.TrainStep(batch.Batch, LearningRate)], tolerance, $"{name}, step {step}: loss");
            if (isDouble || compiled.Spec.Optimizer is Spec.Optimizer.Sgd or Spec.Optimizer.Momentum)
            {
                double[] actual = new double[expected.Length];
                model.CopyParametersTo(actual);
                Closeness.AssertClose(expected, actual, tolerance, $"{name}, step {step}: parameters");
            }
        }
    }
}
