using System.Globalization;

namespace MicroGpt.Model.Tests.Parity;

/// <summary>What a compiled model accepts. It works on raw memory, so what it lets through must be right.</summary>
internal static class InputChecks
{
    public static void Bad_batches_are_refused(ModelEntry entry)
    {
        int vocabSize = entry.Description.VocabSize;
        using ICompiledModel compiled = ParityCheck.Pair(entry, 2 * ParityCheck.Longest(entry.Description)).Compiled;
        using var optimizer = new GradientOptimizer(UpdateRule.Sgd);
        double[] gradient = new double[entry.Description.ParameterCount];
        double[] before = ParityCheck.Parameters(compiled);

        // The message must name the number that is wrong, where there is one.
        void Refused(string what, int? culprit, int[] tokens, int[] targets, int[] starts)
        {
            Action[] calls =
            [
                () => compiled.TrainStep(new Batch(tokens, targets, starts), 0.1),
                () => compiled.TrainStep(new Batch(tokens, targets, starts), 0.1, optimizer),
                () => compiled.Loss(new Batch(tokens, targets, starts)),
                () => compiled.Gradient(new Batch(tokens, targets, starts), gradient),
            ];
            foreach (Action call in calls)
            {
                Exception? thrown = Record.Exception(call);
                Assert.True(thrown is ArgumentException, $"{what}: {thrown?.GetType().Name ?? "accepted"}");
                Assert.Contains(culprit?.ToString(CultureInfo.InvariantCulture) ?? "", thrown!.Message);
            }
        }

        Refused("no rows", null, [], [], [0]);
        Refused("nothing at all", null, [], [], []);
        Refused("token too large", vocabSize, [vocabSize], [0], [0, 1]);
        Refused("negative token", -1, [-1], [0], [0, 1]);
        Refused("target too large", vocabSize + 2, [0], [vocabSize + 2], [0, 1]);
        Refused("negative target", -3, [0], [-3], [0, 1]);
        Refused("no target", null, [0], [], [0, 1]);
        Refused("too many targets", null, [0], [0, 1], [0, 1]);
        Refused("no segments", null, [0], [0], [0]);
        Refused("starts late", null, [0, 0], [0, 0], [1, 2]);
        Refused("starts before the beginning", null, [0, 0], [0, 0], [-1, 2]);
        Refused("ends early", null, [0, 0], [0, 0], [0, 1]);
        Refused("ends late", null, [0, 0], [0, 0], [0, 3]);
        Refused("empty segment", null, [0, 0], [0, 0], [0, 1, 1, 2]);
        Refused("segments out of order", null, [0, 0], [0, 0], [0, 2, 1, 2]);
        if (entry.Description.BlockSize is int blockSize)
        {
            Refused("segment too long", blockSize + 1, new int[blockSize + 1], new int[blockSize + 1], [0, blockSize + 1]);

            int rows = compiled.RowCapacity + 1;
            Refused("too many rows", rows, new int[rows], new int[rows], [.. Enumerable.Range(0, rows + 1)]);
        }

        Assert.Equal(before, ParityCheck.Parameters(compiled));
    }

    public static void Wrong_lengths_are_refused(ModelEntry entry)
    {
        using ICompiledModel compiled = ParityCheck.Pair(entry).Compiled;
        double[] before = ParityCheck.Parameters(compiled);
        foreach (int length in (int[])[0, before.Length - 1, before.Length + 1])
        {
            double[] span = new double[length];
            Assert.ThrowsAny<ArgumentException>(() => compiled.LoadParameters(span));
            Assert.ThrowsAny<ArgumentException>(() => compiled.CopyParametersTo(span));
            Assert.ThrowsAny<ArgumentException>(() => compiled.Gradient(new Batch([0], [1], [0, 1]), span));
        }

        Assert.Equal(before, ParityCheck.Parameters(compiled));
    }

    public static void Bad_decoding_is_refused(ModelEntry entry)
    {
        int vocabSize = entry.Description.VocabSize;
        using ICompiledModel compiled = ParityCheck.Pair(entry).Compiled;
        double[] logits = new double[vocabSize];
        Assert.Throws<ArgumentOutOfRangeException>(() => compiled.Decode(-1, 0, logits));
        Assert.Throws<ArgumentOutOfRangeException>(() => compiled.Decode(vocabSize, 0, logits));
        Assert.Throws<ArgumentOutOfRangeException>(() => compiled.Decode(0, -1, logits));
        Assert.ThrowsAny<ArgumentException>(() => compiled.Decode(0, 0, new double[vocabSize - 1]));
        using IModelSession session = compiled.OpenSession();
        foreach (IModelSession model in (IModelSession[])[compiled, session])
        {
            Assert.ThrowsAny<ArgumentException>(() => model.Prefill([]));
            Assert.ThrowsAny<ArgumentException>(() => model.Prefill([0, vocabSize]));
            Assert.ThrowsAny<ArgumentException>(() => model.Prefill([-1]));
            Assert.ThrowsAny<ArgumentException>(() => model.Loss(new Batch([0], [vocabSize], [0, 1])));
            model.Decode(0, 0, logits);
        }

        if (entry.Description.BlockSize is int blockSize)
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => compiled.Decode(0, blockSize, logits));
            Assert.ThrowsAny<ArgumentException>(() => session.Prefill(new int[blockSize + 1]));
        }
    }

    public static void Bad_questions_about_attention_are_refused(ModelEntry entry)
    {
        ModelDescription description = entry.Description;
        using ICompiledModel compiled = ParityCheck.Pair(entry).Compiled;
        double[] weights = new double[description.BlockSize ?? 1];
        if (description.NLayer > 0)
        {
            Assert.Throws<InvalidOperationException>(() => compiled.CopyAttentionTo(0, 0, weights));
        }

        compiled.Loss(new Batch([0], [1], [0, 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => compiled.CopyAttentionTo(-1, 0, weights));
        Assert.Throws<ArgumentOutOfRangeException>(() => compiled.CopyAttentionTo(description.NLayer, 0, weights));
        Assert.Throws<ArgumentOutOfRangeException>(() => compiled.CopyAttentionTo(0, description.NHead, weights));
        Assert.ThrowsAny<ArgumentException>(() => compiled.CopyAttentionTo(0, 0, weights.AsSpan(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => compiled.Threads = 0);
    }

    /// <summary>
    /// A full batch at the default capacity, a batch of single rows, and for a model without a block size any number of rows.
    /// </summary>
    public static void Any_batch_that_fits_is_accepted(ModelEntry entry)
    {
        (ICompiledModel compiled, _, Random random) = ParityCheck.Pair(entry);
        int capacity = entry.Description.BlockSize is null ? 1000 : compiled.RowCapacity;
        foreach (int rows in (int[])[1, (capacity + 1) / 2, capacity])
        {
            Packed singles = RandomData.Documents(random, entry.Description.VocabSize, [.. Enumerable.Repeat(1, rows)]);
            Assert.True(double.IsFinite(compiled.TrainStep(singles.Batch, 0.01)));
        }

        int longest = entry.Description.BlockSize ?? 3000;
        Packed whole = RandomData.Documents(random, entry.Description.VocabSize, longest);
        Assert.True(double.IsFinite(compiled.TrainStep(whole.Batch, 0.01)));
        compiled.Dispose();
    }
}
