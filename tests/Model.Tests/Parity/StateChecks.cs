using MicroGpt.Reference;

namespace MicroGpt.Model.Tests.Parity;

/// <summary>What a compiled model remembers, and what it must not.</summary>
internal static class StateChecks
{
    /// <summary>After loading the first parameters again, training repeats itself bit for bit, the optimizer's state included.</summary>
    public static void Loading_starts_afresh(ModelEntry entry)
    {
        (ICompiledModel compiled, _, Random random) = ParityCheck.Pair(entry);
        Packed packed = RandomData.Documents(random, entry.Description.VocabSize, ParityCheck.Longest(entry.Description));
        double[] start = ParityCheck.Parameters(compiled);

        double[] Train() => [.. Enumerable.Range(0, 5).Select(_ => compiled.TrainStep(packed.Batch, 0.02))];

        double[] losses = Train();
        double[] end = ParityCheck.Parameters(compiled);
        compiled.LoadParameters(start);
        Assert.Equal(start, ParityCheck.Parameters(compiled));
        Assert.Equal(losses, Train());
        Assert.Equal(end, ParityCheck.Parameters(compiled));
        compiled.Dispose();
    }

    /// <summary>
    /// A model that is given the parameters and the state of another goes on as that one does, bit for bit, in place of what it held: with
    /// the compiled update and with every rule chosen at run time.
    /// </summary>
    public static void State_carries_a_run_on(ModelEntry entry)
    {
        UpdateRule?[] rules = [null, UpdateRule.Sgd, UpdateRule.Momentum, UpdateRule.AdamW with { ClipNorm = 0.01 }];
        foreach (UpdateRule? rule in rules)
        {
            (ICompiledModel trained, _, Random random) = ParityCheck.Pair(entry);
            (ICompiledModel resumed, _, _) = ParityCheck.Pair(entry);
            Packed packed = RandomData.Documents(random, entry.Description.VocabSize, ParityCheck.Longest(entry.Description));
            Packed other = RandomData.Documents(random, entry.Description.VocabSize, 1);
            using GradientOptimizer? optimizer = rule is null ? null : new GradientOptimizer(rule);
            using GradientOptimizer? second = rule is null ? null : new GradientOptimizer(rule);

            double Train(ICompiledModel model, GradientOptimizer? with, Packed batch) =>
                with is null ? model.TrainStep(batch.Batch, 0.02) : model.TrainStep(batch.Batch, 0.02, with);

            for (int step = 0; step < 5; step++)
            {
                Train(trained, optimizer, packed);
            }

            Train(resumed, second, other);
            Carry(trained, optimizer, resumed, second, oneByOne: rule is null || rule.Kind == UpdateKind.AdamW);
            double[] losses = [.. Enumerable.Range(0, 5).Select(_ => Train(trained, optimizer, packed))];
            Assert.Equal(losses, Enumerable.Range(0, 5).Select(_ => Train(resumed, second, packed)));
            Assert.Equal(ParityCheck.Parameters(trained), ParityCheck.Parameters(resumed));
            Assert.Throws<ArgumentException>(() => trained.CopyParameterTo(new ParameterInfo("none", 1, 1, 0), new double[1]));
            Assert.Throws<ArgumentException>(() => trained.CopyParameterTo(entry.Description.Parameters[0], []));
            Assert.Throws<ArgumentException>(
                () => ((IModelState)trained).CopyStateTo(optimizer, "velocities", new double[entry.Description.ParameterCount]));
            trained.Dispose();
            resumed.Dispose();
        }
    }

    private static void Carry(
        ICompiledModel from, GradientOptimizer? optimizer, ICompiledModel to, GradientOptimizer? second, bool oneByOne)
    {
        var state = (IModelState)from;
        var target = (IModelState)to;
        double[] values = ParityCheck.Parameters(from);
        if (oneByOne)
        {
            to.LoadParameters(from.CopyParameterTo);
            Assert.Equal(values, ParityCheck.Parameters(to));
        }
        else
        {
            to.LoadParameters(values);
        }

        foreach (string name in optimizer?.StateNames ?? state.StateNames)
        {
            state.CopyStateTo(optimizer, name, values);
            Assert.Contains(values, value => value != 0);
            if (oneByOne)
            {
                target.LoadState(second, name, (parameter, part) => state.CopyStateTo(optimizer, name, parameter, part));
                double[] loaded = new double[values.Length];
                target.CopyStateTo(second, name, loaded);
                Assert.Equal(values, loaded);
            }
            else
            {
                target.LoadState(second, name, values);
            }
        }

        Assert.Equal(5, optimizer?.Steps ?? state.Updates);
        target.Updates = state.Updates;
        second?.Resume(optimizer!.Steps);
    }

    /// <summary>Loss, gradient and decoding leave the parameters alone, and training does not notice them.</summary>
    public static void Looking_changes_nothing(ModelEntry entry)
    {
        (ICompiledModel watched, _, Random random) = ParityCheck.Pair(entry);
        (ICompiledModel alone, _, _) = ParityCheck.Pair(entry);
        Packed packed = RandomData.Documents(random, entry.Description.VocabSize, ParityCheck.Longest(entry.Description));
        Packed other = RandomData.Documents(random, entry.Description.VocabSize, 1);
        double[] gradient = new double[entry.Description.ParameterCount];
        double[] logits = new double[entry.Description.VocabSize];
        for (int step = 0; step < 3; step++)
        {
            double[] before = ParityCheck.Parameters(watched);
            watched.Loss(other.Batch);
            watched.Gradient(packed.Batch, gradient);
            watched.Decode(other.Tokens[0], 0, logits);
            Assert.Equal(before, ParityCheck.Parameters(watched));
            Assert.Equal(alone.TrainStep(packed.Batch, 0.02), watched.TrainStep(packed.Batch, 0.02));
        }

        Assert.Equal(ParityCheck.Parameters(alone), ParityCheck.Parameters(watched));
        watched.Dispose();
        alone.Dispose();
    }

    /// <summary>Two instances share nothing, and the row capacity of an instance does not change what it computes.</summary>
    public static void Instances_are_independent(ModelEntry entry)
    {
        (ICompiledModel one, _, Random random) = ParityCheck.Pair(entry);
        (ICompiledModel other, _, _) = ParityCheck.Pair(entry, (3 * ParityCheck.Longest(entry.Description)) + 1);
        Packed packed = RandomData.Documents(random, entry.Description.VocabSize, ParityCheck.Longest(entry.Description));
        double[] untouched = ParityCheck.Parameters(other);

        double first = one.TrainStep(packed.Batch, 0.02);
        Assert.Equal(untouched, ParityCheck.Parameters(other));
        Assert.Equal(first, other.TrainStep(packed.Batch, 0.02));
        Assert.Equal(ParityCheck.Parameters(one), ParityCheck.Parameters(other));
        one.Dispose();
        other.Dispose();
    }

    /// <summary>
    /// Sessions compute with the model's parameters, the trained ones too, to the bit; each has a cache of its own; and the parameters stay
    /// for as long as one of them needs them.
    /// </summary>
    public static void Sessions_read_the_models_parameters(ModelEntry entry)
    {
        int vocabSize = entry.Description.VocabSize;
        int longest = ParityCheck.Longest(entry.Description);
        (ICompiledModel compiled, _, Random random) = ParityCheck.Pair(entry, 3 * longest);
        IModelSession[] sessions = [.. Enumerable.Range(0, 3).Select(_ => compiled.OpenSession())];
        compiled.TrainStep(RandomData.Documents(random, vocabSize, longest).Batch, 0.02);
        Packed[] documents = [.. sessions.Select(_ => RandomData.Documents(random, vocabSize, longest))];
        Packed batch = RandomData.Documents(random, vocabSize, longest, 1, (longest + 1) / 2);
        double loss = compiled.Loss(batch.Batch);
        double[][][] expected = [.. documents.Select(document => Decoded(compiled, document))];
        Assert.Equal(compiled.Description.Parameters, sessions[0].Description.Parameters);

        // All at once, position by position in turn, a batch in between.
        for (int position = 0; position < longest; position++)
        {
            for (int i = 0; i < sessions.Length; i++)
            {
                double[] logits = new double[vocabSize];
                sessions[i].Decode(documents[i].Tokens[position], position, logits);
                Assert.Equal(expected[i][position], logits);
            }

            Assert.Equal(loss, sessions[position % sessions.Length].Loss(batch.Batch));
        }

        sessions[0].Dispose();
        sessions[0].Dispose();
        compiled.Dispose();
        compiled.Dispose();
        Assert.Equal(loss, sessions[1].Loss(batch.Batch));
        Assert.Equal(expected[0], Decoded(sessions[2], documents[0]));
        sessions[1].Dispose();
        sessions[2].Dispose();
        Assert.Throws<ObjectDisposedException>(compiled.OpenSession);
    }

    private static double[][] Decoded(IModelSession model, Packed document)
    {
        double[][] logits = [.. document.Tokens.Select(_ => new double[model.Description.VocabSize])];
        for (int position = 0; position < logits.Length; position++)
        {
            model.Decode(document.Tokens[position], position, logits[position]);
        }

        return logits;
    }

    /// <summary>Losses, gradients and parameters are the same to the last bit for any number of threads.</summary>
    public static void Threads_change_nothing(ModelEntry entry)
    {
        int longest = ParityCheck.Longest(entry.Description);
        var results = new List<double[]>();
        foreach (int threads in (int[])[1, 2, 3])
        {
            (ICompiledModel compiled, _, Random random) = ParityCheck.Pair(entry, 8 * longest);
            compiled.Threads = threads;
            Packed packed = RandomData.Documents(random, entry.Description.VocabSize, [.. Enumerable.Repeat(longest, 8)]);
            double[] gradient = new double[entry.Description.ParameterCount];
            results.Add(
            [
                compiled.Gradient(packed.Batch, gradient),
                compiled.TrainStep(packed.Batch, 0.02),
                compiled.TrainStep(packed.Batch, 0.02),
                .. gradient,
                .. ParityCheck.Parameters(compiled),
            ]);
            compiled.Dispose();
        }

        Assert.All(results, result => Assert.Equal(results[0], result));
    }

    public static void A_training_step_allocates_nothing(ModelEntry entry)
    {
        int longest = ParityCheck.Longest(entry.Description);
        (ICompiledModel compiled, _, Random random) = ParityCheck.Pair(entry, 3 * longest);
        Packed[] batches =
        [
            RandomData.Documents(random, entry.Description.VocabSize, longest, 1, longest),
            RandomData.Documents(random, entry.Description.VocabSize, longest),
        ];

        using var optimizer = new GradientOptimizer(UpdateRule.AdamW);

        void Train()
        {
            foreach (Packed packed in batches)
            {
                compiled.TrainStep(packed.Batch, 0.01);
                compiled.TrainStep(packed.Batch, 0.01, optimizer);
            }
        }

        Train();
        Assert.Equal(0, Allocations.OfWarm(Train));
        compiled.Dispose();
    }
}
