using FsCheck;
using FsCheck.Fluent;
using MicroGpt.Generator.Tests.Emit;
using Xunit;

namespace MicroGpt.Generator.Tests.Fuzz;

/// <summary>
/// Properties of random forward passes on random batches: compiled code against the same text run eagerly, at every width of vectors, on
/// one thread and on two; the eager gradient against central differences.
/// </summary>
public sealed class RandomModelTests(RandomModels models) : IClassFixture<RandomModels>
{
    private const double LearningRate = 0.05;

    private static readonly int[] Widths = [128, 256, 512];

    /// <summary>Documents, and what parameters and tokens are drawn from.</summary>
    private sealed record Case(int[] Lengths, int Seed);

    public static TheoryData<string> Names => [.. RandomModels.Names];

    public static TheoryData<string> SmoothNames => [.. RandomModels.Names.Where(RandomModels.IsSmooth)];

    [Theory]
    [MemberData(nameof(Names))]
    public void CompiledIsEager(string name) => ForAll(name, 3, c =>
    {
        ModelEntry entry = models.Entries[name];
        EagerModel eager = entry.CreateEager()!;
        var (parameters, batch) = Draw(entry, eager, c);
        double[] expected = new double[parameters.Length];
        double loss = eager.Gradient(batch.Batch, expected);
        foreach (int bits in Widths)
        {
            models.Use(bits);
            using ICompiledModel model = entry.Create(batch.Tokens.Length);
            Assert.Equal(bits, model.VectorBits);
            model.LoadParameters(parameters);
            string what = $"{RandomModels.TextOf(name)}\n{name} at {bits} bits, documents of {string.Join(", ", c.Lengths)}, seed {c.Seed}";
            double[] gradient = new double[parameters.Length];
            double tolerance = Tolerance(entry);
            Close([loss, loss], [model.Loss(batch.Batch), model.Gradient(batch.Batch, gradient)], tolerance, what + ": loss");
            Close(expected, gradient, tolerance, what + ": gradient");
            Threads(model, batch, parameters, gradient, what);
            Decoding(model, eager, batch, c.Lengths[0], tolerance, what);
            Training(model, batch, parameters, expected, tolerance, what);
        }
    });

    /// <summary>More rows than any kernel takes at once.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void ThousandsOfRowsAreAllComputed(int index)
    {
        string name = RandomModels.Names.Where(n => models.Entries[n].Description.Precision == Precision.Double).ElementAt(index);
        ModelEntry entry = models.Entries[name];
        EagerModel eager = entry.CreateEager()!;
        int longest = entry.Description.BlockSize ?? 9;
        var c = new Case([.. Enumerable.Repeat(longest, 4500 / longest)], index);
        var (parameters, batch) = Draw(entry, eager, c);
        double[] expected = new double[parameters.Length];
        double loss = eager.Gradient(batch.Batch, expected);
        foreach (int bits in Widths)
        {
            models.Use(bits);
            using ICompiledModel model = entry.Create(batch.Tokens.Length);
            model.LoadParameters(parameters);
            double[] gradient = new double[parameters.Length];
            Close([loss], [model.Gradient(batch.Batch, gradient)], 1e-12, name + ": loss");
            Close(expected, gradient, 1e-11, name + ": gradient");
        }
    }

    [Theory]
    [MemberData(nameof(SmoothNames))]
    public void GradientIsThatOfDifferences(string name) => ForAll(name, 2, c =>
    {
        ModelEntry entry = models.Entries[name];
        EagerModel eager = entry.CreateEager()!;
        var (parameters, batch) = Draw(entry, eager, c);
        double[] gradient = new double[parameters.Length];
        eager.Gradient(batch.Batch, gradient);
        var random = new Random(c.Seed);
        for (int n = 0; n < 12; n++)
        {
            int i = random.Next(parameters.Length);
            double Loss(double shift)
            {
                double[] shifted = [.. parameters];
                shifted[i] += shift;
                eager.LoadParameters(shifted);
                return eager.Loss(batch.Batch);
            }

            // Of the fourth order.
            const double Step = 1e-3;
            double difference = ((8 * (Loss(Step) - Loss(-Step))) - (Loss(2 * Step) - Loss(-2 * Step))) / (12 * Step);
            Assert.True(
                Math.Abs(difference - gradient[i]) <= 1e-7 * Math.Max(1, Math.Abs(difference)),
                FormattableString.Invariant(
                    $"{RandomModels.TextOf(name)}\n{name}, {c}: element {i} is {gradient[i]:R}, but the loss changes by {difference:R}"));
        }
    });

    private static void Threads(ICompiledModel model, TestBatch batch, double[] parameters, double[] gradient, string what)
    {
        double[] again = new double[gradient.Length];
        model.Threads = 2;
        model.Gradient(batch.Batch, again);
        Assert.True(gradient.SequenceEqual(again), what + ": two threads have another gradient");
        model.TrainStep(batch.Batch, LearningRate);
        model.CopyParametersTo(again);
        model.LoadParameters(parameters);
        model.Threads = 1;
        model.TrainStep(batch.Batch, LearningRate);
        double[] alone = new double[gradient.Length];
        model.CopyParametersTo(alone);
        Assert.True(alone.SequenceEqual(again), what + ": two threads make another step");
        model.LoadParameters(parameters);
    }

    private static void Decoding(ICompiledModel model, EagerModel eager, TestBatch batch, int length, double tolerance, string what)
    {
        double[] expected = eager.Logits(batch.Batch).ToArray();
        double[] logits = new double[eager.VocabSize];
        for (int row = 0; row < length; row++)
        {
            model.Decode(batch.Tokens[row], row, logits);
            Close(expected.AsSpan(row * logits.Length, logits.Length), logits, tolerance, $"{what}: logits of row {row}");
        }

        using IModelSession session = model.OpenSession();
        for (int row = 1; row < length; row++)
        {
            session.Prefill(batch.Tokens.AsSpan(0, row));
            session.Decode(batch.Tokens[row], row, logits);
            Close(
                expected.AsSpan(row * logits.Length, logits.Length), logits, tolerance,
                $"{what}: logits of row {row} after those before it at once");
        }
    }

    /// <summary>A step of the compiled update, and one whose gradient is clipped, from the eager gradient.</summary>
    private static void Training(
        ICompiledModel model, TestBatch batch, double[] parameters, double[] gradient, double tolerance, string what)
    {
        double norm = Math.Sqrt(gradient.Sum(g => g * g));
        double[] actual = new double[parameters.Length];
        if (model.Description.Optimizer == Optimizer.Sgd)
        {
            model.TrainStep(batch.Batch, LearningRate);
            model.CopyParametersTo(actual);
            Close([.. parameters.Zip(gradient, (w, g) => w - (LearningRate * g))], actual, tolerance, what + ": parameters after a step");
        }

        model.LoadParameters(parameters);
        model.TrainStep(batch.Batch, LearningRate);
        double trained = model.Loss(batch.Batch);
        model.CopyParametersTo(actual);
        model.LoadParameters(actual);
        Assert.True(trained.Equals(model.Loss(batch.Batch)), what + ": a step leaves more than the parameters in memory");
        model.LoadParameters(parameters);
        using var optimizer = new GradientOptimizer(UpdateRule.Sgd with { ClipNorm = 0.5 * norm });
        model.TrainStep(batch.Batch, LearningRate, optimizer);
        model.CopyParametersTo(actual);
        Close([norm], [optimizer.GradientNorm], tolerance, what + ": norm of the gradient");
        Close([.. parameters.Zip(gradient, (w, g) => w - (LearningRate * 0.5 * g))], actual, tolerance, what
            + ": parameters after a clipped step");
        model.LoadParameters(parameters);
    }

    /// <summary>Random parameters, rounded to the model's precision, and random tokens.</summary>
    private static (double[] Parameters, TestBatch Batch) Draw(ModelEntry entry, EagerModel eager, Case c)
    {
        var random = new Random(c.Seed);
        double[] parameters =
        [
            .. eager.Parameters.SelectMany(p => Enumerable.Range(0, p.Count).Select(_ => p.Mean
                + ((p.IsVector ? 0.3 : 1 / Math.Sqrt(p.Columns)) * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()))
                    * Math.Cos(2 * Math.PI * random.NextDouble())))),
        ];
        if (entry.Description.Precision == Precision.Single)
        {
            parameters = [.. parameters.Select(p => (double)(float)p)];
        }

        eager.LoadParameters(parameters);
        int[] starts = [0, .. c.Lengths.Select((_, i) => c.Lengths.Take(i + 1).Sum())];
        int[] Tokens() => [.. Enumerable.Range(0, starts[^1]).Select(_ => random.Next(eager.VocabSize))];
        return (parameters, new TestBatch(Tokens(), Tokens(), starts));
    }

    private static double Tolerance(ModelEntry entry) => entry.Description.Precision == Precision.Double ? 1e-12 : 2e-3;

    private static void Close(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double tolerance, string what) =>
        Emit.Closeness.AssertClose([.. expected, 1], [.. actual, 1], tolerance, what);

    private void ForAll(string name, int cases, Action<Case> holds)
    {
        int longest = models.Entries[name].Description.BlockSize is int block and (< 12 or > 64) ? block : 12;
        Gen<Case> gen =
            from count in Gen.Choose(1, 4)
            from lengths in Gen.ArrayOf(Gen.Choose(1, longest), count)
            from seed in Gen.Choose(0, 1 << 20)
            select new Case(lengths, seed);
        Config config = Config.QuickThrowOnFailure.WithMaxTest(cases).WithReplay((ulong)name.Length, 2 * (ulong)name[^1] + 1);
        Prop.ForAll(gen.ToArbitrary(), holds).Check(config);
    }
}
